internal import Glibc

/// Constants of Linux that glibc declares for GNU sources only.
enum LinuxFlag {
  /// A file as a place: it is not opened, so that devices and pipes notice nothing (O_PATH).
  static let place: Int32 = 0o10000000
  /// The file of the descriptor itself (AT_EMPTY_PATH).
  static let emptyPath: Int32 = 0x1000
  /// Locks that belong to an open file, not to the process (F_OFD_GETLK, F_OFD_SETLK).
  static let getLock: Int32 = 36
  static let setLock: Int32 = 37
}

/// A file of the host as this process has it open; it is closed with the last use.
final class HostFile {
  let descriptor: Int32

  /// - Parameter descriptor: what a call returned, with `errno` when it is negative.
  init(_ descriptor: Int32) throws(FolderError) {
    guard descriptor >= 0 else { throw .last }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func status() throws(FolderError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .last }
    return status
  }

  /// The place of an entry, which may be a link and is not followed.
  func place(of name: FileName) throws(FolderError) -> HostFile {
    try HostFile(
      name.withCString {
        openat(descriptor, $0, LinuxFlag.place | O_NOFOLLOW | O_CLOEXEC)
      })
  }
}

extension stat {
  private func isKind(_ kind: mode_t) -> Bool { st_mode & S_IFMT == kind }
  var isFolder: Bool { isKind(S_IFDIR) }
  var isRegular: Bool { isKind(S_IFREG) }
  var isLink: Bool { isKind(S_IFLNK) }
}

/// A folder whose entries are read.
final class OpenFolder {
  private let stream: OpaquePointer
  /// Where the stream is: what the last entry says of the next one.
  private var position: off_t = 0

  /// - Parameter folder: its place.
  init(_ folder: HostFile) throws(FolderError) {
    let descriptor = openat(folder.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    guard let stream = fdopendir(descriptor) else {
      let error = FolderError.last
      close(descriptor)
      throw error
    }
    self.stream = stream
  }

  deinit { closedir(stream) }

  var descriptor: Int32 { dirfd(stream) }

  struct Entry {
    var name: [UInt8]
    var file: UInt64
    var kind: UInt8
    /// Where the next entry is.
    var next: UInt64
  }

  /// Passes on entries while the body takes them.
  func read(from offset: UInt64, _ body: (Entry) -> Bool) throws(FolderError) {
    let offset = off_t(truncatingIfNeeded: offset)
    if offset == 0 { rewinddir(stream) } else if offset != position { seekdir(stream, offset) }
    position = offset
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw .last }
        return
      }
      let isTaken = body(
        Entry(
          name: Self.name(entry), file: UInt64(entry.pointee.d_ino), kind: entry.pointee.d_type,
          next: UInt64(bitPattern: Int64(entry.pointee.d_off))))
      guard isTaken else {
        // It comes again.
        seekdir(stream, position)
        return
      }
      position = entry.pointee.d_off
    }
  }

  private static func name(_ entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      Array(bytes.prefix { $0 != 0 })
    }
  }
}
