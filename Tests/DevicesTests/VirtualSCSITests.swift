import GuestMemory
import HypervisorTestSupport
import MachineDescription
import SavedState
import Synchronization
import Testing

@testable import Devices
@testable import Hypervisor

/// A client of a VSCSI adapter: it makes hypercalls, and its memory is mapped by the window's entries.
final class VirtualSCSIClient {
  static let unit: UInt64 = 0x7100_0002
  /// Real addresses, which are bus addresses too.
  static let queue: UInt64 = 0x1_0000
  static let request: UInt64 = 0x2_0000
  static let buffer: UInt64 = 0x4_0000
  private static let tag: UInt64 = 0x0123_4567_89AB_CD00

  /// What the adapter logs.
  final class Log: Sendable { let lines = Mutex([String]()) }

  let board: TestBoard
  let work: DeviceWork
  let adapter: VirtualSCSIAdapter
  let log = Log()
  /// Entries of the queue that have been taken.
  private var taken: UInt64 = 0
  private var requests: UInt64 = 0

  init(
    _ storage: [UInt8: any BlockStorage], cdroms: Set<UInt8> = [], isImmediate: Bool = true
  ) throws {
    board = try TestBoard(hasQueues: true)
    work = DeviceWork(isImmediate: isImmediate)
    let units = storage.keys.sorted().map {
      SCSIDevice(cdroms.contains($0) ? .cdrom : .disk, target: $0, serial: "serial-\($0)")
    }
    let device = VIODevice(.scsi(units), at: UInt32(Self.unit))
    adapter = VirtualSCSIAdapter(
      device, units, storage, board.partition, work: work,
      log: { [log] line in log.lines.withLock { $0.append(line) } })
    board.partition.add(adapter, interrupt: device.interrupt)
    for page in 0x10..<0x80 as Range<UInt64> {
      #expect(board.call(0x20, Self.unit, page << 12, page << 12 | 3).status == 0)
    }
  }

  func call(_ number: UInt64, _ arguments: UInt64...) -> Int64 {
    board.call(number, [Self.unit] + arguments).status
  }

  /// H_REG_CRQ
  func register(size: UInt64 = 0x1000) -> Int64 {
    taken = 0
    try? board.partition.memory.fill(Int(min(size, 0x1000)), at: Self.queue)
    return call(0xFC, Self.queue, size)
  }

  /// H_SEND_CRQ
  @discardableResult
  func send(_ high: UInt64, _ low: UInt64 = 0) -> Int64 { call(0x108, high, low) }

  /// The next entry of the queue.
  func next() throws -> QueueEntry? {
    work.finish()
    let place = Self.queue + 16 * (taken % 256)
    let memory = board.partition.memory
    let high = try memory.read(UInt64.self, at: place)
    guard high >> 63 != 0 else { return nil }
    taken += 1
    try memory.write(0 as UInt64, at: place)
    return QueueEntry(high: high, low: try memory.read(UInt64.self, at: place + 8))
  }

  /// Sends an information unit or a datagram, and returns the answer over it; nil when there is none.
  func exchange(_ bytes: [UInt8], format: UInt8 = 1) throws -> [UInt8]? {
    requests += 1
    let tag = Self.tag + requests
    var bytes = bytes
    bytes.put(tag, at: 8)
    try board.partition.memory.write(bytes, at: Self.request)
    let high = 0x80 << 56 | UInt64(format) << 48 | UInt64(bytes.count)
    #expect(send(high, Self.request) == 0)
    guard let entry = try next() else { return nil }
    guard entry.header == .command else {
      taken -= 1
      try board.partition.memory.write(entry.high, at: Self.queue + 16 * (taken % 256))
      return nil
    }
    #expect(entry.low == tag && entry.format == format && entry.high >> 16 & 0xFFFF_FFFF == 0)
    let answer = try board.partition.memory.read(
      Int(entry.high & 0xFFFF), at: Self.request)
    #expect(UInt64(bigEndianBytes: answer[8..<16]) == tag)
    return answer
  }

  /// Makes the connection: initialization, and login.
  func connect() throws {
    #expect(register() == 0)
    send(0xC001 << 48)
    #expect(try next() == .initializationComplete)
    let answer = try #require(try exchange(Self.login()))
    #expect(answer.count == 52 && answer[0] == 0xC0)
    #expect(UInt32(bigEndianBytes: answer[4..<8]) == 128)
  }

