import GuestMemory
import MachineDescription
import Synchronization
import Testing

@testable import Devices
@testable import Hypervisor

/// An initiator of one unit with a raw file behind it, without a transport. Data-out is at 0x1000 of
/// memory, data-in at 0x8_0000.
final class SCSIInitiator {
  /// How a command ended, with the data that it returned.
  struct Answer: Equatable {
    var status: UInt8 = 0
    /// Sense key, code and qualifier; nil without sense data.
    var sense: [UInt8]?
    var bytes: [UInt8] = []
    var dataOut: UInt64 = 0
    /// Bytes that the command needs beyond its buffers.
    var needed: UInt64?
    var isFault = false

    static func check(_ sense: SCSISense) -> Self {
      Answer(status: 2, sense: [sense.key.rawValue, sense.code, sense.qualifier])
    }
  }

  static let dataOut: UInt64 = 0x1000
  static let dataIn: UInt64 = 0x8_0000

  let board: DMABoard
  let work: DeviceWork
  let target: SCSITarget

  init(
    _ storage: any BlockStorage, _ kind: SCSIDevice.Kind = .disk, isReadOnly: Bool = false,
    isImmediate: Bool = true, isReady: Bool = true
  ) throws {
    board = try DMABoard(size: 1 << 20)
    work = DeviceWork(isImmediate: isImmediate)
    target = SCSITarget(
      [SCSIDevice(kind, target: 3, serial: "serial-1", isReadOnly: isReadOnly)], [3: storage],
      dma: board.dma, work: work)
    if isReady { unit.attentions = [] }
  }

  var unit: SCSIUnit { target.units[3]! }

  private final class Box: Sendable { let answer = Mutex<SCSIAnswer?>(nil) }

  /// Begins a command.
  private func begin(
    _ block: [UInt8], _ out: [UInt8], _ room: Int
  ) throws -> Box {
    if !out.isEmpty { try board.memory.write(out, at: Self.dataOut) }
    let box = Box()
    func data(_ real: UInt64, _ count: Int) -> SCSIData {
      count == 0
        ? SCSIData()
        : SCSIData(
          buffers: [DMABuffer(address: DMABoard.bus(real), count: UInt32(count))],
          count: UInt64(count))
    }
    target.execute(
      SCSICommand(
        block, dataOut: data(Self.dataOut, out.count), dataIn: data(Self.dataIn, room)),
      on: 3, tag: 7, numbers: [0], lock: { $0() }
    ) { answer in
      box.answer.withLock {
        #expect($0 == nil, "answered twice")
        $0 = answer
      }
    }
    return box
  }

  /// Makes a command and waits for it.
  /// - Parameters:
  ///   - block: the command descriptor block.
  ///   - out: data-out.
  ///   - room: bytes of the data-in buffer.
  @discardableResult
  func command(_ block: [UInt8], out: [UInt8] = [], room: Int = 0) throws -> Answer {
    let box = try begin(block, out, room)
    work.finish()
    switch try #require(box.answer.withLock { $0 }) {
    case .result(let result):
      #expect(result.dataIn <= room && result.dataOut <= out.count)
      return Answer(
        status: result.status,
        sense: result.sense.isEmpty
          ? nil : [result.sense[2], result.sense[12], result.sense[13]],
        bytes: try board.memory.read(Int(result.dataIn), at: Self.dataIn),
        dataOut: result.dataOut)
    case .overrun(let count): return Answer(needed: count)
    case .fault: return Answer(isFault: true)
    case .aborted, .reset:
      Issue.record("ended")
      return Answer()
    }
  }

  /// A command that is ended while it waits: what it is answered with.
  func ended(_ block: [UInt8], room: Int, by end: (SCSITarget) -> Void) throws -> SCSIAnswer? {
    let box = try begin(block, [], room)
    end(target)
    work.finish()
    return box.answer.withLock { $0 }
  }
}

/// Command descriptor blocks.
enum CDB {
  static func ten(
    _ operation: UInt8, _ address: UInt32, _ count: UInt16, flags: UInt8 = 0
  ) -> [UInt8] {
    [operation, flags] + address.bigEndianBytes + [0] + count.bigEndianBytes + [0]
  }

  static func twelve(_ operation: UInt8, _ address: UInt32, _ count: UInt32) -> [UInt8] {
    [operation, 0] + address.bigEndianBytes + count.bigEndianBytes + [0, 0]
  }

  static func sixteen(
    _ operation: UInt8, _ address: UInt64, _ count: UInt32, flags: UInt8 = 0
  ) -> [UInt8] {
    [operation, flags] + address.bigEndianBytes + count.bigEndianBytes + [0, 0]
  }

  static func inquiry(_ page: UInt8? = nil, allocation: UInt16 = 255) -> [UInt8] {
    [0x12, page == nil ? 0 : 1, page ?? 0] + allocation.bigEndianBytes + [0]
  }

  static func modeSense(_ page: UInt8, flags: UInt8 = 0, allocation: UInt8 = 255) -> [UInt8] {
    [0x1A, flags, page, 0, allocation, 0]
  }
}
