package import Devices
import GuestMemory
package import Hypervisor
package import PowerISA
import Synchronization

/// A partition with mock processors, of which number 0 makes the calls.
package final class TestBoard {
  package let partition: Partition
  package let table: HypercallTable
  package let processors: [MockProcessor]
  package let output = Output()
  package let terminal: VirtualTerminal

  /// What the guest wrote to its terminal, and what was logged.
  package final class Output: Sendable {
    private let text = Mutex("")
    private let lines = Mutex([String]())
    package var written: String { text.withLock { $0 } }
    package var logged: [String] { lines.withLock { $0 } }
    func write(_ bytes: [UInt8]) {
      text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
    }
    func log(_ line: String) { lines.withLock { $0.append(line) } }
  }

  package static let terminalUnit: UInt32 = 0x7100_0000
  package static let terminalSource: UInt32 = 0x1100

  package init(
    memory size: UInt64 = 1 << 20, processors count: Int = 1,
    model: ProcessorModel = .power9, additional: [Hypercall] = [], hashPageTableLog2: Int? = 18,
    largestPage: Int = 24, hasPCI: Bool = false,
    hasQueues: Bool = false, hasLogicalLANs: Bool = false
  ) throws {
    let memory = try GuestMemory(size: size)
    var features = HypervisorFeatures(processor: model)
    features.hasPCI = hasPCI
    features.hasQueues = hasQueues
    features.hasLogicalLANs = hasLogicalLANs
    features.segments = model.segmentPageSizes(upTo: largestPage)
    partition = Partition(
      features: features, space: RealAddressSpace(memory: memory),
      clock: RealTimeClock(source: { 1_000_000_000_500_000_000 }), nvram: NVRAM(),
      randomSource: { 0x0123_4567_89AB_CDEF })
    table = HypercallTable(features, additional: additional)
    processors = (0..<count).map { _ in MockProcessor() }
    for (index, processor) in processors.enumerated() {
      partition.addProcessor(server: UInt32(index * 8), control: processor)
    }
    terminal = VirtualTerminal(unitAddress: Self.terminalUnit) { [output] in output.write($0) }
    partition.add(terminal, interrupt: Self.terminalSource)
    partition.log = { [output] in output.log($0) }
    partition.largestHashPageTable = 30
    if let hashPageTableLog2, let table = HashPageTable(sizeLog2: hashPageTableLog2) {
      partition.useHashPageTable(table)
    }
    partition.start(partition.processors[0], at: 0, argument: 0)
  }

  /// Makes a hypercall from processor `caller`: the status, and r4 and up afterwards.
  @discardableResult
  package func call(_ number: UInt64, _ arguments: UInt64..., from caller: Int = 0)
    -> (status: Int64, results: [UInt64])
  {
    call(number, arguments, from: caller)
  }

  @discardableResult
  package func call(_ number: UInt64, _ arguments: [UInt64], from caller: Int = 0)
    -> (status: Int64, results: [UInt64])
  {
    let processor = processors[caller]
    processor.registers[3] = number
    for index in 4...12 {
      processor.registers[index] = index - 4 < arguments.count ? arguments[index - 4] : 0
    }
    table.serve(
      HypercallContext(partition: partition, processor: partition.processors[caller]))
    return (Int64(bitPattern: processor.registers[3]), Array(processor.registers[4...12]))
  }
}
