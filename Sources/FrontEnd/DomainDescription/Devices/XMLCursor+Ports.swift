extension XMLCursor {
  /// A console of virtio that this machine can have: one with a socket.
  var isVirtIOTerminal: Bool {
    name == "console" && child("target")?["type"] == "virtio" && hasSocket
  }

  /// A channel that this machine can have: one of virtio with a socket.
  var isVirtIOChannel: Bool { child("target")?["type"] ?? "virtio" == "virtio" && hasSocket }

  /// Whether a socket is behind a character device.
  private var hasSocket: Bool { ["unix", "tcp"].contains(self["type"] ?? "unix") }

  /// The socket of a character device as words of `--channel`.
  func socketWords(_ key: String) throws(DomainError) -> [String] {
    guard let source = child("source") else { throw error("it has no <source>") }
    let mode = try source.word(source["mode"] ?? "bind", "mode", of: ["bind", "connect"])
    let connect = mode == "connect" ? ["connect"] : []
    if self["type"] == "unix" {
      guard let path = source["path"] else { throw source.error("it has no path") }
      return [key + "unix:" + path] + connect
    }
    _ = try child("protocol")?.word(child("protocol")?["type"] ?? "raw", "type", of: ["raw"])
    guard let port = try source.number("service", in: 1...65535) else {
      throw source.error("it has no service, a port")
    }
    let host = source["host"] ?? "127.0.0.1"
    return [key + "tcp:" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"] + connect
  }
}