  static func login(formats: UInt16 = 6, length: UInt32 = 256) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    bytes.put(length, at: 16)
    bytes.put(formats, at: 24)
    return bytes
  }

  struct Answer: Equatable {
    var status: UInt8 = 0
    var flags: UInt8 = 0
    /// Residual counts of data-out and data-in.
    var outRest: UInt32 = 0
    var inRest: UInt32 = 0
    var sense: [UInt8]?
    var bytes: [UInt8] = []
  }

  /// Descriptors of the buffer in pieces.
  private func descriptors(_ sizes: [Int]) -> [UInt8] {
    var place = Self.buffer
    return sizes.flatMap { size in
      defer { place += UInt64(size) }
      return place.bigEndianBytes + [0, 0, 0, 0] + UInt32(size).bigEndianBytes
    }
  }

  /// A command's unit.
  /// - Parameters:
  ///   - sizes: bytes of the pieces of the buffer; several make an indirect descriptor.
  ///   - listed: how many descriptors are in the unit; the others are at 0x3_0000 with them.
  func unit(
    _ block: [UInt8], target: UInt8, out: [UInt8], sizes: [Int], listed: Int? = nil
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 48)
    bytes[0] = 2
    bytes.put(VirtualSCSI.number(ofTarget: target), at: 20)
    bytes.replaceSubrange(32..<32 + min(block.count, 16), with: block.prefix(16))
    if !out.isEmpty { try board.partition.memory.write(out, at: Self.buffer) }
    let format: UInt8 = sizes.count > 1 ? 2 : UInt8(sizes.count)
    bytes[5] = out.isEmpty ? format : format << 4
    let all = descriptors(sizes)
    guard sizes.count > 1 else { return bytes + all }
    let count = listed ?? sizes.count
    bytes[out.isEmpty ? 7 : 6] = UInt8(count)
    try board.partition.memory.write(all, at: 0x3_0000)
    return bytes + (0x3_0000 as UInt64).bigEndianBytes + [0, 0, 0, 0]
      + UInt32(all.count).bigEndianBytes + UInt32(sizes.reduce(0, +)).bigEndianBytes
      + all.prefix(16 * count)
  }

  func command(
    _ block: [UInt8], target: UInt8 = 0, out: [UInt8] = [], sizes: [Int] = [],
    listed: Int? = nil
  ) throws -> Answer? {
    let bytes = try unit(block, target: target, out: out, sizes: sizes, listed: listed)
    guard let answer = try exchange(bytes) else { return nil }
    #expect(answer[0] == 0xC1 && UInt32(bigEndianBytes: answer[4..<8]) == 1)
    let sense = Int(UInt32(bigEndianBytes: answer[28..<32]))
    #expect(answer.count == 36 + sense)
    let rest = Int(UInt32(bigEndianBytes: answer[24..<28]))
    let moved = out.isEmpty && answer[18] & 0x10 == 0 ? sizes.reduce(0, +) - rest : 0
    return Answer(
      status: answer[19], flags: answer[18], outRest: UInt32(bigEndianBytes: answer[20..<24]),
      inRest: UInt32(rest), sense: sense > 0 ? [answer[38], answer[48], answer[49]] : nil,
      bytes: try board.partition.memory.read(moved, at: Self.buffer))
  }

  func management(_ function: UInt8, target: UInt8 = 0, tag: UInt64 = 0) throws -> UInt8? {
    var bytes = [UInt8](repeating: 0, count: 48)
    bytes[0] = 1
    bytes.put(VirtualSCSI.number(ofTarget: target), at: 20)
    bytes[30] = function
    bytes.put(tag, at: 32)
    let answer = try exchange(bytes)
    if let answer { #expect(answer.count == 40 && answer[18] == 1) }
    return answer?[39]
  }

  static func datagram(_ kind: UInt32, length: UInt16) -> [UInt8] {
    kind.bigEndianBytes + [0, 0] + length.bigEndianBytes + [UInt8](repeating: 0, count: 8)
      + buffer.bigEndianBytes
  }
}

/// The VSCSI adapter with a client that makes hypercalls.
@Suite struct VirtualSCSITests {
  let file = try? TestFile(pattern(16 * 512))

