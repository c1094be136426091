/// The places at which a debugger outside of the guest stops a processor. The guest's registers and
/// memory do not have them.
public struct DebugPoints: Equatable, Sendable {
  /// Effective addresses of instructions.
  public var breakpoints: Set<UInt64> = []
  /// Ranges of effective addresses of storage operands.
  public var watches: Set<DataWatch> = []

  /// No places.
  public init() {}

  /// The 4 KiB pages with breakpoints.
  var pages: Set<UInt64> { Set(breakpoints.map { $0 & ~0xFFF }) }
}

/// Bytes at which accesses stop a processor.
public struct DataWatch: Hashable, Sendable {
  /// The accesses that stop it.
  public enum Kind: Sendable {
    case store, load, any
  }

  /// The effective address of the first byte.
  public let address: UInt64
  /// How many bytes, at least 1.
  public let count: UInt64
  /// The accesses.
  public let kind: Kind

  /// The longest range, in bytes.
  public static let mostBytes: UInt64 = 1 << 16

  /// - Returns: nil for a range of no bytes, more than ``mostBytes``, or beyond the last address.
  public init?(at address: UInt64, count: UInt64, _ kind: Kind) {
    guard (1...Self.mostBytes).contains(count), address <= UInt64.max - (count - 1) else {
      return nil
    }
    (self.address, self.count, self.kind) = (address, count, kind)
  }
}

/// Why a processor stopped for its debugger, before the instruction at NIA.
public enum DebugStop: Equatable, Sendable {
  /// The instruction has a breakpoint.
  case breakpoint
  /// The instruction would access a byte that is watched.
  case watch(DataWatch, address: UInt64)
}
