internal import Glibc
internal import HostSupport

/// Saved guests in the cache: one for each machine and kernel, made again when what it was made from is not
/// the same.
package struct SavedGuests: Sendable {
  private let cache: GuestCache

  package init(_ cache: GuestCache) { self.cache = cache }

  /// The most that are kept; the ones that were used longest ago go.
  private static let most = 24

  /// Where the guest of a machine is.
  package func folder(_ guest: GuestMachine, _ kernel: GuestCache.Kernel) -> StateFolder {
    StateFolder("\(cache.path)/guests/\(guest.name)-\(Checksum.text(of: kernel.path))")
  }

  /// What a saved guest depends on: kernel, modules, this program.
  package static func key(_ guest: GuestMachine, _ kernel: GuestCache.Kernel) -> String {
    let modules = kernel.modules.map { folder in
      GuestCache.modules.map { identity(of: "\(folder)/\($0).ko") }
    }
    let parts =
      [guest.name, kernel.path, identity(of: kernel.path), identity(of: "/proc/self/exe")]
      + (modules ?? [])
    return parts.joined(separator: "\n") + "\n"
  }

  /// Size, time and number of a file.
  private static func identity(of path: String) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return "-" }
    let time = status.st_mtim
    return "\(status.st_size) \(time.tv_sec).\(time.tv_nsec) \(status.st_dev):\(status.st_ino)"
  }

  /// Finds the guest, or has it made.
  /// - Parameter make: fills an empty folder with a saved guest.
  package func find(
    _ guest: GuestMachine, _ kernel: GuestCache.Kernel,
    make: (_ folder: String) throws(ExecutionError) -> Void
  ) throws(ExecutionError) -> StateFolder {
    let folder = folder(guest, kernel)
    let key = Self.key(guest, kernel)
    if isCurrent(folder, key) { return folder }
    return try cache.whileLocked { () throws(ExecutionError) in
      if isCurrent(folder, key) { return folder }
      let new = try NewFolder(for: folder.path)
      try make(new.path)
      try NewFolder.write(key, to: new.path + "/key")
      try new.commit()
      removeOldest()
      return folder
    }
  }

  private func isCurrent(_ folder: StateFolder, _ key: String) -> Bool {
    guard let file = try? InputFile(opening: folder.path + "/key"),
      let bytes = try? file.contents(limit: 1 << 16), bytes == Array(key.utf8)
    else { return false }
    // What was used last is kept longest.
    utimes(folder.path, nil)
    return true
  }

  private func removeOldest() {
    let place = cache.path + "/guests"
    let folders = FolderEntries.names(in: place).map { name in
      var status = stat()
      stat(place + "/" + name, &status)
      return (path: place + "/" + name, time: status.st_mtim.tv_sec)
    }
    for folder in folders.sorted(by: { $0.time > $1.time }).dropFirst(Self.most) {
      NewFolder.remove(folder.path)
    }
  }
}
