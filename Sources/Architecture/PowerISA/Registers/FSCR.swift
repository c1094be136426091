/// The facility status and control register (Book III 7.2.11).
public enum FSCR {
  /// Position of the interrupt cause (IC), eight bits: the number of the facility that is unavailable.
  public static let causeShift: UInt64 = 56
  /// The interrupt cause.
  public static let cause: UInt64 = 0xFF << causeShift
}

/// Facilities by the FSCR bit that enables them, which is also their interrupt cause.
public enum Facility: UInt8, Sendable {
  /// Floating-point registers; in HFSCR only.
  case floatingPoint = 0
  /// Vector registers; in HFSCR only.
  case vector = 1
  /// The data stream control register.
  case dscr = 2
  /// The performance monitor; in HFSCR only.
  case performanceMonitor = 3
  /// The branch history rolling buffer; in HFSCR only.
  case branchHistory = 4
  /// Transactional memory; in HFSCR only.
  case transactionalMemory = 5
  /// Event-based branches.
  case eventBasedBranch = 7
  /// The target address register.
  case tar = 8
  /// `stop`; in HFSCR only.
  case stop = 9
  /// `msgsndp`; in HFSCR only.
  case messageSend = 10
  /// `scv`.
  case scv = 12
  /// Prefixed instructions.
  case prefix = 13

  /// The bit of FSCR and HFSCR.
  @inlinable public var bit: UInt64 { 1 << UInt64(rawValue) }

  /// The facilities that FSCR enables, for problem state.
  ///
  /// - Parameter level: the version of the ISA; FSCR exists since 2.07.
  public static func controlled(at level: ISALevel) -> [Facility] {
    var facilities: [Facility] = [.dscr, .eventBasedBranch, .tar]
    if level >= .v3_0 { facilities.append(.scv) }
    if level >= .v3_1 { facilities.append(.prefix) }
    return facilities
  }
}
