import SystemPackage

/// Whole files as text. Console bytes that are not UTF-8 are replaced, not refused.
enum TextFile {
  static func read(_ path: String) throws(Errno) -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  static func bytes(_ path: String) throws(Errno) -> [UInt8] {
    let file = try open(path, .readOnly, [])
    defer { try? file.close() }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    do {
      while true {
        let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
        if count == 0 { return bytes }
        bytes += buffer[..<count]
      }
    } catch { throw error as? Errno ?? .ioError }
  }

  static func write(_ text: String, to path: String) throws(Errno) {
    let file = try open(path, .writeOnly, [.create, .truncate])
    defer { try? file.close() }
    do {
      _ = try file.writeAll(text.utf8)
    } catch { throw error as? Errno ?? .ioError }
  }

  private static func open(
    _ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions
  ) throws(Errno) -> FileDescriptor {
    do {
      return try FileDescriptor.open(
        FilePath(path), mode, options: options,
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch { throw error as? Errno ?? .ioError }
  }
}
