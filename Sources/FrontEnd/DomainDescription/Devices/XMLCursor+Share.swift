extension XMLCursor {
  /// A `<filesystem>` as words of `--share`.
  func shareWords() throws(DomainError) -> [String] {
    _ = try word(self["type"] ?? "mount", "type", of: ["mount"])
    // Both are what the server may do as the user who runs it; mapped keeps owners in attributes.
    _ = try word(
      self["accessmode"] ?? "passthrough", "accessmode", of: ["passthrough", "squash"])
    _ = try word(
      self["model"] ?? "virtio", "model", of: ["virtio", "virtio-non-transitional"])
    let driver = child("driver")
    let type = try driver?.word(driver?["type"] ?? "path", "type", of: ["path", "virtiofs"])
    guard let tag = child("target")?["dir"] else {
      throw error("it has no <target> with a dir, the name that the guest mounts")
    }
    var words = ["tag=" + tag]
    if type == "virtiofs" { words.append("type=virtiofs") }
    if let socket = child("source")?["socket"] {
      words.append("socket=" + socket)
    } else if let folder = child("source")?["dir"] {
      words.append("path=" + folder)
    } else {
      throw error("it has no <source> with a dir or a socket")
    }
    if child("readonly") != nil { words.append("read-only") }
    return words
  }
}
