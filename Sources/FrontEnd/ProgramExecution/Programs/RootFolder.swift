internal import Glibc
package import HostSupport

/// A folder of this host in which programs find what they would find from `/` in the guest. Links in it
/// lead to other places in it.
package struct RootFolder: Sendable, Equatable {
  package let path: String

  /// The most links on the way to a file.
  private static let mostLinks = 40

  package init(_ path: String) { self.path = path }

  /// The place on this host of an absolute path in the root; nil where nothing is there, or a link
  /// leads in a circle.
  package func resolve(_ guestPath: String) -> String? {
    var waiting = Self.components(guestPath)[...]
    var place: [String] = []
    var links = 0
    while let name = waiting.popFirst() {
      if name == ".." {
        _ = place.popLast()
        continue
      }
      let here = host(place + [name])
      var status = stat()
      guard lstat(here, &status) == 0 else { return nil }
      guard status.st_mode & S_IFMT == S_IFLNK else {
        place.append(name)
        continue
      }
      links += 1
      guard links <= Self.mostLinks, let target = Self.target(of: here) else { return nil }
      if target.hasPrefix("/") { place = [] }
      waiting = (Self.components(target) + waiting)[...]
    }
    return host(place)
  }

  /// Opens a regular file by its path in the root.
  package func open(_ guestPath: String) -> InputFile? {
    guard let place = resolve(guestPath), let file = try? InputFile(opening: place),
      file.size != nil
    else { return nil }
    return file
  }

  private func host(_ names: [String]) -> String {
    (path == "/" ? "" : path) + "/" + names.joined(separator: "/")
  }

  private static func components(_ path: String) -> [String] {
    path.split(separator: "/").map(String.init).filter { $0 != "." }
  }

  private static func target(of link: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
