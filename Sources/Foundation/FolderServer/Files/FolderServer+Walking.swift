internal import Glibc

extension FolderServer {
  /// The most names from the root to a file.
  private static let deepest = 512

  /// Tattach: gives the folder a number, or one below it.
  func attach(
    _ number: UInt32, _: UInt32, _: MessageText, _ name: MessageText, _: UInt32
  ) throws(FolderError) -> FileIdentity {
    var path: [FileName] = []
    for part in name.bytes.split(separator: UInt8(ascii: "/")) {
      path.append(try FileName(Array(part)))
    }
    let place = try place(at: path)
    let identity = identity(try place.status())
    try add(ClientFile(place, path), as: number)
    return identity
  }

  /// The place that names lead to from the root; links on the way are not followed.
  func place(at path: some Sequence<FileName>) throws(FolderError) -> HostFile {
    var place = root
    for name in path { place = try place.place(of: name) }
    return place
  }

  /// Twalk: finds the file that steps lead to, and gives it a number. When a later step leads nowhere,
  /// the answer has those before it.
  func walk(
    _ number: UInt32, _ target: UInt32, _ path: MessagePath
  ) throws(FolderError) -> WalkResult {
    let start = try file(number)
    guard path.steps.isEmpty || !start.isOpen else { throw FolderError(EBUSY) }
    var (place, names) = (start.place, start.path)
    var identities: [FileIdentity] = []
    for step in path.steps {
      do throws(FolderError) {
        switch step {
        case .into(let name):
          guard names.count < Self.deepest else { throw FolderError(ENAMETOOLONG) }
          place = try place.place(of: name)
          names.append(name)
        case .up:
          // Not by the host's entry, which leads out of a folder that was moved out meanwhile.
          names = names.dropLast()
          place = try self.place(at: names)
        }
        identities.append(identity(try place.status()))
      } catch {
        if identities.isEmpty { throw error }
        return WalkResult(identities: identities)
      }
    }
    try add(ClientFile(place, names), as: target, replacing: number)
    if number == target { releaseLocks(of: number) }
    return WalkResult(identities: identities)
  }

  /// Treadlink: where a link leads, for the client to follow.
  func readLink(_ number: UInt32) throws(FolderError) -> MessageText {
    let file = try file(number)
    var text = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlinkat(file.place.descriptor, "", &text, text.count)
    // The kernel's error for what is not a link.
    guard count >= 0 else { throw FolderError(errno == ENOENT ? EINVAL : errno) }
    return MessageText(text[..<count].map { UInt8(bitPattern: $0) })
  }
}

extension ClientFile {
  var isOpen: Bool {
    switch state {
    case .file, .folder: true
    case .found, .lost: false
    }
  }
}
