import GuestMemory
import PowerISA

/// Instructions that are executed one after the other on each of some states: mostly one.
struct InstructionSequence {
  /// The row that it exercises.
  var traits: ComparisonTraits
  /// The instruction of that row is one of them.
  var instructions: [Instruction]
  /// Address of the first.
  var first: UInt64
  /// Whether every state must have a sequence of its own, because an address is in the instruction.
  var isForOneState = false
  /// The address an instruction names itself, with ``isForOneState``.
  var target: UInt64 = 0
  /// The registers that the instructions name.
  private(set) var registers: [Register] = []
  /// RA and RB of the first, and its displacement.
  private(set) var base = 0
  private(set) var index = 0
  private(set) var displacement: UInt64 = 0

  /// A register, or a pair of which it is the first.
  struct Register {
    var kind: InstructionOperand.Kind
    var number: Int
    var isPair: Bool
  }

  init(traits: ComparisonTraits, first: UInt64) {
    self.traits = traits
    instructions = []
    self.first = first
  }

  /// Works out what the operands of the instructions name.
  mutating func resolve() {
    for i in instructions {
      for operand in row.operands {
        registers.append(
          Register(
            kind: operand.kind, number: Int(truncatingIfNeeded: operand.value(in: i)),
            isPair: operand.isPair))
      }
    }
    guard let i = instructions.first else { return }
    base = traits.base.map { Int($0.value(in: i)) } ?? 0
    index = traits.index.map { Int($0.value(in: i)) } ?? 0
    displacement = traits.displacement.map { UInt64(bitPattern: $0.value(in: i)) } ?? 0
  }

  var row: InstructionRow { traits.row }
  var byteCount: UInt64 { instructions.reduce(0) { $0 + UInt64($1.byteCount) } }
  var end: UInt64 { first + byteCount }

  /// The words, a prefix before its suffix.
  var words: [UInt32] {
    instructions.flatMap { $0.isPrefixed ? [$0.prefix, $0.word] : [$0.word] }
  }

  // MARK: the slot

  /// The code before the instructions, which loads the last registers: ld 30,CTR(31); mtctr 30;
  /// ld 30,240(31); ld 31,248(31).
  private static let prologue: [UInt32] = [
    0xEBDF_0000 | UInt32(StateLayout.ctr), 0x7FC9_03A6, 0xEBDF_00F0, 0xEBFF_00F8,
  ]

  /// A trap, which fills the slots so that a branch into one is seen.
  static let filler: UInt32 = 0x7FE0_0008

  /// Address of the code before the instructions.
  var entry: UInt64 { first - UInt64(4 * Self.prologue.count) }

  /// Puts the slot's words into the page of instructions.
  func write(to page: UnsafeMutableRawPointer, _ order: Endianness) {
    // Then a branch to what saves the state.
    let exit = 0x4800_0000 | UInt32(truncatingIfNeeded: StateLayout.code &- end) & 0x03FF_FFFC
    var place = Int(entry - StateLayout.slots)
    for word in Self.prologue + words + [exit] {
      page.storeBytes(
        of: order == .big ? word.bigEndian : word, toByteOffset: place, as: UInt32.self)
      place += 4
    }
  }
}
