internal import HostSupport
public import PowerISA

/// An instruction of problem state that was rejected with an interrupt: only the processor or
/// another level has it, a facility is disabled, or no level has it.
public struct RejectedInstruction: Sendable {
  /// The cause of a rejection.
  public enum Refusal: Hashable, Sendable {
    /// The active level: it has no such instruction or register for problem state.
    case level
    /// The processor: a newer one introduced the instruction, or an older one removed it.
    case processor
    /// A facility that the guest's kernel or the hypervisor keeps disabled (FSCR, MSR).
    case facility(String)
    /// Every level: the word is undefined, its form is invalid, or it is privileged.
    case everyLevel
  }

  /// nil when no version of the ISA defines the word.
  public let row: InstructionRow?
  /// The special-purpose register of a move.
  public let register: Int?
  /// Its meaning at each compatibility level; nil when problem state has it at none.
  public let comparison: LevelComparison?
  /// Why it was rejected.
  public let refusal: Refusal
  /// The version of the ISA that is active in problem state.
  public let activeLevel: ISALevel
  /// The active compatibility level; nil without one.
  public let activeCompatibilityLevel: CompatibilityLevel?
  /// How often it was rejected.
  public fileprivate(set) var count: UInt64
  /// How often the guest's system software then resumed the program: at the instruction with the
  /// facility enabled, or after it, because it had emulated the instruction.
  public fileprivate(set) var resolved: UInt64 = 0
  /// The first rejection.
  public let first: InstructionOccurrence

  /// The version of the ISA that introduced it to problem state; nil when none did.
  public var level: ISALevel? { comparison?.since }

  /// Whether the program may have failed because of it. An instruction that the level or the
  /// processor lacks always counts: other system software may not emulate it.
  public var counts: Bool {
    switch refusal {
    case .level, .processor: true
    case .facility, .everyLevel: count > resolved
    }
  }

  /// Whether a level has the instruction; false for a level at which it was rejected. For a
  /// disabled facility no level is known to have it.
  public func isThere(at level: CompatibilityLevel) -> Bool {
    switch refusal {
    case .level, .processor:
      level != activeCompatibilityLevel && comparison.map { $0[level] != .absent } ?? false
    case .facility, .everyLevel: false
    }
  }

  /// The oldest level that has it.
  public var earliest: CompatibilityLevel? { CompatibilityLevel.allCases.first(where: isThere) }

  /// The mnemonic with the register of moves, or the word when no row matches.
  public var name: String {
    guard let row else { return first.text.split(separator: " ").joined(separator: " ") }
    return row.name(register: register)
  }

  /// The program that executed it first.
  public var program: String {
    first.program ?? first.process.map { "process \($0)" } ?? "problem state"
  }
}

extension RejectedInstruction: CustomStringConvertible {
  /// "/init executed `mtvsrd f0,r9` at 0x10000a3c: ISA 2.07, the active level is power7 (2.06)"
  public var description: String {
    let text = first.text.split(separator: " ").joined(separator: " ")
    let place = "\(program) executed `\(text)` at \(first.address.hexadecimal())"
    let times = count == 1 ? "" : " (\(count) times)"
    let version = level.map { "ISA \($0)" } ?? "not an instruction of problem state"
    switch refusal {
    case .facility(let name):
      return "\(place): \(version), the facility \(name) is switched off\(times)"
    case .everyLevel:
      return "\(place): rejected at every level\(times)"
    case .level, .processor:
      let inForce =
        activeCompatibilityLevel.map { "\($0) (\(activeLevel))" } ?? "ISA \(activeLevel)"
      return "\(place): \(version), the active level is \(inForce)\(times)"
    }
  }

  /// "needs power9: /init executed `modud` (ISA 3.0)"
  public var need: String {
    let version = level.map { " (ISA \($0))" } ?? ""
    let what = "\(program) executed `\(name)`\(version)"
    let times = count == 1 ? "" : ", \(count) times"
    switch refusal {
    case .facility(let facility):
      return "no level is known to suffice: \(what), the facility \(facility) is off\(times)"
    case .everyLevel: return "no level has it: \(what)\(times)"
    case .level, .processor:
      return earliest.map { "needs \($0): \(what)\(times)" } ?? "no level has it: \(what)\(times)"
    }
  }
}

/// The instructions that were rejected in problem state of a machine's processors, each once.
///
/// The fast path is not affected: entries are made where an illegal instruction, privileged
/// instruction or facility unavailable interrupt is raised.
public final class RejectedInstructions {
  /// Further kinds are only counted, because a guest may try any word.
  static let limit = 512

  private struct Key: Hashable {
    var row: Int?
    var register: Int?
    var refusal: RejectedInstruction.Refusal
    var activeLevel: ISALevel
  }

  /// A rejection after which the system software may resume the program.
  private struct Open {
    var place: Int
    var address: UInt64
    var stack: UInt64
    var registers: RegisterFacility?
  }

  /// In the order of their first occurrence.
  public private(set) var entries: [RejectedInstruction] = []
  /// Number of rejections of kinds beyond `limit`.
  public private(set) var beyondLimit: UInt64 = 0
  private var places: [Key: Int] = [:]
  @exclusivity(unchecked) private var open: [Open] = []
  /// The oldest is dropped for a new one, and stays a rejection.
  private static let openLimit = 32
  /// The facilities that the system software has enabled for a program after the interrupt. Their
  /// registers are available, so no program fails because of them.
  private var provided: Set<RegisterFacility> = []

