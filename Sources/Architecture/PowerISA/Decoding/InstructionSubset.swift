/// Which instructions exist: those of a version, less facilities that are not there.
public struct InstructionSubset: Hashable, Sendable {
  /// The version of the ISA.
  public var level: ISALevel
  /// Facilities without which rows behind their gates do not exist.
  public var absent: InstructionGates

  /// The instructions of a version, without those of absent facilities.
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
    subset.absent.formUnion(pcr.absentFacilities)
    return subset
  }
}

extension CompatibilityLevel {
  /// What problem state has at this level, whatever the processor: its version of the ISA, less the
  /// facilities its PCR takes away.
  public var instructions: InstructionSubset {
    InstructionSubset(level: isa, absent: pcr.absentFacilities)
  }
}

extension PCR {
  /// The gates of the rows that the facility bits take away.
  fileprivate var absentFacilities: InstructionGates {
    var absent: InstructionGates = []
    if contains(.vectorDisable) { absent.insert(.allVector) }
    if contains(.vectorScalarDisable) { absent.insert(.allVSX) }
    if contains(.transactionalMemoryDisable) { absent.insert(.transactionalMemory) }
    if contains(.matrixDisable) { absent.insert(.matrixMultiply) }
    return absent
  }
}

extension InstructionGates {
  /// What only privileged or hypervisor state executes.
  public static let notInProblemState: InstructionGates = [.privileged, .hypervisor]
}
