import HostSupport
import SystemPackage

/// Whole files as text. Console bytes that are not UTF-8 are replaced.
enum TextFile {
  static func read(_ path: String) throws(InputError) -> String {
    String(decoding: try InputFile(opening: path).contents(limit: InputLimit.text), as: UTF8.self)
  }

  /// - Parameter isNew: whether the file must not exist.
  static func write(_ text: String, to path: String, isNew: Bool = false) throws(Errno) {
    let file = try open(
      path, .writeOnly, [.create, isNew ? .exclusiveCreate : .truncate, .closeOnExec])
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
