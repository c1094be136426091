import CSockets
import Glibc
import GuestMemory
import HostSupport
import HypervisorTestSupport
import MachineDescription
import SavedState
import Synchronization
import Testing

@testable import Devices
@testable import Hypervisor

/// A TPM emulator of this process, with the channels of swtpm: it answers TPM2_Startup and
/// TPM2_GetCapability, and gives other commands back with an answer's tag.
final class FakeEmulator: @unchecked Sendable {
  // Safety: `lock` guards what changes; threads of its own serve both channels.

  let control: Int32
  private let lock = Mutex((blobs: [UInt32: [UInt8]](), commands: [UInt32](), broken: false))

  /// - Parameter version: whose answers it gives.
  init(version: TPMVersion = .v2_0) throws {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    control = ends[0]
    let server = ends[1]
    Thread.start { self.serveControl(server, version) }
  }

  private enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) {
      final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
      }
      var thread = pthread_t()
      let box = Unmanaged.passRetained(Box(body)).toOpaque()
      pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
          return nil
        }, box)
      pthread_detach(thread)
    }
  }

  /// Commands of the control channel, in their order.
  var commands: [UInt32] { lock.withLock { $0.commands } }
  var blobs: [UInt32: [UInt8]] {
    get { lock.withLock { $0.blobs } }
    set { lock.withLock { $0.blobs = newValue } }
  }
  /// Whether commands get no proper answer.
  func breakDown() { lock.withLock { $0.broken = true } }

  private static func read(_ count: Int, _ descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var piece = [UInt8](repeating: 0, count: count - bytes.count)
      let got = Glibc.read(descriptor, &piece, piece.count)
      guard got > 0 else { return nil }
      bytes += piece[..<got]
    }
    return bytes
  }

  private func serveControl(_ socket: Int32, _ version: TPMVersion) {
    while true {
      var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      poll(&wait, 1, -1)
      var word = [UInt8](repeating: 0, count: 4)
      var data: Int32 = -1
      guard csockets_receive(socket, &word, 4, &data) == 4 else { break }
      let command = UInt32(bigEndianBytes: word[...])
      lock.withLock { $0.commands.append(command) }
      var answer = (0 as UInt32).bigEndianBytes
      switch command {
      case 2: _ = Self.read(4, socket)
      case 12:
        guard let bytes = Self.read(12, socket) else { return }
        let (kind, offset) = (
          UInt32(bigEndianBytes: bytes[4..<8]), Int(UInt32(bigEndianBytes: bytes[8..<12]))
        )
        let blob = blobs[kind] ?? []
        // In pieces.
        let piece = blob.dropFirst(offset).prefix(1000)
        answer +=
          [2, UInt32(blob.count), UInt32(piece.count)].flatMap(\.bigEndianBytes) + piece
      case 13:
        guard let bytes = Self.read(12, socket),
          let blob = Self.read(Int(UInt32(bigEndianBytes: bytes[8..<12])), socket)
        else { return }
        lock.withLock { $0.blobs[UInt32(bigEndianBytes: bytes[4..<8])] = blob }
      case 16:
        let descriptor = data
        Thread.start { self.serveCommands(descriptor, version) }
      default: break
      }
      _ = Glibc.write(socket, answer, answer.count)
    }
    close(socket)
  }

  private func serveCommands(_ socket: Int32, _ version: TPMVersion) {
    while var command = Self.read(10, socket) {
      let size = Int(UInt32(bigEndianBytes: command[2..<6]))
      guard let rest = Self.read(size - 10, socket) else { break }
      command += rest
      if lock.withLock({ $0.broken }) { command.replaceSubrange(2..<6, with: [9, 9, 9, 9]) }
      if version == .v1_2 { command.replaceSubrange(0..<2, with: [0, 0xC4]) }
      _ = Glibc.write(socket, command, command.count)
    }
    close(socket)
  }
}

/// A client of a virtual TPM, which makes hypercalls.
final class TPMClient {
  static let unit: UInt64 = 0x7100_0003
  static let queue: UInt64 = 0x1_0000
  static let buffer: UInt64 = 0x4_0000

  let board: TestBoard
  let work: DeviceWork
  let tpm: VirtualTPM
  private var taken: UInt64 = 0

  init(_ emulator: TPMEmulator, isImmediate: Bool = true) throws {
    board = try TestBoard(hasQueues: true)
    work = DeviceWork(isImmediate: isImmediate)
    let device = VIODevice(.tpm(emulator.version), at: UInt32(Self.unit))
    tpm = VirtualTPM(device, emulator, board.partition, work: work)
    board.partition.add(tpm, interrupt: device.interrupt)
    for page in 0x10..<0x60 as Range<UInt64> {
      #expect(board.call(0x20, Self.unit, page << 12, page << 12 | 3).status == 0)
    }
    try board.partition.memory.fill(0x1000, at: Self.queue)
    #expect(board.call(0xFC, Self.unit, Self.queue, 0x1000).status == 0)
  }