  func client(isImmediate: Bool = true) throws -> VirtualSCSIClient {
    try VirtualSCSIClient(
      [0: RawFile(opening: try #require(file).path)], isImmediate: isImmediate)
  }

  private typealias Client = VirtualSCSIClient
  private let parameter: Int64 = -4
  private let closed: Int64 = 2
  private let resource: Int64 = -16

  @Test func `a queue is registered, and the calls' statuses are those of the specification`()
    throws
  {
    let client = try client()
    #expect(client.send(0xC001 << 48) == closed)
    #expect(client.call(0xFC, Client.queue + 8, 0x1000) == parameter)
    #expect(client.call(0xFC, Client.queue, 0x800) == parameter)
    #expect(client.call(0xFC, Client.queue, 0) == parameter)
    // Not mapped, or not memory of the window.
    #expect(client.call(0xFC, 0x7_F000, 0x2000) == parameter)
    #expect(client.call(0xFC, 1 << 28, 0x1000) == parameter)
    #expect(client.register() == 0)
    #expect(client.register() == resource)
    #expect(client.send(0x4001 << 48) == parameter)
    #expect(client.send(0xFF01 << 48) == parameter)
    #expect(client.send(0xC001 << 48) == 0)
    #expect(client.call(0x2B0) == 0)
    #expect(client.call(0x100) == 0)
    #expect(client.send(0xC001 << 48) == closed)
    #expect(client.register() == 0)
    for number in [0xFC, 0x100, 0x108, 0x2B0] as [UInt64] {
      // A terminal has no queue.
      #expect(client.board.call(number, 0x7100_0000, 0x1_0000, 0x1000).status == parameter)
      #expect(client.board.call(number, 1 << 40, 0x1_0000, 0x1000).status == parameter)
    }
  }

  @Test func `interrupts come only while they are enabled`() throws {
    let client = try client()
    #expect(client.register() == 0)
    let signals = client.board.partition.interruptSignals
    client.send(0xC001 << 48)
    #expect(signals.take().isEmpty)
    #expect(client.call(0x104, 1) == 0)
    client.send(0xC001 << 48)
    #expect(signals.take().map(\.source) == [0x1102])
    #expect(client.call(0x104, 0) == 0)
    client.send(0xC001 << 48)
    #expect(signals.take().isEmpty)
    #expect(client.call(0x104, 2) == parameter)
  }

  @Test func `the connection is made as Linux and PowerVM make it`() throws {
    let client = try client()
    #expect(client.register() == 0)
    client.send(0xC001 << 48)
    #expect(try client.next() == .initializationComplete)
    let memory = client.board.partition.memory
    // Adapter information, fast fail, capabilities.
    let information = try client.exchange(Client.datagram(3, length: 148), format: 2)
    #expect(information?[4..<6] == [0, 0])
    let given = try memory.read(148, at: Client.buffer)
    #expect(Array(given[..<5]) == Array("16.a".utf8) + [0])
    #expect(UInt32(bigEndianBytes: given[112..<116]) == 3)
    #expect(UInt32(bigEndianBytes: given[116..<120]) == 2 << 20)
    #expect(try client.exchange(Client.datagram(8, length: 16), format: 2)?[4..<6] == [0, 0])
    var capabilities = [UInt8](repeating: 0, count: 92)
    capabilities.put(4 as UInt32, at: 0)
    for place in [68, 80] {
      capabilities.put(12 as UInt16, at: place + 4)
      capabilities.put(1 as UInt16, at: place + 6)
    }
    try memory.write(capabilities, at: Client.buffer)
    #expect(try client.exchange(Client.datagram(5, length: 92), format: 2)?[4..<6] == [0, 0])
    let supported = try memory.read(92, at: Client.buffer)
    #expect(supported[3] == 0 && supported[75] == 0 && supported[87] == 0 && supported[73] == 12)
    var log = [UInt8](repeating: 0, count: 104)
    log.replaceSubrange(32..<38, with: "vscsi0".utf8)
    log.replaceSubrange(64..<70, with: "hdisk0".utf8)
    log.put(0x1234 as UInt32, at: 24)
    try memory.write(log, at: Client.buffer)
    #expect(try client.exchange(Client.datagram(2, length: 104), format: 2)?[4..<6] == [0, 0])
    #expect(
      client.log.lines.withLock { $0 } == ["VSCSI client vscsi0, device hdisk0: error 0x1234"])
    // Kinds that are not served, and a buffer that is not mapped.
    #expect(try client.exchange(Client.datagram(7, length: 16), format: 2)?[4..<6] == [0, 0xF1])
    var unmapped = Client.datagram(3, length: 148)
    unmapped.put(0x9_0000 as UInt64, at: 16)
    #expect(try client.exchange(unmapped, format: 2)?[4..<6] == [0, 0xF7])
    // A login with formats that are not offered, and one that is.
    #expect(try client.exchange(Client.login(formats: 9))?[0] == 0xC2)
    #expect(try client.exchange(Client.login(length: 1 << 20))?[0] == 0xC2)
    #expect(try client.exchange(Client.login())?[0] == 0xC0)
  }

  @Test(arguments: [true, false])
  func `blocks are moved through each kind of descriptor`(isImmediate: Bool) throws {
    let client = try client(isImmediate: isImmediate)
    try client.connect()
    var expected = pattern(16 * 512)
    #expect(try client.command([0], sizes: [])?.sense == [6, 0x29, 0])
    #expect(try client.command([0], sizes: []) == .init())
    for (round, form) in [
      ([2048], nil), ([512, 1024, 512], nil), ([100, 1900, 48], 3), ([512, 512, 512, 512], 2),
      ([2048 - 512, 512], 0),
    ].enumerated() as EnumeratedSequence<[([Int], Int?)]> {
      let (sizes, listed) = form
      let read = try client.command(CDB.ten(0x28, 3, 4), sizes: sizes, listed: listed)
      #expect(read == .init(bytes: Array(expected[3 * 512..<7 * 512])))
      let new = pattern(2048, from: 17 * round + 1)
      #expect(
        try client.command(CDB.ten(0x2A, 3, 4), out: new, sizes: sizes, listed: listed)
          == .init())
      expected.replaceSubrange(3 * 512..<7 * 512, with: new)
      #expect(try #require(file).bytes == expected)
    }
  }

  @Test func `residual counts are those of the protocol`() throws {
    let client = try client()
    try client.connect()
    _ = try client.command([0], sizes: [])
    // Data-in underflow: 512 of 1024 bytes.
    #expect(
      try client.command(CDB.ten(0x28, 0, 1), sizes: [1024])
        == .init(flags: 0x20, inRest: 512, bytes: Array(pattern(16 * 512)[..<512])))
    #expect(
      try client.command(CDB.ten(0x2A, 0, 1), out: pattern(512), sizes: [1024])
        == .init(flags: 8, outRest: 512))
    // Overflow: nothing is done.
    let over = try #require(try client.command(CDB.ten(0x28, 0, 2), sizes: [1000]))
    #expect(over.status == 2 && over.flags == 0x12 && over.inRest == 24)
    #expect(over.sense == [0xB, 0x4B, 0])
    let out = try #require(
      try client.command(CDB.ten(0x2A, 0, 2), out: pattern(512, from: 5), sizes: [512]))
    #expect(out.status == 2 && out.flags == 6 && out.outRest == 512)
    #expect(try #require(file).bytes == pattern(16 * 512))
    // A buffer that is not mapped.
    #expect(client.board.call(0x20, Client.unit, Client.buffer, 0).status == 0)
    #expect(
      try client.command(CDB.ten(0x28, 0, 1), sizes: [512])?.sense == [4, 0x44, 0])
  }

  @Test func `units are found by INQUIRY and REPORT LUNS`() throws {
    let file = try #require(file)
    let client = try VirtualSCSIClient(
      [
        0: RawFile(opening: file.path, isReadOnly: true),
        5: RawFile(opening: file.path, isReadOnly: true),
      ], cdroms: [5])
    try client.connect()
    #expect(try client.command(CDB.inquiry(allocation: 36), sizes: [36])?.bytes.first == 0)
    #expect(
      try client.command(CDB.inquiry(allocation: 36), target: 5, sizes: [36])?.bytes.first == 5)
    #expect(
      try client.command(CDB.inquiry(allocation: 36), target: 1, sizes: [36])?.bytes.first
        == 0x7F)
    #expect(try client.command([0], target: 1)?.sense == [5, 0x25, 0])
    // REPORT LUNS to the number 0 lists the units of all targets.
    var bytes = try client.unit(
      [0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 24], target: 0, out: [], sizes: [24])
    bytes.put(0 as UInt64, at: 20)
    #expect(try client.exchange(bytes)?[19] == 0)
    #expect(
      try client.board.partition.memory.read(24, at: Client.buffer)
        == [0, 0, 0, 16, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x85, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `task management`() throws {
    let client = try client()
    try client.connect()
    _ = try client.command([0], sizes: [])
    for function in [1, 2, 4] as [UInt8] { #expect(try client.management(function) == 0) }
    #expect(try client.management(8) == 0)
    #expect(try client.command([0], sizes: [])?.sense == [6, 0x29, 3])
    #expect(try client.management(0x40) == 4)
    #expect(try client.management(3) == 2)
    #expect(try client.management(8, target: 9) == 2)
  }

  @Test func `violations of the protocol end the connection, and it is made again`() throws {
    let client = try client()
    let violations: [(VirtualSCSIClient) throws -> Void] = [
      // A second login, initialization, and what is no unit.
      { _ = try $0.exchange(Client.login()) },
      { $0.send(0xC001 << 48) },
      { _ = try $0.exchange([UInt8](repeating: 0x77, count: 48)) },
      { _ = try $0.exchange([2] + [UInt8](repeating: 0, count: 20)) },
      // Not mapped; longer than a unit may be.
      { $0.send(0x8001_0000_0000_0030, 0x9_0000) },
      { $0.send(0x8001_0000_0000_2000, Client.request) },
      // Descriptors beyond the unit, and of a format that there is not.
      { client in
        var bytes = try client.unit([0x28], target: 0, out: [], sizes: [512])
        bytes.removeLast()
        _ = try client.exchange(bytes)
      },
      { client in
        var bytes = try client.unit([0x28], target: 0, out: [], sizes: [512])
        bytes[5] = 0xF
        _ = try client.exchange(bytes)
      },
    ]
    for violation in violations {
      try client.connect()
      try violation(client)
      #expect(try client.next() == .partnerClosed)
      #expect(try client.next() == .initialize)
      // Whatever is not initialization ends it again.
      #expect(try client.exchange(Client.login()) == nil)
      #expect(try client.next() == .partnerClosed)
      #expect(client.call(0x100) == 0)
    }
    // A client that has given a unit for it gets a logout.
    try client.connect()
    #expect(try client.exchange(Client.datagram(1, length: 28), format: 2) == nil)
    client.send(0xC001 << 48)
    let logout = try #require(try client.next())
    #expect(logout.format == 1)
    #expect(try client.board.partition.memory.read(1, at: Client.buffer) == [0x80])
  }

  @Test func `a ping is answered`() throws {
    let client = try client()
    #expect(client.register() == 0)
    client.send(0x8006_00F5 << 32)
    #expect(try client.next() == QueueEntry(high: 0x8006_00F6 << 32))
  }

  @Test func `a queue that is full, or not memory any more, takes nothing`() throws {
    let client = try client()
    #expect(client.register() == 0)
    for _ in 0..<300 { client.send(0x8006_00F5 << 32) }
    for _ in 0..<256 { #expect(try client.next() != nil) }
    #expect(try client.next() == nil)
    #expect(client.board.call(0x20, Client.unit, Client.queue, 0).status == 0)
    client.send(0x8006_00F5 << 32)
    #expect(try client.next() == nil)
  }

  @Test func `a closed queue has no memory written any more`() throws {
    let client = try client(isImmediate: false)
    try client.connect()
    _ = try client.command([0], sizes: [])
    let bytes = try client.unit(CDB.ten(0x28, 0, 4), target: 0, out: [], sizes: [2048])
    try client.board.partition.memory.write(bytes, at: Client.request)
    client.send(0x8001_0000_0000_0000 | UInt64(bytes.count), Client.request)
    #expect(client.call(0x100) == 0)
    try client.board.partition.memory.fill(0x1_0000, at: Client.queue)
    client.work.finish()
    #expect(
      try client.board.partition.memory.read(0x1000, at: Client.queue).allSatisfy { $0 == 0 })
  }

  @Test func `random units, datagrams and entries are harmless`() throws {
    let client = try client()
    var generator = SystemRandomNumberGenerator()
    func byte() -> UInt8 { UInt8.random(in: 0...255, using: &generator) }
    for round in 0..<3000 {
      if round % 50 == 0 {
        _ = client.call(0x100)
        try client.connect()
      }
      let target = UInt8.random(in: 0...2, using: &generator)
      var bytes = try client.unit(
        (0..<16).map { _ in byte() & byte() & byte() }, target: target, out: [],
        sizes: round % 3 == 0 ? [512] : [512, 1024])
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = byte()
      }
      if round % 7 == 0 { bytes[0] = [0, 1, 3, 0x80][round % 4] }
      try client.board.partition.memory.write(bytes, at: Client.request)
      let format: UInt64 = round % 5 == 0 ? 2 : 1
      client.send(
        0x80 << 56 | format << 48 | UInt64(Int.random(in: 0...bytes.count, using: &generator)),
        Client.request)
      client.send(UInt64.random(in: 0 ... .max, using: &generator), UInt64(byte()) << 12)
      while try client.next() != nil {}
    }
    _ = client.call(0x100)
    try client.connect()
    _ = try client.command([0], sizes: [])
    #expect(try #require(file).bytes.count == 16 * 512)
  }
}
