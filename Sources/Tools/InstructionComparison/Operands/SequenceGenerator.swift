internal import HostSupport
import PowerISA

/// Makes random instructions of a row for a slot of the page of instructions.
struct SequenceGenerator {
  let environment: ComparisonEnvironment
  let exceptions: ComparisonExceptions
  private let table: InstructionTable
  /// Numbers of the registers that problem state may read.
  private let problemStateRegisters: [Int64]

  init(_ environment: ComparisonEnvironment, _ exceptions: ComparisonExceptions) {
    self.environment = environment
    self.exceptions = exceptions
    table = InstructionTable.table(for: environment.processor.instructions)
    problemStateRegisters = SPR.byNumber.compactMap { register in
      guard let register, register.read == .problem,
        register.since <= environment.processor.isa
      else { return nil }
      return Int64(register.number)
    }
  }

  /// - Parameters:
  ///   - slot: number of the slot.
  ///   - state: address of the first state.
  /// - Returns: nil when every attempt was one of the exceptions that are not asked.
  func sequence(
    _ traits: ComparisonTraits, slot: Int, state: UInt64, _ random: inout SplitMix64
  ) -> InstructionSequence? {
    let address = StateLayout.slots + UInt64(slot) * StateLayout.slotSize
    for _ in 0..<100 {
      var first = address + 16
      // The suffix in the next 64-byte block: an alignment interrupt.
      if traits.row.isPrefixed, random.once(in: 16) { first = address + 60 }
      var sequence = InstructionSequence(traits: traits, first: first)
      let instruction =
        random.once(in: 32)
        ? Instruction(rawValue: traits.row.value | random.next() & ~traits.row.mask)
        : traits.row.randomInstruction(using: &random)
      // Where bits the row leaves free make it another row's.
      guard table.row(of: instruction) == traits.row.id,
        finish(instruction, &sequence, state, &random),
        sequence.instructions.allSatisfy({
          exceptions.mayAsk($0, traits.row, at: sequence.first)
        })
      else { continue }
      sequence.resolve()
      return sequence
    }
    return nil
  }

  /// Gives the operands that are in the instruction values that mean something.
  /// - Returns: whether the instruction can be executed here.
  private func finish(
    _ instruction: Instruction, _ sequence: inout InstructionSequence, _ state: UInt64,
    _ random: inout SplitMix64
  ) -> Bool {
    let traits = sequence.traits
    var i = instruction
    if let spr = traits.spr, !random.once(in: 3), !problemStateRegisters.isEmpty {
      let number = problemStateRegisters[random.below(problemStateRegisters.count)]
      i = spr.replacing(in: i, with: number) ?? i
    }
    if let target = traits.target {
      guard isSafe(branchTarget(i, target, sequence.first), sequence) else { return false }
    }
    if let displacement = traits.displacement, let base = traits.base {
      if i.isPrefixed, i.r_11, !random.once(in: 8) {
        i = base.replacing(in: i, with: 0) ?? i
      }
      let isRelative = i.isPrefixed && i.r_11
      if isRelative || base.value(in: i) == 0 {
        let origin = isRelative ? sequence.first : 0
        if i.isPrefixed {
          sequence.isForOneState = true
          sequence.target = StorageTarget.address(inState: state, traits, &random)
          i =
            displacement.replacing(
              in: i, with: Int64(bitPattern: sequence.target &- origin)) ?? i
        } else {
          // The low 32 KiB: only the runner's own page is there.
          let ea = UInt64(bitPattern: displacement.value(in: i))
          guard ea &+ 0x200 < StateLayout.scratchPage || ea > StateLayout.scratchPage + 0x1000
          else { return false }
        }
      }
    }
    sequence.instructions = [i]
    extend(&sequence, &random)
    return true
  }

  // MARK: branches

  private func branchTarget(
    _ i: Instruction, _ operand: InstructionOperand, _ address: UInt64
  ) -> UInt64 {
    UInt64(bitPattern: operand.value(in: i)) &+ (i.aa ? 0 : address)
  }

  /// Whether a branch there ends at a trap or where nothing can be fetched: not in the slots, but
  /// for the traps at the end of this one.
  func isSafe(_ target: UInt64, _ sequence: InstructionSequence) -> Bool {
    let code = StateLayout.code..<StateLayout.slots + UInt64(StateLayout.codeSize)
    let slotEnd = sequence.first & ~(StateLayout.slotSize - 1) + StateLayout.slotSize
    return !code.contains(target & ~3) || slotEnd - 32..<slotEnd ~= target
  }

  // MARK: sequences of more than one

  /// Loads with reservation get their conditional store, and the other way round; a write of a
  /// register is read back.
  private func extend(_ sequence: inout InstructionSequence, _ random: inout SplitMix64) {
    guard let i = sequence.instructions.first else { return }
    let row = sequence.row
    if row.instructionID == .mtspr, random.once(in: 2), let move = self.row(.mfspr) {
      // The same fields, another extended opcode.
      let back = move.value | i.rawValue & ~move.mask
      sequence.instructions.append(Instruction(rawValue: back & ~1))
    } else if let access = row.storage, access.isReservation {
      let isLoad = access.forms.contains(.reserve)
      guard isLoad ? !random.once(in: 4) : random.once(in: 2), let other = partner(of: access)
      else { return }
      sequence.instructions.insert(partner(other, of: i, &random), at: isLoad ? 1 : 0)
    } else if row.instructionID == .hashchk, random.once(in: 2), let store = self.row(.hashst) {
      sequence.instructions.insert(
        Instruction(rawValue: store.value | i.rawValue & ~store.mask), at: 0)
    }
  }

  /// The access of the same size that makes the reservation, or needs it.
  private func partner(of access: StorageOperand) -> InstructionRow? {
    InstructionRow.all.first {
      guard let other = $0.storage, $0.exists(at: environment.processor.isa) else { return false }
      return other.isReservation && other.bytes == access.bytes && other.forms != access.forms
    }
  }

  /// The same address registers, another data register.
  private func partner(
    _ row: InstructionRow, of i: Instruction, _ random: inout SplitMix64
  ) -> Instruction {
    let addresses: UInt64 = 0x001F_F800
    let random = row.randomInstruction(using: &random).rawValue
    return Instruction(rawValue: random & ~addresses | i.rawValue & addresses)
  }

  private func row(_ instruction: InstructionID) -> InstructionRow? {
    InstructionRow.all.first {
      $0.instructionID == instruction && $0.exists(at: environment.processor.isa)
    }
  }
}
