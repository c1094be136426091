import CStorage
import FolderServer
import Glibc
import GuestMemory
import HostSupport
import MachineDescription
import SavedState
import Synchronization
import Testing

@testable import Devices
@testable import Hypervisor

/// Shared folders as their drivers use them.
@Suite struct VirtIOShareTests {
  private static let plan9 = PCIDevice.Share(tag: "src", kind: .plan9)
  private static let virtioFS = PCIDevice.Share(tag: "src", kind: .virtioFS)
  private static let answers = TestDriver.data + 0x2_0000

  private static func driver(
    _ share: PCIDevice.Share, _ server: any ShareServer, queue: UInt64 = 0,
    isImmediate: Bool = true, log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> TestDriver {
    let work = DeviceWork(isImmediate: isImmediate)
    return try TestDriver(queue: queue, features: .max, work: work) { board in
      .share(
        share, PCIDevice(.share(share), number: 1), server, dma: board.dma, work: work, log: log)
    }
  }

  /// Makes a request and gives its answer; nil when there is none.
  private static func call(
    _ driver: TestDriver, _ request: [UInt8], room: Int = 4096
  ) throws -> [UInt8]? {
    let memory = driver.board.memory
    try memory.write(request, at: TestDriver.data)
    try memory.fill(room + 64, at: answers)
    // In parts, as a driver's pages are.
    let first = min(20, request.count)
    var parts: [(real: UInt64, count: UInt32, flags: UInt16)] = [
      (TestDriver.data, UInt32(first), 0)
    ]
    if request.count > first {
      parts.append((TestDriver.data + UInt64(first), UInt32(request.count - first), 0))
    }
    if room > 0 { parts.append((answers, UInt32(min(room, 5)), VirtqueueDescriptor.Flag.write)) }
    if room > 5 { parts.append((answers + 5, UInt32(room - 5), VirtqueueDescriptor.Flag.write)) }
    guard let written = try driver.submit(parts) else { return nil }
    #expect(Int(written) <= room)
    // Nothing is written beyond the room.
    #expect(try memory.read(64, at: answers + UInt64(room)).allSatisfy { $0 == 0 })
    return try memory.read(Int(written), at: answers)
  }

  // MARK: 9P

  /// A server of a folder on a thread of its own.
  private static func folder(_ path: String) throws -> FolderConnection {
    let pair = try SocketPair(SOCK_STREAM)
    ShareThread.run {
      guard let server = try? FolderServer(path: path, isReadOnly: false) else { return }
      server.run(pair.second)
      // The connection has ended, and the end is closed.
      _ = pair
    }
    return FolderConnection(pair.first)
  }

  private static func message(_ type: UInt8, _ body: [UInt8], tag: UInt16 = 9) -> [UInt8] {
    MessageHeader(messageSize: 7 + body.count, type: type, tag: tag).bytes + body
  }

  private static let version = message(
    100, (8192 as UInt32).littleEndianBytes + [8, 0] + Array("9P2000.L".utf8))
  private static let attach = message(
    104, [0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0])

  @Test(arguments: [true, false])
  func `a driver of 9P reads and writes a folder`(isImmediate: Bool) throws {
    let folder = try TestShareFolder()
    let driver = try Self.driver(
      Self.plan9, Self.folder(folder.path), isImmediate: isImmediate)
    #expect((0..<5).map { driver.get(0x2000 + $0, 1) } == [3, 0, 0x73, 0x72, 0x63])
    #expect(
      try Self.call(driver, Self.version) == [
        21, 0, 0, 0, 101, 9, 0, 0, 0x20, 0, 0, 8, 0,
      ] + Array("9P2000.L".utf8))
    #expect(try Self.call(driver, Self.attach)?.count == 20)
    // A file is made, written, and read in the folder.
    let name = [4, 0] + Array("file".utf8)
    let create = Self.message(14, [0, 0, 0, 0] + name + [2, 0, 0, 0, 0xA4, 1, 0, 0, 0, 0, 0, 0])
    #expect(try Self.call(driver, create)?[4] == 15)
    let bytes = pattern(5000)
    let write = [0, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + UInt32(5000).littleEndianBytes
    #expect(
      try Self.call(driver, Self.message(118, write + bytes))
        == Self.message(119, UInt32(5000).littleEndianBytes))
    #expect(folder.contents(of: "file") == bytes)
    let read = [0, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + UInt32(6000).littleEndianBytes
    #expect(
      try Self.call(driver, Self.message(116, read), room: 8192)
        == Self.message(117, UInt32(5000).littleEndianBytes + bytes))
    // What the server answers does not fit: the server is of no more use.
    #expect(
      try Self.call(driver, Self.message(116, read), room: 100)
        == MessageHeader.failure(EIO, tag: 9))
    #expect(!driver.isBroken)
  }

  @Test func `requests that are none are rejected without the server`() throws {
    let folder = try TestShareFolder()
    let driver = try Self.driver(Self.plan9, Self.folder(folder.path))
    // Longer than its buffers, and the server's own messages.
    var long = Self.version
    long[0] += 1
    #expect(try Self.call(driver, long) == MessageHeader.failure(EBADMSG, tag: 9))
    for type in [MessageType.save, MessageType.restore, 255] {
      #expect(
        try Self.call(driver, Self.message(type, [])) == MessageHeader.failure(EOPNOTSUPP, tag: 9))
    }
    // Longer buffers than the message.
    #expect(try Self.call(driver, Self.version + [1, 2])?[4] == 101)
    // No room for any answer, and no message.
    #expect(try Self.call(driver, Self.version, room: 10) == nil)
    #expect(driver.isBroken)
    driver.start(features: .max)
    #expect(try Self.call(driver, [1, 2, 3, 4, 5, 6]) == nil)
    #expect(driver.isBroken)
  }

  @Test func `a reset makes the server forget what is open`() throws {
    let folder = try TestShareFolder()
    let driver = try Self.driver(Self.plan9, Self.folder(folder.path))
    _ = try Self.call(driver, Self.version)
    #expect(try Self.call(driver, Self.attach)?[4] == 105)
    #expect(try Self.call(driver, Self.attach) == MessageHeader.failure(EBADF, tag: 9))
    driver.start(features: .max)
    #expect(try Self.call(driver, Self.attach)?[4] == 105)
  }

  /// Answers of a server to a first message that are none.
  private static let malformed: [[UInt8]] = [
    [], [1, 2, 3], [6, 0, 0, 0, 101, 9, 0], [0xFF, 0xFF, 0xFF, 0xFF, 101, 9, 0],
    message(101, [], tag: 8), message(103, []), message(101, []) + [1],
    message(101, [UInt8](repeating: 0, count: 5000)),
  ]

  @Test(arguments: 0..<malformed.count)
  func `a server of 9P that fails gives errors`(number: Int) throws {
    let pair = try SocketPair(SOCK_STREAM)
    let bytes = Self.malformed[number]
    if !bytes.isEmpty { pair.send(bytes) }
    shutdown(pair.second, Int32(SHUT_WR))
    let lines = Mutex<[String]>([])
    let driver = try Self.driver(
      Self.plan9, FolderConnection(pair.first), log: { line in lines.withLock { $0.append(line) } })
    for _ in 0..<3 {
      #expect(try Self.call(driver, Self.version) == MessageHeader.failure(EIO, tag: 9))
    }
    #expect(!driver.isBroken)
    // One line, with the name of the share.
    #expect(lines.withLock { $0.count } == 1)
    #expect(lines.withLock { $0[0] }.hasPrefix("share 'src': its server"))
  }

  // MARK: virtio-fs

  /// A request of FUSE.
  private static func request(
    _ operation: UInt32, _ body: [UInt8] = [], number: UInt64 = 0x1122_3344_5566_7788
  ) -> [UInt8] {
    [UInt32(40 + body.count), operation].flatMap(\.littleEndianBytes) + number.littleEndianBytes
      + [UInt8](repeating: 0, count: 24) + body
  }

  private static func failure(_ number: Int32) -> [UInt8] {
    [16, UInt32(bitPattern: -number)].flatMap(\.littleEndianBytes)
      + (0x1122_3344_5566_7788 as UInt64).littleEndianBytes
  }

  @Test(arguments: [0, 1] as [UInt64])
  func `requests of FUSE reach the daemon and answers the driver`(queue: UInt64) throws {
    let daemon = try FileDaemon { index, request, room in
      #expect(index == Int(queue))
      return .answer(room == 0 ? [] : Array((request.reversed() + request).prefix(room)))
    }
    let server = try VhostUserConnection(daemon.socket, isReadOnly: false)
    let driver = try Self.driver(Self.virtioFS, server, queue: queue)
    #expect((0..<4).map { driver.get(0x2000 + $0, 1) } == [0x73, 0x72, 0x63, 0])
    #expect(driver.get(0x2024, 4) == 1)
    // As many as go round the rings several times, over several blocks.
    for round in 0..<300 {
      let request = Self.request(15, pattern(round * 37 % 9000, from: round))
      let room = 16 + round * 113 % 20_000
      #expect(
        try Self.call(driver, request, room: room)
          == Array((request.reversed() + request).prefix(room)))
    }
    // Without an answer.
    #expect(try Self.call(driver, Self.request(2, [1, 2]), room: 0) == [])
    #expect(!driver.isBroken)
    // Not even a header, and no room for one.
    #expect(try Self.call(driver, [1, 2]) == nil)
    #expect(driver.isBroken)
    driver.start(features: .max)
    #expect(try Self.call(driver, Self.request(3), room: 15) == nil)
    driver.start(features: .max)
    #expect(try Self.call(driver, Self.request(3), room: 16)?.count == 16)
  }

  @Test func `a folder that is only read gets no request that changes it`() throws {
    let daemon = try FileDaemon { _, request, _ in .answer(Array(request.prefix(16))) }
    let server = try VhostUserConnection(daemon.socket, isReadOnly: true)
    let driver = try Self.driver(Self.virtioFS, server, queue: 1)
    let changes: [UInt32] = [
      4, 6, 8, 9, 10, 11, 12, 13, 16, 21, 24, 35, 39, 43, 45, 47, 48, 49, 51, 53, 4096,
    ]
    for operation in changes {
      #expect(try Self.call(driver, Self.request(operation)) == Self.failure(EROFS), "\(operation)")
    }
    for operation in [1, 3, 5, 15, 17, 18, 26, 27, 28, 29, 44] as [UInt32] {
      #expect(
        try Self.call(driver, Self.request(operation))
          == Array(Self.request(operation).prefix(16)), "\(operation)")
    }
    for (flags, isAllowed) in [
      (0, true), (0o100000, true), (1, false), (2, false), (0o1000, false),
    ]
      as [(UInt32, Bool)]
    {
      let request = Self.request(14, flags.littleEndianBytes)
      let expected = isAllowed ? Array(request.prefix(16)) : Self.failure(EROFS)
      #expect(try Self.call(driver, request) == expected, "flags \(flags)")
    }
  }

  /// As numbers of flags of Power, and of x86.
  @Test(
    arguments: [
      (0o40000, O_DIRECTORY), (0o100000, O_NOFOLLOW), (0o200000, 0),
      (0o400000, storage_direct_flag),
      (0o2302, 0o2302), (0o240002, O_DIRECTORY | 2),
    ] as [(UInt32, Int32)])
  func `open flags have the daemon's numbers`(guest: UInt32, host: Int32) throws {
    let daemon = try FileDaemon { _, request, _ in .answer(request) }
    let server = try VhostUserConnection(daemon.socket, isReadOnly: false)
    let driver = try Self.driver(Self.virtioFS, server, queue: 1)
    for operation in [14, 27, 35, 51] as [UInt32] {
      let (bytes, rest) = (guest.littleEndianBytes, [1, 2, 3, 4] as [UInt8])
      #expect(
        try Self.call(driver, Self.request(operation, bytes + rest))
          == Self.request(operation, host.littleEndianBytes + rest))
    }
    let other = Self.request(15, guest.littleEndianBytes)
    #expect(try Self.call(driver, other) == other)
    // No flags behind the header.
    #expect(try Self.call(driver, Self.request(14, [7])) == Self.request(14, [7]))
  }

  @Test(arguments: 0..<8)
  func `a daemon that fails gives errors`(way: Int) throws {
    let ways: [FileDaemon.Reply] = [
      .end, .used(id: 77, written: 16), .used(id: 0xFFFF_FFFE, written: 16),
      .used(id: .max, written: 4097), .used(id: .max, written: 15), .index(1000), .silence,
      .signals,
    ]
    let reply = ways[way]
    let daemon = try FileDaemon { _, request, _ in
      request[4] == 1 ? .answer(Array(request.prefix(16))) : reply
    }
    let lines = Mutex<[String]>([])
    let server = try VhostUserConnection(daemon.socket, isReadOnly: false, patience: 1)
    let driver = try Self.driver(
      Self.virtioFS, server, queue: 1, log: { line in lines.withLock { $0.append(line) } })
    #expect(try Self.call(driver, Self.request(1)) == Array(Self.request(1).prefix(16)))
    for _ in 0..<3 { #expect(try Self.call(driver, Self.request(3)) == Self.failure(EIO)) }
    // Those without an answer come back too.
    #expect(try Self.call(driver, Self.request(2), room: 0) == [])
    #expect(!driver.isBroken)
    #expect(lines.withLock { $0.count } == 1)
  }

  @Test func `a daemon that breaks the protocol is refused`() throws {
    for bytes in [
      [], [1, 0, 0, 0], [UInt8](repeating: 0, count: 20), [UInt8](repeating: 255, count: 40),
    ]
      as [[UInt8]]
    {
      let pair = try SocketPair(SOCK_STREAM)
      if !bytes.isEmpty { pair.send(bytes) }
      shutdown(pair.second, Int32(SHUT_WR))
      #expect(throws: ShareServerError.self) {
        try VhostUserConnection(pair.first, isReadOnly: false)
      }
    }
  }

  @Test func `a driver's files in a daemon cannot be saved`() throws {
    let daemon = try FileDaemon { _, request, _ in .answer(Array(request.prefix(16))) }
    let server = try VhostUserConnection(daemon.socket, isReadOnly: false)
    let driver = try Self.driver(Self.virtioFS, server, queue: 1)
    #expect(throws: ShareServerError.notSaved) { try server.save() }
    _ = driver
  }

  @Test func `requests that wait are not served when the bus is lost`() throws {
    let server = CountingServer()
    let driver = try Self.driver(Self.plan9, server)
    let parts: [(real: UInt64, count: UInt32, flags: UInt16)] = [
      (TestDriver.data, 7, 0), (Self.answers, 64, VirtqueueDescriptor.Flag.write),
    ]
    _ = try driver.submit(parts) {
      // The second request waits for the first one.
      _ = try? driver.submit(parts) { driver.transport.function.write(2, 4, size: 2) }
    }
    #expect(server.served == 1)
  }
}

/// A server that counts requests, and answers with nothing.
private final class CountingServer: ShareServer {
  private let count = Atomic(0)
  var served: Int { count.load(ordering: .relaxed) }

  func serve(_ requests: [ShareRequest], queue: Int) -> [UInt32] {
    count.add(requests.count, ordering: .relaxed)
    return requests.map { _ in 0 }
  }
  func takeFailure() -> ShareServerError? { nil }
  func reset() {}
  func save() -> [UInt8] { [] }
  func restore(_ state: [UInt8]) {}
}

/// A temporary folder with files.
private final class TestShareFolder {
  let path: String

  init() throws {
    var name = Array("/tmp/share-XXXXXX".utf8CString)
    try #require(mkdtemp(&name) != nil)
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    unlink(path + "/file")
    rmdir(path)
  }

  func contents(of name: String) -> [UInt8]? {
    let descriptor = open(path + "/" + name, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
    #expect(pread(descriptor, &bytes, bytes.count, 0) == bytes.count)
    return bytes
  }
}

/// A thread of the host that ends by itself.
enum ShareThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  static func run(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        argument.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(Body(body)).toOpaque())
    #expect(status == 0)
    pthread_detach(thread)
  }
}
