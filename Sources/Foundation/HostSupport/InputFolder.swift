internal import Glibc

/// A folder that a command reads; links in it are never followed.
package final class InputFolder {
  /// For messages.
  package let name: String
  fileprivate let descriptor: Int32

  package enum Kind: Sendable {
    case file, folder
  }

  /// Whether a folder of this name, or a link to one, exists.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Opens the folder that a user named, which may be a link.
  package init(opening path: String) throws(InputError) {
    name = path
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw InputError(path, .host(errno)) }
  }

  /// Opens a folder in another.
  package init(_ entry: String, in folder: InputFolder) throws(InputError) {
    name = folder.path(of: entry)
    descriptor = openat(
      folder.descriptor, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw InputError(name, .host(errno)) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  fileprivate func path(of entry: String) -> String {
    name.hasSuffix("/") ? name + entry : "\(name)/\(entry)"
  }

  /// The entries, sorted by name.
  /// - Parameter limit: the most bytes of all names.
  package func entries(limit: Int) throws(InputError) -> [(name: String, kind: Kind)] {
    // The stream closes its descriptor.
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { throw InputError(name, .host(errno)) }
    defer { closedir(stream) }
    var names: [String] = []
    var size = 0
    while let entry = readdir(stream) {
      try Interruption.check(name)
      let text = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(validating: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let text else { throw InputError(name, .entryName) }
      if text == "." || text == ".." { continue }
      size += text.utf8.count
      if size > limit { throw InputError(name, .tooLarge(limit: limit)) }
      names.append(text)
    }
    var entries: [(String, Kind)] = []
    for entry in names.sorted() { entries.append((entry, try kind(of: entry))) }
    return entries
  }

  private func kind(of entry: String) throws(InputError) -> Kind {
    var status = stat()
    guard fstatat(descriptor, entry, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw InputError(path(of: entry), .host(errno))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: throw InputError(path(of: entry), .neitherFileNorFolder)
    }
  }
}

extension InputFile {
  /// Opens a regular file in a folder.
  package convenience init(_ entry: String, in folder: InputFolder) throws(InputError) {
    let descriptor = openat(
      folder.descriptor, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    let error = errno
    try self.init(regular: descriptor, name: folder.path(of: entry), error: error)
  }
}
