internal import Glibc
internal import HostSupport

/// Why a folder cannot be served.
package struct FolderServerError: Error, Hashable, Sendable, CustomStringConvertible {
  let place: String
  let number: Int32

  /// The file and the host's reason.
  package var description: String { "\(place): \(HostError.text(number))" }
}

/// A server of 9P2000.L for one folder and one client.
///
/// Nothing outside the folder can be reached: every step of a path is one name, looked up in a folder
/// that is open already, and no link is ever followed. What the client names is a place (O_PATH); only
/// regular files and folders are opened. Files belong to the user who runs the server, whom the client
/// sees as root.
///
/// One thread uses it. Requests are served in their order, so that none is left to be cancelled.
package final class FolderServer {
  /// Bytes of the largest message.
  static let largestMessage = 1 << 20 + 24
  private static let smallestMessage = 4096
  private static let version = Array("9P2000.L".utf8)
  /// The most files that the client has numbers for; each has up to two descriptors of this process.
  let mostFiles: Int

  /// The folder that is served.
  let root: HostFile
  /// The files of this process by their descriptors, by which a place is opened.
  let descriptors: HostFile
  let isReadOnly: Bool
  let owners = FileOwners()
  /// Bytes of the largest message that were agreed on; zero before the first message.
  private(set) var messageSize = 0
  var files: [UInt32: ClientFile] = [:]
  var locks: [LockOwner: LockedFile] = [:]
  /// The device of each file system, the root's first.
  private var devices: [dev_t]
  /// Room for what is read from a file.
  let room: UnsafeMutableRawBufferPointer

  /// Opens a folder. What is served later needs no other path of the host.
  /// - Parameters:
  ///   - path: the folder.
  ///   - isReadOnly: whether every change is rejected.
  ///   - mostFiles: the most files that the client has numbers for.
  package init(
    path: String, isReadOnly: Bool, mostFiles: Int = 1 << 16
  ) throws(FolderServerError) {
    func folder(_ path: String) throws(FolderServerError) -> HostFile {
      do throws(FolderError) {
        return try HostFile(Glibc.open(path, LinuxFlag.place | O_DIRECTORY | O_CLOEXEC))
      } catch { throw FolderServerError(place: path, number: error.number) }
    }
    root = try folder(path)
    descriptors = try folder("/proc/self/fd")
    (self.isReadOnly, self.mostFiles) = (isReadOnly, mostFiles)
    devices = (try? root.status()).map { [$0.st_dev] } ?? []
    room = .allocate(byteCount: Self.largestMessage, alignment: 16)
    // The bytes of a file that is shorter than what was asked for are never sent.
    room.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { room.deallocate() }

  // MARK: messages

  /// Serves a request.
  /// - Parameters:
  ///   - request: a whole message.
  ///   - answer: is given the answer, in two parts.
  /// - Returns: false for a message that is none, after which the connection is of no use.
  package func serve(
    _ request: UnsafeRawBufferPointer,
    answer: (_ head: [UInt8], _ data: UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    guard let header = MessageHeader(request), header.messageSize == request.count else {
      return false
    }
    var reader = MessageReader(
      UnsafeRawBufferPointer(rebasing: request[MessageHeader.size...]))
    var writer = MessageWriter()
    do throws(FolderError) {
      guard let operation = FolderOperation.table[Int(header.type)] else {
        throw FolderError(EOPNOTSUPP)
      }
      if operation.isChange, isReadOnly { throw FolderError(EROFS) }
      try operation.answer(self, &reader, &writer)
    } catch {
      answer(MessageHeader.failure(error.number, tag: header.tag), writer.data)
      return true
    }
    let size = MessageHeader.size + writer.bytes.count + writer.data.count
    let head = MessageHeader(messageSize: size, type: header.type + 1, tag: header.tag)
    answer(head.bytes + writer.bytes, writer.data)
    return true
  }

  /// Bytes that an answer can have after its header and a number of four bytes.
  var largestData: Int { max(messageSize, Self.smallestMessage) - MessageHeader.size - 4 }

  /// Tversion: agrees on the protocol, and forgets all files.
  func agree(_ size: UInt32, _ version: MessageText) throws(FolderError) -> VersionResult {
    forgetAll()
    guard version.bytes == Self.version else {
      return VersionResult(size: size, version: Array("unknown".utf8))
    }
    guard size >= Self.smallestMessage else { throw FolderError(EMSGSIZE) }
    messageSize = min(Int(size), Self.largestMessage)
    return VersionResult(size: UInt32(messageSize), version: version.bytes)
  }

  /// Takes the message size of a saved state.
  func resume(messageSize: UInt32) throws(FolderError) {
    guard messageSize <= Self.largestMessage else { throw FolderError(EINVAL) }
    self.messageSize = Int(messageSize)
  }

  /// Tauth: no client has to prove who it is.
  func authenticate(
    _: UInt32, _: MessageText, _: MessageText, _: UInt32
  ) throws(FolderError) -> NoResult {
    throw FolderError(EOPNOTSUPP)
  }

  /// Tflush: requests are served in their order, so that the one to be cancelled has been answered.
  func flush(_: UInt16) throws(FolderError) -> NoResult { NoResult() }

  // MARK: files

  /// The file of a number.
  func file(_ number: UInt32) throws(FolderError) -> ClientFile {
    guard let file = files[number] else { throw FolderError(EBADF) }
    if case .lost = file.state { throw FolderError(ESTALE) }
    return file
  }

  /// Gives a file a number.
  /// - Parameter former: a file with that number which is replaced.
  func add(
    _ file: ClientFile, as number: UInt32, replacing former: UInt32? = nil
  ) throws(FolderError) {
    if number != former {
      guard files[number] == nil else { throw FolderError(EBADF) }
      guard files.count < mostFiles else { throw FolderError(EMFILE) }
    }
    files[number] = file
  }

  /// Tclunk: the client has no more use of a number.
  func forget(_ number: UInt32) throws(FolderError) -> NoResult {
    guard files.removeValue(forKey: number) != nil else { throw FolderError(EBADF) }
    releaseLocks(of: number)
    return NoResult()
  }

  /// Forgets all files, as for a client that begins.
  func forgetAll() {
    files = [:]
    locks = [:]
    messageSize = 0
  }

  /// What identifies a file to the client.
  func identity(_ status: stat) -> FileIdentity {
    let version = UInt64(bitPattern: Int64(status.st_mtim.tv_sec)) ^ UInt64(status.st_mtim.tv_nsec)
    return FileIdentity(
      type: status.isFolder ? 0x80 : status.isLink ? 2 : 0,
      version: UInt32(truncatingIfNeeded: version ^ UInt64(bitPattern: Int64(status.st_size)) << 8),
      path: number(UInt64(status.st_ino), on: status.st_dev))
  }

  /// The number of a file: that of the host, and the place of its file system among those seen.
  func number(_ file: UInt64, on device: dev_t) -> UInt64 {
    let place =
      devices.firstIndex(of: device)
      ?? {
        // More are not distinguished.
        if devices.count < 255 { devices.append(device) }
        return devices.count - 1
      }()
    return file ^ UInt64(place) << 56
  }
}

/// Users and groups as the client sees them: the user who runs the server is root, and root no one.
struct FileOwners {
  /// What has no number of its own, as in Linux's user namespaces.
  private static let nobody: UInt32 = 65_534

  private let user = geteuid()
  private let group = getegid()

  private static func guest(_ number: UInt32, _ own: UInt32) -> UInt32 {
    number == own ? 0 : number == 0 ? nobody : number
  }

  /// - Returns: nil for a number that the client cannot mean, as no file has it.
  private static func host(_ number: UInt32, _ own: UInt32) -> UInt32? {
    number == 0 ? own : number == own ? nil : number
  }

  func guest(user number: UInt32) -> UInt32 { Self.guest(number, user) }
  func guest(group number: UInt32) -> UInt32 { Self.guest(number, group) }
  func host(user number: UInt32) -> UInt32? { Self.host(number, user) }
  func host(group number: UInt32) -> UInt32? { Self.host(number, group) }
}
