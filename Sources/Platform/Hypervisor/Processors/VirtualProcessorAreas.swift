internal import GuestMemory

/// The reason for which a virtual processor was dispatched, with the code of the dispatch trace
/// log.
public enum DispatchReason: UInt8, Sendable {
  case externalInterrupt = 0
  case prod = 2
  case decrementer = 3
  case systemReset = 4
}

/// The areas of guest memory that a processor registered with H_REGISTER_VPA.
struct VirtualProcessorAreas {
  /// Offsets in the virtual processor area (LoPAR "Per Virtual Processor Area"), whose fields are
  /// big-endian in every mode of the processor.
  enum Offset {
    static let size: UInt64 = 0x04
    /// Bit 0x02: Linux takes the processor for shared; LoPAR reserves the byte for firmware.
    static let sharing: UInt64 = 0x09
    static let homeNodeCounters: UInt64 = 0x58
    static let traceMask: UInt64 = 0xB8
    static let dispatchCounter: UInt64 = 0x100
    static let dispersionCounter: UInt64 = 0x104
    static let faultCounter: UInt64 = 0x108
    static let traceIndex: UInt64 = 0x218
  }

  /// The smallest virtual processor area; Linux registers this size.
  static let minimumSize: UInt64 = 640

  /// Address of the virtual processor area; nil when not registered.
  var processorArea: UInt64?
  var traceLog: TraceLog?
  var shadowBuffer: (address: UInt64, size: UInt64)?

  /// A dispatch trace log buffer.
  struct TraceLog {
    var address: UInt64
    /// Number of whole entries.
    var entries: UInt64
    /// Entries written since it was registered.
    var index: UInt64 = 0
    static let entrySize: UInt64 = 48
  }

  /// The dispatch counter: even while dispatched, odd while not.
  func dispatchCounter(in memory: GuestMemory) -> UInt32? {
    guard let area = processorArea else { return nil }
    return try? memory.read(UInt32.self, at: area + Offset.dispatchCounter)
  }

  private func setDispatchCounter(odd: Bool, in memory: GuestMemory) {
    guard let area = processorArea, let counter = dispatchCounter(in: memory) else { return }
    let next = counter &+ 1
    try? memory.write(
      (next & 1 != 0) == odd ? next : next &+ 1, at: area + Offset.dispatchCounter)
  }

  /// The processor stops running guest instructions.
  func preempted(in memory: GuestMemory) { setDispatchCounter(odd: true, in: memory) }

  /// The processor runs again.
  mutating func dispatched(
    _ reason: DispatchReason, _ processor: PartitionProcessor, _ partition: Partition
  ) {
    let memory = partition.memory
    setDispatchCounter(odd: false, in: memory)
    guard let area = processorArea, let log = traceLog, log.entries > 0,
      let mask = try? memory.read(UInt8.self, at: area + Offset.traceMask), mask & 1 != 0
    else { return }
    // Mask bit 0 enables entries for voluntary waits, the only kind that occurs here.
    let entry = log.address + (log.index % log.entries) * TraceLog.entrySize
    var bytes = [UInt8](repeating: 0, count: Int(TraceLog.entrySize))
    bytes[0] = reason.rawValue
    bytes[2] = UInt8(truncatingIfNeeded: processor.server >> 8)
    bytes[3] = UInt8(truncatingIfNeeded: processor.server)
    let timebase = processor.control.read(.timebase)
    for index in 0..<8 {
      bytes[16 + index] = UInt8(truncatingIfNeeded: timebase >> (56 - 8 * UInt64(index)))
    }
    try? memory.write(bytes, at: entry)
    traceLog?.index &+= 1
    try? memory.write(log.index &+ 1, at: area + Offset.traceIndex)
  }
}
