public import CallInterface

/// The result of a hypercall in r3 (LoPAR "Hypervisor Call Return Code Values").
public struct HypercallStatus: CallStatus, Hashable, RawRepresentable {
  /// The number in r3: 0 for success, below 0 for an error, above 0 for an answer with a condition.
  public let rawValue: Int64
  /// The status of this number in r3.
  @inlinable public init(rawValue: Int64) { self.rawValue = rawValue }

  /// H_CONTINUE: the caller is the last active thread.
  public static let `continue` = Self(rawValue: 18)
  /// H_PENDING
  public static let pending = Self(rawValue: 17)
  /// H_DROPPED: a frame has not reached every receiver.
  public static let dropped = Self(rawValue: 8)
  /// H_PARTIAL
  public static let partial = Self(rawValue: 5)
  /// H_CONSTRAINED: done within the partition's limits, not as requested.
  public static let constrained = Self(rawValue: 4)
  /// H_CLOSED
  public static let closed = Self(rawValue: 2)
  /// H_BUSY: the same call may succeed later.
  public static let busy = Self(rawValue: 1)
  /// H_SUCCESS
  public static let success = Self(rawValue: 0)
  /// H_HARDWARE
  public static let hardware = Self(rawValue: -1)
  /// H_FUNCTION: the call does not exist.
  public static let function = Self(rawValue: -2)
  /// H_PRIVILEGE: the caller is in problem state.
  public static let privilege = Self(rawValue: -3)
  /// H_PARAMETER
  public static let parameter = Self(rawValue: -4)
  /// H_BAD_MODE: MSR or another mode of the caller forbids the call.
  public static let badMode = Self(rawValue: -5)
  /// H_PTEG_FULL: no free entry in the page table group.
  public static let groupFull = Self(rawValue: -6)
  /// H_NOT_FOUND
  public static let notFound = Self(rawValue: -7)
  /// H_RESERVED_DABR
  public static let reservedDABR = Self(rawValue: -8)
  /// H_NOMEM
  public static let noMemory = Self(rawValue: -9)
  /// H_AUTHORITY
  public static let authority = Self(rawValue: -10)
  /// H_RESOURCE
  public static let resource = Self(rawValue: -16)
  /// H_P2: the second argument is wrong.
  public static let parameter2 = Self(rawValue: -55)
  /// H_P3: the third argument is wrong.
  public static let parameter3 = Self(rawValue: -56)
  /// H_P4: the fourth argument is wrong.
  public static let parameter4 = Self(rawValue: -57)
  /// H_P5: the fifth argument is wrong.
  public static let parameter5 = Self(rawValue: -58)
  /// H_NOOP: there was nothing to do.
  public static let noOperation = Self(rawValue: -63)
  /// H_TOO_BIG
  public static let tooBig = Self(rawValue: -64)
  /// H_UNSUPPORTED
  public static let unsupported = Self(rawValue: -67)

  /// H_UNSUPPORTED_FLAG: the lowest-numbered set bit of `flags`, bit 0 being the most significant.
  public static func unsupportedFlag(in flags: UInt64) -> Self {
    Self(rawValue: -256 - Int64(flags.leadingZeroBitCount & 63))
  }

  /// H_PARAMETER, for a call whose arguments cannot be decoded.
  @inlinable public static var badArgument: Self { .parameter }
}
