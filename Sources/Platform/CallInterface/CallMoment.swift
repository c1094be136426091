/// A moment in the run of a machine, for traces.
public struct CallMoment: Hashable, Sendable {
  /// The number of the processor that runs.
  public var processor: UInt32
  /// Nanoseconds since the machine was switched on.
  public var nanoseconds: UInt64
  /// The processor's timebase, as the guest reads it.
  public var timebase: UInt64
  /// Instructions that the processor has completed.
  public var instructions: UInt64

  /// A moment of a processor.
  public init(processor: UInt32, nanoseconds: UInt64, timebase: UInt64, instructions: UInt64) {
    (self.processor, self.nanoseconds) = (processor, nanoseconds)
    (self.timebase, self.instructions) = (timebase, instructions)
  }
}

/// When a call began and ended.
public struct CallSpan: Hashable, Sendable {
  /// Before its arguments are decoded.
  public var began: CallMoment
  /// After its results are stored.
  public var ended: CallMoment

  /// From one moment to another.
  public init(_ began: CallMoment, _ ended: CallMoment) {
    (self.began, self.ended) = (began, ended)
  }
}
