internal import Glibc

/// Who has locks of a file: a process of the client.
struct LockOwner: Hashable {
  var device: dev_t
  var file: ino_t
  var process: UInt32
}

/// A file with locks of one process of the client; they end with the object.
final class LockedFile {
  let open: HostFile
  /// Numbers by which it was locked.
  var users: Set<UInt32> = []

  init(_ open: HostFile) { self.open = open }
}

/// A range that someone else has locked (Rgetlock).
struct LockResult: MessageResult {
  let type: UInt8
  let start: UInt64
  let length: UInt64
  let process: UInt32
  let client: MessageText

  func append(to writer: inout MessageWriter) {
    writer.append(type)
    writer.append(start)
    writer.append(length)
    writer.append(process)
    client.append(to: &writer)
  }
}

/// Locks of the client exclude other processes of the host, and each other. Its processes have locks of
/// their own, as the client's kernel has arranged them already.
extension FolderServer {
  private static let mostLockedFiles = 1024

  /// What Tlock answers.
  private enum LockStatus {
    static let success: UInt8 = 0
    static let blocked: UInt8 = 1
  }

  private func request(
    _ type: UInt8, _ start: UInt64, _ length: UInt64
  ) throws(FolderError) -> flock {
    guard let start = off_t(exactly: start), let length = off_t(exactly: length),
      [F_RDLCK, F_WRLCK, F_UNLCK].contains(Int32(type))
    else { throw FolderError(EINVAL) }
    return flock(
      l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: start, l_len: length, l_pid: 0)
  }

  private func owner(_ file: ClientFile, _ process: UInt32) throws(FolderError) -> LockOwner {
    guard case .file = file.state else { throw FolderError(EBADF) }
    let status = try file.place.status()
    return LockOwner(device: status.st_dev, file: status.st_ino, process: process)
  }

  /// The file opened once more, as far as it can be.
  private func openToLock(_ file: ClientFile) throws(FolderError) -> LockedFile {
    if !isReadOnly, let open = try? open(file.place, flags: O_RDWR) { return LockedFile(open) }
    return LockedFile(try open(file.place, flags: O_RDONLY))
  }

  /// Tlock: locks or unlocks a range. It never waits: a client that does asks again.
  func lock(
    _ number: UInt32, _ type: UInt8, _: UInt32, _ start: UInt64, _ length: UInt64,
    _ process: UInt32, _: MessageText
  ) throws(FolderError) -> UInt8 {
    let file = try file(number)
    let owner = try owner(file, process)
    var request = try request(type, start, length)
    let isUnlock = Int32(type) == F_UNLCK
    let locked: LockedFile
    if let known = locks[owner] {
      locked = known
    } else {
      if isUnlock { return LockStatus.success }
      guard locks.count < Self.mostLockedFiles else { throw FolderError(ENOLCK) }
      locked = try openToLock(file)
    }
    guard fcntl(locked.open.descriptor, LinuxFlag.setLock, &request) == 0 else {
      if errno == EAGAIN || errno == EACCES { return LockStatus.blocked }
      throw .last
    }
    locked.users.insert(number)
    locks[owner] = isUnlock && start == 0 && length == 0 ? nil : locked
    return LockStatus.success
  }

  /// Tgetlock: a lock that keeps a range from being locked.
  func conflictingLock(
    _ number: UInt32, _ type: UInt8, _ start: UInt64, _ length: UInt64, _ process: UInt32,
    _ client: MessageText
  ) throws(FolderError) -> LockResult {
    let file = try file(number)
    let owner = try owner(file, process)
    var request = try request(type, start, length)
    let locked = if let known = locks[owner] { known } else { try openToLock(file) }
    guard fcntl(locked.open.descriptor, LinuxFlag.getLock, &request) == 0 else { throw .last }
    return LockResult(
      type: UInt8(truncatingIfNeeded: request.l_type), start: UInt64(clamping: request.l_start),
      length: UInt64(clamping: request.l_len), process: UInt32(clamping: max(request.l_pid, 0)),
      client: client)
  }

  /// Ends locks for which a number is the last.
  func releaseLocks(of number: UInt32) {
    guard !locks.isEmpty else { return }
    for (owner, locked) in locks where locked.users.remove(number) != nil && locked.users.isEmpty {
      locks[owner] = nil
    }
  }
}
