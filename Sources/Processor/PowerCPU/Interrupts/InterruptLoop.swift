/// Detects a fault that a processor cannot leave: the handler faults at its beginning, again and
/// again. A guest without handlers at the vectors ends this way at its first fault.
public struct InterruptLoop: Sendable {
  /// The state when the first handler was entered.
  public struct Origin: Sendable {
    /// The interrupt that was taken.
    public var vector = InterruptVector.program
    /// SRR0: the instruction that faulted, or that could not be fetched.
    public var address: UInt64 = 0
    /// LR when the interrupt was taken.
    public var linkRegister: UInt64 = 0
    /// SRR1: MSR when the interrupt was taken.
    public var machineState: UInt64 = 0
  }

  /// The fault that came first.
  public internal(set) var origin = Origin()
  /// The handler that faults.
  public internal(set) var handler = Origin()
  /// The beginning of the latest fault's handler.
  private var entry: UInt64 = 0
  private var count = 0

  /// A handler that faults within this many bytes of its beginning has had no effect.
  private static let beginning: UInt64 = 0x100
  /// This many consecutive faults in handlers do not end by themselves.
  private static let limit = 10_000

  /// Records a fault.
  /// - Parameter entry: the beginning of its handler.
  /// - Returns: whether the processor is in a loop.
  mutating func note(_ fault: Origin, entry: UInt64) -> Bool {
    let isInHandler = fault.address &- self.entry < Self.beginning
    self.entry = entry
    guard isInHandler else {
      origin = fault
      count = 0
      return false
    }
    handler = fault
    count += 1
    return count == Self.limit
  }
}

extension InterruptVector {
  /// Whether the interrupt is caused by a failing instruction, so that the same state causes it
  /// again.
  @inline(__always)
  var isFault: Bool {
    switch self {
    case .machineCheck, .dataStorage, .dataSegment, .instructionStorage, .instructionSegment,
      .alignment, .program, .floatingPointUnavailable, .vectorUnavailable, .vsxUnavailable,
      .facilityUnavailable:
      true
    case .systemReset, .external, .decrementer, .directedPrivilegedDoorbell, .systemCall, .trace,
      .performanceMonitor:
      false
    }
  }

  /// The name in words, as `data storage`.
  public var name: String {
    "\(self)".reduce(into: "") { text, character in
      text += character.isUppercase ? " \(character.lowercased())" : String(character)
    }
  }
}
