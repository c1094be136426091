public import PowerISA

/// An instruction that problem state was refused though this processor, at its own level, or a
/// newer one has it.
public struct RefusedInstruction: Sendable {
  /// What refused it.
  public enum Refusal: Hashable, Sendable {
    /// The level in force: it has no such instruction or register for problem state.
    case level
    /// The processor itself: the instruction came with a newer one.
    case processor
    /// A facility that the guest's kernel or the hypervisor keeps switched off (FSCR).
    case facility(String)
  }

  public let row: InstructionRow
  /// The special-purpose register it moves to or from.
  public let register: Int?
  /// The version of the ISA that brought it to problem state.
  public let level: ISALevel
  public let refusal: Refusal
  /// The version of the ISA in force in problem state.
  public let levelInForce: ISALevel
  /// The compatibility level in force; nil when the processor is only what it is.
  public let compatibilityInForce: CompatibilityLevel?
  public fileprivate(set) var count: UInt64
  public let first: Occurrence
}

extension RefusedInstruction: CustomStringConvertible {
  /// ``/init executed `mtvsrd f0,r9` at 0x10000a3c: ISA 2.07, the level in force is power7 (2.06)``
  public var description: String {
    let who = first.program ?? first.process.map { "process \($0)" } ?? "problem state"
    let text = first.text.split(separator: " ").joined(separator: " ")
    let place = "\(who) executed `\(text)` at 0x\(String(first.address, radix: 16))"
    let times = count == 1 ? "" : " (\(count) times)"
    if case .facility(let name) = refusal {
      return "\(place): ISA \(level), the facility \(name) is switched off\(times)"
    }
    let inForce = compatibilityInForce.map { "\($0) (\(levelInForce))" } ?? "ISA \(levelInForce)"
    return "\(place): ISA \(level), the level in force is \(inForce)\(times)"
  }
}

/// The instructions that the problem state of a machine's processors was refused, each once.
///
/// Nothing of it is on the way of an instruction that executes: it is filled where an illegal
/// instruction, privileged instruction or facility unavailable interrupt is raised.
public final class RefusedInstructions {
  /// More kinds than this are only counted: a guest may try whatever it likes.
  static let limit = 512

  private struct Key: Hashable {
    var row: Int
    var register: Int?
    var refusal: RefusedInstruction.Refusal
    var levelInForce: ISALevel
  }

  /// In the order of their first occurrence.
  public private(set) var entries: [RefusedInstruction] = []
  /// Refusals of kinds that found no place.
  public private(set) var notKept: UInt64 = 0
  private var places: [Key: Int] = [:]

  public init() {}

  /// Counts a refusal; `make` gives its entry if it is the first of its kind.
  fileprivate func note(
    row: Int, register: Int?, refusal: RefusedInstruction.Refusal, levelInForce: ISALevel,
    make: () -> RefusedInstruction
  ) {
    let key = Key(row: row, register: register, refusal: refusal, levelInForce: levelInForce)
    if let place = places[key] {
      entries[place].count &+= 1
    } else if entries.count < Self.limit {
      places[key] = entries.count
      entries.append(make())
    } else {
      notKept &+= 1
    }
  }
}

extension VirtualProcessor {
  /// Takes down the instruction at CIA if problem state would not be refused it everywhere.
  func noteRefusal(_ facility: Facility? = nil) {
    guard processor.isProblemState,
      let instruction = instruction(at: state.pointee.cia, withSuffix: true)
    else { return }
    let isHere = Self.row(of: instruction, problemStateInstructions) != nil
    let candidates: [(InstructionSubset, RefusedInstruction.Refusal)] = [
      (hardware.instructions, .level), (InstructionSubset(level: .v3_1), .processor),
    ]
    for (subset, refusal) in candidates {
      guard let row = Self.row(of: instruction, subset) else { continue }
      // What is there and refused all the same is an invalid form, or waits for a facility.
      if isHere, facility == nil { return }
      let refusal = facility.map { .facility("\($0)") } ?? refusal
      refused.note(
        row: row.id, register: row.registerNumber(of: instruction), refusal: refusal,
        levelInForce: problemStateInstructions.level
      ) {
        RefusedInstruction(
          row: row, register: row.registerNumber(of: instruction),
          level: LevelComparison(instruction, row: row).since, refusal: refusal,
          levelInForce: problemStateInstructions.level,
          compatibilityInForce: compatibilityInForce, count: 1,
          first: occurrence(of: instruction, row))
      }
      return
    }
  }

  /// The row of an instruction that problem state executes with a set of instructions.
  private static func row(
    of instruction: Instruction, _ subset: InstructionSubset
  ) -> InstructionRow? {
    guard let id = InstructionTable.table(for: subset).row(of: instruction) else { return nil }
    let row = InstructionRow.all[id]
    return row.isInProblemState(instruction, with: subset) ? row : nil
  }
}