  func send(_ high: UInt64) { #expect(board.call(0x108, Self.unit, high, 0).status == 0) }

  /// The next entry of the queue.
  func next() throws -> UInt64? {
    work.finish()
    let place = Self.queue + 16 * (taken % 256)
    let high = try board.partition.memory.read(UInt64.self, at: place)
    guard high >> 63 != 0 else { return nil }
    try board.partition.memory.write(0 as UInt64, at: place)
    taken += 1
    return high
  }

  /// Executes a command.
  /// - Returns: the entry that answers, and what is in the buffer.
  func execute(_ command: [UInt8], at address: UInt64 = buffer) throws -> (UInt64?, [UInt8]) {
    let memory = board.partition.memory
    if address == Self.buffer { try memory.write(command, at: address) }
    send(0x8002_0000_0000_0000 | UInt64(command.count) << 32 | address)
    let entry = try next()
    let count = Int(UInt16(truncatingIfNeeded: (entry ?? 0) >> 32))
    return (entry, try memory.read(count, at: Self.buffer))
  }
}

@Suite struct VirtualTPMTests {
  private static let random: [UInt8] = [0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x7B, 0, 8]

  @Test func `the protocol of the queue`() throws {
    let fake = try FakeEmulator()
    let client = try TPMClient(TPMEmulator(control: fake.control, version: .v2_0))
    client.send(0xC001 << 48)
    #expect(try client.next() == 0xC002 << 48)
    client.send(0x8001 << 48)
    #expect(try client.next() == 0x8081_0000_0000_0002)
    client.send(0x8003 << 48)
    #expect(try client.next() == 0x8083_1000_0000_0000)
    client.send(0x8004 << 48)
    #expect(try client.next() == 0x8084_0000_0000_0000)
    let (entry, answer) = try client.execute(Self.random)
    #expect(entry == 0x8082_000C_0000_0000 | TPMClient.buffer && answer == Self.random)
    // Sizes that cannot be are answered, and never reach the emulator.
    for size in [0, 9, 4097] as [UInt32] {
      let (_, answer) = try client.execute([0x80, 1] + size.bigEndianBytes + [0, 0, 1, 0x7B])
      #expect(answer == [0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0x42])
    }
    // A buffer that is not mapped.
    #expect(try client.execute(Self.random, at: 0x90_0000).0 == 0x80FF_0000_0000_0003)
    client.send(0x8077 << 48)
    #expect(try client.next() == nil)
  }

  @Test func `an emulator that fails is a TPM that fails`() throws {
    let fake = try FakeEmulator()
    let client = try TPMClient(
      TPMEmulator(control: fake.control, version: .v2_0), isImmediate: false)
    fake.breakDown()
    for _ in 0..<2 {
      let (_, answer) = try client.execute(Self.random)
      #expect(answer == [0x80, 1, 0, 0, 0, 10, 0, 0, 1, 1])
    }
  }

  @Test func `a reset starts the emulator again`() throws {
    let fake = try FakeEmulator()
    let client = try TPMClient(TPMEmulator(control: fake.control, version: .v2_0))
    #expect(fake.commands == [16, 14, 2])
    client.tpm.reset()
    client.work.finish()
    #expect(fake.commands == [16, 14, 2, 14, 2])
    #expect(throws: TPMError.self) {
      _ = try TPMEmulator(control: FakeEmulator(version: .v1_2).control, version: .v2_0)
    }
    _ = try TPMEmulator(control: FakeEmulator(version: .v1_2).control, version: .v1_2)
  }

  @Test func `its state comes along`() throws {
    let fake = try FakeEmulator()
    fake.blobs = [1: (0..<2500).map { UInt8(truncatingIfNeeded: $0) }, 2: [7, 8], 3: []]
    let client = try TPMClient(TPMEmulator(control: fake.control, version: .v2_0))
    var bytes: [UInt8] = []
    var writer = try StateWriter(format: StateWriter.format) { bytes += $0 }
    try writer.section(.virtualTPM, instance: UInt32(TPMClient.unit)) {
      coder throws(StateError) in try client.tpm.code(&coder)
    }
    try writer.finish()
    let other = try FakeEmulator()
    let second = try TPMClient(TPMEmulator(control: other.control, version: .v2_0))
    var reader = try StateReader(from: StateReader.source(of: bytes))
    try reader.section(.virtualTPM, instance: UInt32(TPMClient.unit)) {
      coder throws(StateError) in try second.tpm.code(&coder)
    }
    #expect(other.blobs == [1: fake.blobs[1] ?? [], 2: [7, 8]])
    #expect(other.commands.suffix(4) == [14, 13, 13, 2])
    #expect(try second.execute(Self.random).1 == Self.random)
  }
}
