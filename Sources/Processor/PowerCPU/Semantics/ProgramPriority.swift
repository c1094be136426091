package import PowerISA

// Book II chapter 3: program priority. Threads do not compete here, so a priority is only a
// value of PPR.

/// A program priority, as PPR[PRI] holds it.
package enum ProgramPriority: UInt64 {
  case veryLow = 1
  case low
  case mediumLow
  case medium
  case mediumHigh
  case high
  case veryHigh

  /// The priority as PPR.
  package var register: UInt64 { rawValue << PPR.priorityShift }

  init?(register: UInt64) { self.init(rawValue: register >> PPR.priorityShift & 7) }

  /// What `or Rx,Rx,Rx` asks for, by Rx; nil where it is no more than an `or`.
  package init?(_ i: Instruction) {
    let orWithItself: UInt32 = 0x7C00_0378
    let registers: UInt32 = 0x03FF_F800
    guard !i.isPrefixed, i.word & ~registers == orWithItself, i.rs == i.ra, i.ra == i.rb
    else { return nil }
    switch i.rs.number {
    case 31: self = .veryLow
    case 1: self = .low
    case 6: self = .mediumLow
    case 2: self = .medium
    case 5: self = .mediumHigh
    case 3: self = .high
    case 7: self = .veryHigh
    default: return nil
    }
  }
}

extension Semantics {
  /// `or Rx,Rx,Rx` with an Rx that names a priority. The decoder chooses it, so that `or` itself does
  /// not have to look.
  static func setPriority(_ p: Processor, _ i: Instruction) {
    if let priority = ProgramPriority(i) { p.owner.setPriority(priority) }
  }
}

extension VirtualProcessor {
  func setPriority(register: UInt64) {
    if let priority = ProgramPriority(register: register) { setPriority(priority) }
  }

  /// Sets the priority if the current state may; else nothing happens.
  func setPriority(_ priority: ProgramPriority) {
    let isProblemState = state.pointee.msr & MSR.pr != 0
    let hasEveryPriority = problemStateInstructions.level >= .v2_07
    let isAllowed =
      switch priority {
      case .low, .mediumLow, .medium: true
      case .veryLow: !isProblemState || hasEveryPriority
      // For as long as the operating system grants it.
      case .mediumHigh: !isProblemState || hasEveryPriority && read(.pspb) != 0
      case .high: !isProblemState
      case .veryHigh: false
      }
    if isAllowed { specialPurposeRegisters[SPR.ppr.number] = priority.register }
  }
}
