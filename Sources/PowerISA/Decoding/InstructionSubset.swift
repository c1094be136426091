/// Which instructions exist: those of a version, less facilities that are not there.
public struct InstructionSubset: Hashable, Sendable {
  public var level: ISALevel
  /// Facilities without which rows behind their gates do not exist.
  public var absent: InstructionGates

  public init(level: ISALevel, absent: InstructionGates = []) {
    self.level = level
    self.absent = absent
  }
}

extension InstructionGates {
  /// What goes with VMX.
  static let allVector: InstructionGates = [.vector, .allVSX]
  /// What goes with VSX.
  static let allVSX: InstructionGates = [
    .vsx, .vsxOrVector, .floatingPointOrVector, .matrixMultiply,
  ]
}

extension ProcessorModel {
  /// What the chip has, and privileged state executes.
  public var instructions: InstructionSubset {
    let absent: InstructionGates =
      switch facilities.vector {
      case 0: .allVector
      case 1: .allVSX
      default: []
      }
    return InstructionSubset(level: isa, absent: absent)
  }

  /// What problem state has with a compatibility register.
  public func instructions(under pcr: PCR) -> InstructionSubset {
    let pcr = pcr.intersection(pcrMask)
    var subset = instructions
    if let limit = pcr.isaLimit { subset.level = min(limit, isa) }
    if pcr.contains(.vectorDisable) { subset.absent.insert(.allVector) }
    if pcr.contains(.vectorScalarDisable) { subset.absent.insert(.allVSX) }
    if pcr.contains(.transactionalMemoryDisable) { subset.absent.insert(.transactionalMemory) }
    if pcr.contains(.matrixDisable) { subset.absent.insert(.matrixMultiply) }
    return subset
  }
}
