#if NBD
  internal import CNBD
#endif
internal import Glibc
internal import HostSupport
internal import Synchronization

/// Where an NBD server is, and what serves an image that is not raw.
public enum NBDSource: Hashable, Sendable {
  /// A server's URI: `nbd://HOST/EXPORT`, `nbd+unix:///EXPORT?socket=PATH`.
  case server(uri: String)
  /// An image of a format that `qemu-nbd` knows, which it serves for this process.
  case image(path: String, format: String, isDirect: Bool = false)
}

#if NBD

  /// The bytes of a server of the NBD protocol, by libnbd: one connection for each request in progress,
  /// up to ``mostConnections``, where the server allows several.
  final class NBDStorage: BlockStorage {
    /// Bytes: whole sectors of 512.
    let size: UInt64
    /// Whether the server or the caller forbids writes.
    let isReadOnly: Bool

    private static let mostConnections = 4
    /// The most bytes of one request, which every server takes.
    private static let largestRequest: UInt64 = 32 << 20

    private let connections: ConnectionPool
    private let features: Features
    private let isClaimed = Atomic(false)

    private struct Features {
      var canFlush = false
      var canZero = false
      var canTrim = false
    }

    /// Connects to a server.
    /// - Parameters:
    ///   - source: the server, or the image to start one for.
    ///   - isReadOnly: whether nothing is written.
    ///   - isClaimed: false to leave ``claim()`` to the caller.
    init(
      _ source: NBDSource, isReadOnly: Bool, isClaimed: Bool = true
    ) throws(BlockStorageError) {
      let first = try Connection(to: source, isReadOnly: isReadOnly)
      let end = nbd_get_size(first.handle)
      guard end >= 0 else { throw Connection.failure("cannot find the size") }
      // More than any server has, and what is kept for each of its blocks is bounded.
      guard end <= 1 << 50 else {
        throw .server(action: "cannot connect", reason: "\(end) bytes are too many")
      }
      size = UInt64(end) / RawFile.sector * RawFile.sector
      let serverForbids = nbd_is_read_only(first.handle) != 0
      guard isReadOnly || !serverForbids else { throw .readOnly }
      self.isReadOnly = isReadOnly
      features = Features(
        canFlush: nbd_can_flush(first.handle) == 1, canZero: nbd_can_zero(first.handle) == 1,
        canTrim: nbd_can_trim(first.handle) == 1)
      var all = [first]
      // Only then is a flush of one connection a flush of all. A server may still have no room for more.
      if nbd_can_multi_conn(first.handle) == 1, let uri = first.uri {
        while all.count < Self.mostConnections,
          let another = try? Connection(
            to: .server(uri: uri), isReadOnly: isReadOnly, patience: .seconds(1))
        { all.append(another) }
      }
      first.removeSocket()
      connections = ConnectionPool(all)
      self.isClaimed.store(isClaimed, ordering: .releasing)
    }

    /// Another machine reaches the same server.
    var isLasting: Bool { true }

    /// Allows accesses. Whether others write is the server's concern.
    func claim() throws(BlockStorageError) { isClaimed.store(true, ordering: .releasing) }

    /// Flushes, and allows no further access.
    func release() throws(BlockStorageError) {
      guard isClaimed.load(ordering: .acquiring) else { return }
      if !isReadOnly { try flush() }
      isClaimed.store(false, ordering: .releasing)
    }

    private func check(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
      guard isClaimed.load(ordering: .acquiring) else { throw .inUse }
      try checkRange(count, at: offset)
    }

    // MARK: storage

    /// Reads bytes of the server to addresses of this process.
    func read(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
      try transfer(parts, at: offset) { nbd_shim_read($0, $1, $2, $3) }
    }

    /// Writes bytes from addresses of this process to the server.
    func write(_ parts: [HostBytes], at offset: UInt64) throws(BlockStorageError) {
      guard !isReadOnly else { throw .readOnly }
      try transfer(parts, at: offset) { nbd_shim_write($0, $1, $2, $3) }
    }

    private func transfer(
      _ parts: [HostBytes], at offset: UInt64,
      _ issue: (OpaquePointer, UnsafeMutableRawPointer, Int, UInt64) -> Int64
    ) throws(BlockStorageError) {
      try check(parts.byteCount, at: offset)
      try connections.withConnection { connection throws(BlockStorageError) in
        var (place, commands, failure) = (offset, [UInt64](), BlockStorageError?.none)
        for part in parts where failure == nil {
          for start in stride(from: 0, to: part.count, by: Int(Self.largestRequest)) {
            let count = min(part.count - start, Int(Self.largestRequest))
            let command = issue(connection.handle, part.start + start, count, place)
            guard command > 0 else {
              failure = Connection.failure("cannot transfer")
              break
            }
            commands.append(UInt64(command))
            place += UInt64(count)
          }
        }
        // Also after a failure: until a command has completed, libnbd uses its bytes.
        for command in commands {
          if let error = connection.wait(for: command, "cannot transfer"), failure == nil {
            failure = error
          }
        }
        if let failure { throw failure }
      }
    }

    /// Returns when everything written before is on stable storage.
    func flush() throws(BlockStorageError) {
      guard isClaimed.load(ordering: .acquiring) else { throw .inUse }
      guard features.canFlush else { return }
      try connections.withConnection { connection throws(BlockStorageError) in
        try connection.run("cannot flush") { nbd_shim_flush($0) }
      }
    }

    /// Makes bytes zero, as a hole of the image when `canRelease` allows it.
    func zero(
      _ count: UInt64, at offset: UInt64, canRelease: Bool
    ) throws(BlockStorageError) {
      guard !isReadOnly else { throw .readOnly }
      try check(count, at: offset)
      guard features.canZero else { return try writeZeroes(count, at: offset) }
      let flags = canRelease ? 0 : nbd_shim_no_hole
      try inSteps(count, at: offset) { connection, step, place throws(BlockStorageError) in
        try connection.run("cannot zero") { nbd_shim_zero($0, step, place, flags) }
      }
    }

    /// Lets the server release bytes where it can.
    func discard(_ count: UInt64, at offset: UInt64) throws(BlockStorageError) {
      guard !isReadOnly else { throw .readOnly }
      try check(count, at: offset)
      guard features.canTrim else { return }
      try inSteps(count, at: offset) { connection, step, place throws(BlockStorageError) in
        // Where the server cannot, the bytes stay: discarding is advice.
        try? connection.run("cannot discard") { nbd_shim_trim($0, step, place) }
      }
    }

    private func inSteps(
      _ count: UInt64, at offset: UInt64,
      _ body: (Connection, UInt64, UInt64) throws(BlockStorageError) -> Void
    ) throws(BlockStorageError) {
      try connections.withConnection { connection throws(BlockStorageError) in
        var (left, place) = (count, offset)
        while left > 0 {
          let step = min(left, 1 << 30)
          try body(connection, step, place)
          (left, place) = (left - step, place + step)
        }
      }
    }
  }

  /// One connection to a server. One thread uses it at a time.
  private final class Connection: @unchecked Sendable {
    // Safety: ``ConnectionPool`` gives it to one thread at a time.
    let handle: OpaquePointer
    /// Whether the server is there for this process only.
    let isOwn: Bool
    /// Whether a command was not answered in time. Its bytes are used no more, as nothing calls libnbd
    /// for this connection again but to close it.
    private var isSilent = false
    /// Milliseconds in which a server says something.
    private static let patience: Int32 = 30_000

    /// - Parameter patience: how long a server has to take the connection.
    init(
      to source: NBDSource, isReadOnly: Bool, patience: Duration = .seconds(10)
    ) throws(BlockStorageError) {
      guard let handle = nbd_create() else { throw Self.failure("cannot connect") }
      self.handle = handle
      isOwn = if case .image = source { true } else { false }
      switch source {
      case .server(let uri): try Self.connect(handle, uri, within: patience)
      case .image(let path, let format, let isDirect):
        let words = try Self.words(path, format, isReadOnly: isReadOnly, isDirect: isDirect)
        guard Self.serve(handle, words) == 0 else { throw Self.failure("cannot connect") }
      }
    }

    /// A server that has its most clients takes the connection, and says nothing.
    private static func connect(
      _ handle: OpaquePointer, _ uri: String, within patience: Duration
    ) throws(BlockStorageError) {
      guard nbd_aio_connect_uri(handle, uri) == 0 else { throw failure("cannot connect") }
      let end = ContinuousClock.now + patience
      while nbd_aio_is_connecting(handle) == 1 {
        let left = (end - .now) / .milliseconds(1)
        guard left > 0 else {
          throw .server(action: "cannot connect", reason: "the server does not answer")
        }
        guard nbd_poll(handle, Int32(left.rounded(.up))) >= 0 || errno == EINTR else {
          throw failure("cannot connect")
        }
      }
      guard nbd_aio_is_ready(handle) == 1 else { throw failure("cannot connect") }
    }

    deinit {
      // The end is announced to the server, and not waited for.
      nbd_aio_disconnect(handle, 0)
      nbd_close(handle)
    }

    /// The command that serves an image: until its last client has gone.
    private static func words(
      _ path: String, _ format: String, isReadOnly: Bool, isDirect: Bool
    ) throws(BlockStorageError) -> [String] {
      guard let program = HostProcess.program("qemu-nbd") else {
        throw .program("qemu-nbd", package: "qemu-utils")
      }
      // The file is opened here first, for an error of its own.
      guard access(path, isReadOnly ? R_OK : R_OK | W_OK) == 0 else {
        throw .host(action: "cannot open", number: errno)
      }
      return [program, "--format", format, "--shared", "0", "--discard", "unmap"]
        + (isReadOnly ? ["--read-only"] : []) + (isDirect ? ["--nocache"] : []) + ["--", path]
    }

    private static func serve(_ handle: OpaquePointer, _ words: [String]) -> Int32 {
      var pointers = words.map { strdup($0) } + [nil]
      defer { for pointer in pointers { free(pointer) } }
      return nbd_connect_systemd_socket_activation(handle, &pointers)
    }

    /// The server's URI, for further connections.
    var uri: String? {
      guard let text = nbd_get_uri(handle) else { return nil }
      defer { free(text) }
      return String(cString: text)
    }

    /// Removes the name of the socket to a server of this process's own, which libnbd does at the end:
    /// a confined process can remove no files.
    func removeSocket() {
      guard isOwn, let uri, let name = uri.firstRange(of: "socket=") else { return }
      let path = String(uri[name.upperBound...])
      guard unlink(path) == 0, let end = path.lastIndex(of: "/") else { return }
      rmdir(String(path[..<end]))
    }

    /// Waits for a command.
    /// - Returns: why it failed.
    func wait(for command: UInt64, _ action: String) -> BlockStorageError? {
      if isSilent { return .server(action: action, reason: "the server does not answer") }
      while true {
        switch nbd_aio_command_completed(handle, command) {
        case 1: return nil
        case 0:
          // A dead connection completes its commands with an error.
          let status = nbd_poll(handle, Self.patience)
          if status == 0 {
            isSilent = true
            return .server(action: action, reason: "the server does not answer")
          }
          if status < 0, nbd_aio_is_dead(handle) == 0, errno != EINTR {
            isSilent = true
            return Self.failure(action)
          }
        default: return Self.failure(action)
        }
      }
    }

    /// Whether no further command can be answered.
    var isUseless: Bool { isSilent || nbd_aio_is_dead(handle) != 0 }

    /// Issues a command and waits for it.
    func run(
      _ action: String, _ issue: (OpaquePointer) -> Int64
    ) throws(BlockStorageError) {
      let command = issue(handle)
      guard command > 0 else { throw Self.failure(action) }
      if let error = wait(for: UInt64(command), action) { throw error }
    }

    /// The last error of this thread.
    static func failure(_ action: String) -> BlockStorageError {
      let text = nbd_get_error().map { String(cString: $0) } ?? "unknown"
      return .server(action: action, reason: text)
    }
  }

  /// Connections that wait for a request.
  private final class ConnectionPool: Sendable {
    private let free: Mutex<[Connection]>
    private let count = HostSemaphore()

    init(_ connections: [Connection]) {
      free = Mutex(connections)
      for _ in connections { count.signal() }
    }

    deinit {
      // libnbd waits for a server of this process's own, which waits for its other clients.
      free.withLock { $0.removeAll { !$0.isOwn } }
    }

    /// Runs what needs a connection, when one is free.
    func withConnection(
      _ body: (Connection) throws(BlockStorageError) -> Void
    ) throws(BlockStorageError) {
      count.wait()
      guard let connection = free.withLock({ $0.popLast() }) else {
        preconditionFailure("the semaphore counts the connections")
      }
      defer {
        // One that has failed is not taken while there are others: they are taken from the end.
        free.withLock { free in
          if connection.isUseless {
            free.insert(connection, at: 0)
          } else {
            free.append(connection)
          }
        }
        count.signal()
      }
      // An answer that comes late must not be written to memory that others use by now.
      guard !connection.isUseless else {
        throw .server(action: "cannot connect", reason: "the connection has failed")
      }
      try body(connection)
    }
  }

#endif

/// Storage that a server of the NBD protocol has.
public enum NBDServer {
  /// Connects to a server, or starts one for an image.
  /// - Parameters:
  ///   - source: the server, or the image.
  ///   - isReadOnly: whether nothing is written.
  ///   - isClaimed: false to leave `claim()` to the caller.
  public static func open(
    _ source: NBDSource, isReadOnly: Bool, isClaimed: Bool = true
  ) throws(BlockStorageError) -> any BlockStorage {
    #if NBD
      try NBDStorage(source, isReadOnly: isReadOnly, isClaimed: isClaimed)
    #else
      throw .library("libnbd", package: "libnbd-dev")
    #endif
  }
}
