import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// A processor at a level, as the tests of a level name it.
struct LeveledProcessor: Sendable, CustomTestStringConvertible {
  var hardware: ProcessorModel
  var level: CompatibilityLevel?

  var testDescription: String { "\(hardware.name) at \(level?.name ?? "its own level")" }

  /// Every processor at every level it can take, and at its own.
  static let all = ProcessorModel.all.flatMap { hardware in
    [LeveledProcessor(hardware: hardware)]
      + CompatibilityLevel.allCases.filter(hardware.supports).map {
        LeveledProcessor(hardware: hardware, level: $0)
      }
  }

  /// The version that problem state has: the level's where the PCR can enforce it. POWER6 has no
  /// version bit, so at the level of POWER5+ it only loses its vectors.
  var isa: ISALevel {
    hardware.isa == .v2_05 ? .v2_05 : hardware.problemStateISA(at: level)
  }

  /// The facilities problem state lacks.
  var absent: InstructionGates {
    var absent: InstructionGates = []
    let hasVectors = hardware.facilities.vector > 0 && level != .power5Plus
    let hasVSX = hardware.facilities.vector > 1 && isa >= .v2_06
    if !hasVectors { absent.insert(.vector) }
    if !hasVSX { absent.formUnion([.vsx, .vsxOrVector, .floatingPointOrVector, .matrixMultiply]) }
    if isa < .v2_07 { absent.insert(.transactionalMemory) }
    return absent
  }

  func make(clock: FixedClock = FixedClock()) throws -> VirtualProcessor {
    let processor = try VirtualProcessor.forTest(hardware, clock: clock)
    processor.write(.pcr, hardware.effectivePCR(at: level).rawValue)
    try processor.mapForProblemState()
    return processor
  }
}

extension VirtualProcessor {
  /// The facilities of MSR, FSCR and MMCR0, all on.
  func enableFacilities() {
    write(.fscr, ~0)
    write(.mmcr0, MMCR0.fc | MMCR0.bhrba)
  }

  /// Maps the first 256 KiB of segment 0 onto themselves: problem state always translates.
  func mapForProblemState() throws {
    let table = try #require(HashPageTable(sizeLog2: 18))
    hashPageTable = table
    // VSID 0, so that the hash is the page.
    slbMoveTo(rs: 0xC00, rb: 0x0800_0000)
    for page in 0..<64 as Range<UInt64> {
      table[page * 8] = (HPTE.valid, page << 12 | 2)
    }
    invalidateTranslations()
  }

  /// A stack pointer at the end of storage: the record of refused instructions looks for the
  /// program's name above it, which takes long where there is none.
  func hasNoStack() { self[gpr: 1] = ~0 }

  /// Problem or privileged state with every facility of the MSR, relocation on.
  func enterState(problem: Bool) {
    machineState =
      MSR.sf | MSR.me | MSR.ir | MSR.dr | MSR.fp | MSR.vec | MSR.vsx | (problem ? MSR.pr : 0)
  }

  /// Executes the instruction at an address that memory already holds.
  func step(at address: UInt64, problem: Bool) {
    enterState(problem: problem)
    nextInstruction = address
    _ = run(instructions: 1)
  }

  /// Executes one instruction, written at 0x20000.
  func step(_ word: UInt32, problem: Bool, littleEndian: Bool = false) throws {
    try memory.write(word, at: 0x2_0000, littleEndian ? .little : .big)
    step(at: 0x2_0000, problem: problem)
  }

  /// What the last step came to.
  var outcome: StepOutcome {
    switch nextInstruction {
    case 0x700 where read(.srr1) & InterruptCause.illegal != 0: .illegal
    case 0x700 where read(.srr1) & InterruptCause.privileged != 0: .privileged
    case 0xF60: .facilityUnavailable(UInt8(truncatingIfNeeded: read(.fscr) >> 56))
    case 0x800, 0xF20, 0xF40: .unavailable(nextInstruction)
    default: .executed
    }
  }
}

enum StepOutcome: Equatable {
  case executed
  case illegal
  case privileged
  /// By interrupt vector.
  case unavailable(UInt64)
  /// By FSCR[IC].
  case facilityUnavailable(UInt8)
}