  /// No instruction has been rejected.
  public init() {}

  /// The entries because of which a program may have failed.
  public var counting: [RejectedInstruction] { entries.filter(\.counts) }

  /// Whether ``problemStateEntered(at:stack:)`` must be called.
  var hasOpen: Bool { !open.isEmpty }

  /// Counts a rejection; `make` returns its entry if it is the first of its kind.
  fileprivate func note(
    row: Int?, register: Int?, refusal: RejectedInstruction.Refusal, activeLevel: ISALevel,
    at address: UInt64, stack: UInt64, registers: RegisterFacility?,
    make: () -> RejectedInstruction
  ) {
    let key = Key(row: row, register: register, refusal: refusal, activeLevel: activeLevel)
    let place = places[key] ?? entries.count
    if place < entries.count {
      entries[place].count &+= 1
    } else if entries.count < Self.limit {
      places[key] = place
      entries.append(make())
    } else {
      beyondLimit &+= 1
      return
    }
    switch refusal {
    case .level, .processor: return
    case .facility, .everyLevel:
      if open.count == Self.openLimit { open.removeFirst() }
      open.append(
        Open(place: place, address: address, stack: stack, registers: registers))
    }
  }

  /// Resolves a rejection when its program resumes: with the same stack pointer at the instruction
  /// that waited for a facility, or right after an emulated one (Linux emulates `mfspr` DSCR and
  /// leaves the facility disabled). The registers for which it waited must be available.
  func problemStateEntered(at address: UInt64, stack: UInt64, machineState: UInt64) {
    guard
      let index = open.firstIndex(where: { open in
        guard open.stack == stack, open.registers.map({ machineState & $0.bit != 0 }) ?? true
        else { return false }
        let isEmulated = address == open.address &+ 4 || address == open.address &+ 8
        return switch entries[open.place].refusal {
        case .facility: address == open.address || isEmulated && open.registers == nil
        default: isEmulated
        }
      })
    else { return }
    entries[open[index].place].resolved &+= 1
    if let registers = open.remove(at: index).registers { provide(registers) }
  }

  fileprivate func isProvided(_ registers: RegisterFacility) -> Bool {
    provided.contains(registers)
  }

  private func provide(_ registers: RegisterFacility) {
    provided.insert(registers)
    open.removeAll { $0.registers == registers }
    for place in entries.indices where entries[place].refusal == .facility(registers.name) {
      entries[place].resolved = entries[place].count
    }
  }
}

extension VirtualProcessor {
  /// Records the instruction at CIA as rejected in problem state.
  /// - Parameter facility: the disabled facility.
  func recordRejection(_ facility: Facility? = nil) {
    recordRejection(facility.map { "\($0)" }, nil)
  }

  /// Records the instruction at CIA, which waits for registers that are not available yet.
  func noteUnavailable(_ registers: RegisterFacility) {
    guard !rejectedInstructions.isProvided(registers) else { return }
    recordRejection(registers.name, registers)
  }

  private func recordRejection(_ facility: String?, _ registers: RegisterFacility?) {
    guard processor.isProblemState,
      let instruction = instruction(at: state.pointee.cia, withSuffix: true)
    else { return }
    let (row, refusal) = rejection(of: instruction, facility)
    let register = row.flatMap { $0.registerNumber(of: instruction) }
    let isForProblemState =
      if case .everyLevel = refusal { false } else { true }
    rejectedInstructions.note(
      row: row?.id, register: register, refusal: refusal,
      activeLevel: problemStateInstructions.level, at: state.pointee.cia,
      stack: processor[GPR(1)], registers: registers
    ) {
      RejectedInstruction(
        row: row, register: register,
        comparison: isForProblemState ? row.map { LevelComparison(instruction, row: $0) } : nil,
        refusal: refusal, activeLevel: problemStateInstructions.level,
        activeCompatibilityLevel: activeCompatibilityLevel, count: 1,
        first: occurrence(of: instruction, row))
    }
  }

  private func rejection(
    of instruction: Instruction, _ facility: String?
  ) -> (InstructionRow?, RejectedInstruction.Refusal) {
    let isOff = facility.map { RejectedInstruction.Refusal.facility($0) }
    if let row = Self.row(of: instruction, problemStateInstructions) {
      // An instruction that exists and is rejected has an invalid form, or waits for a facility.
      return (row, isOff ?? .everyLevel)
    }
    if let row = Self.row(of: instruction, hardware.instructions) { return (row, isOff ?? .level) }
    for level in ISALevel.allCases.reversed() {
      if let row = Self.row(of: instruction, InstructionSubset(level: level)) {
        return (row, isOff ?? .processor)
      }
    }
    let privileged = InstructionTable.table(for: hardware.instructions).row(of: instruction)
    return (privileged.map { InstructionRow.all[$0] }, .everyLevel)
  }

  /// The row of an instruction in problem state's instruction set.
  private static func row(
    of instruction: Instruction, _ subset: InstructionSubset
  ) -> InstructionRow? {
    guard let id = InstructionTable.table(for: subset).row(of: instruction) else { return nil }
    let row = InstructionRow.all[id]
    return row.isInProblemState(instruction, with: subset) ? row : nil
  }
}

extension RegisterFacility {
  fileprivate var name: String {
    switch self {
    case .floatingPoint: "floating-point"
    case .vector: "vector"
    case .vsx: "VSX"
    }
  }
}
