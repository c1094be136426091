/// An operand of an instruction's assembler syntax: where its value is and how it reads.
public struct InstructionOperand: Hashable, Sendable {
  /// How a value reads. The order is that of the generator's `OperandKind`.
  public enum Kind: UInt8, Sendable {
    case gpr
    /// (RA|0).
    case gprOrZero
    case fpr
    case vr
    case vsr
    case accumulator
    case crField
    case crBit
    case unsigned
    case signed
    /// Signed, written before the register in parentheses.
    case displacement
    /// Branch target, relative to the instruction unless AA.
    case target
    /// Byte count, 0 meaning 32.
    case byteCount
    /// SPR number, its halves swapped.
    case spr
  }

  /// How an instruction uses the register or registers that an operand names.
  public struct Access: OptionSet, Hashable, Sendable {
    /// Bit 0 for reading, bit 1 for writing.
    public let rawValue: UInt8

    /// The accesses of a number's bits.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The value matters.
    public static let read = Access(rawValue: 1)
    /// The value may change.
    public static let write = Access(rawValue: 2)
  }

  /// As the syntax column has it: `RT`, `XA`, `SI34`.
  public let name: String
  /// What the value stands for.
  public let kind: Kind
  /// Empty when the operand names no register.
  public let access: Access
  /// Whether the register after it is part of the operand.
  public let isPair: Bool
  /// Pieces of 16 bits, most significant first: bit 15 set for a constant; shift or value from
  /// bit 5; width from bit 0.
  let pieces: UInt64

  static let all: [InstructionOperand] = {
    let names = GeneratedRows.operandNames.split { $0 == " " || $0 == "\n" }
    let words = GeneratedRows.operands
    return names.enumerated().map { index, name in
      InstructionOperand(
        name: String(name),
        kind: Kind(rawValue: UInt8(truncatingIfNeeded: words[2 * index])) ?? .unsigned,
        access: Access(rawValue: UInt8(truncatingIfNeeded: words[2 * index] >> 8)),
        isPair: words[2 * index] >> 16 != 0,
        pieces: words[2 * index + 1])
    }
  }()

  /// One piece: its width, and its bits in the instruction or its constant value.
  private struct Piece {
    let width: UInt64
    let shift: UInt64?
    let constant: UInt64

    init(_ packed: UInt64) {
      width = packed & 31
      let number = packed >> 5 & 0x3FF
      shift = packed & 0x8000 == 0 ? number : nil
      constant = number
    }

    var mask: UInt64 { (1 << width) - 1 }
  }

  private var pieceList: [Piece] {
    stride(from: UInt64(48), through: 0, by: -16).compactMap { shift in
      let packed = pieces >> shift & 0xFFFF
      return packed == 0 ? nil : Piece(packed)
    }
  }

  /// Bits of the value.
  public var width: Int { pieceList.reduce(0) { $0 + Int($1.width) } }

  /// How many of the value's low bits are constant: 2 of DS, 4 of DQ.
  public var constantLowBits: Int {
    pieceList.reversed().prefix { $0.shift == nil }.reduce(0) { $0 + Int($1.width) }
  }

  /// Whether the value is a two's complement number.
  public var isSigned: Bool {
    switch kind {
    case .signed, .displacement, .target: true
    default: false
    }
  }

  /// The operand's value; signed kinds are sign-extended.
  public func value(in instruction: Instruction) -> Int64 {
    var value: UInt64 = 0
    for piece in pieceList {
      let bits = piece.shift.map { instruction.rawValue >> $0 & piece.mask } ?? piece.constant
      value = value << piece.width | bits
    }
    switch kind {
    case .spr: return Int64(value >> 5 | (value & 31) << 5)
    case .byteCount: return value == 0 ? 32 : Int64(value)
    default: break
    }
    guard isSigned else { return Int64(bitPattern: value) }
    let unused = UInt64(64 - width)
    return Int64(bitPattern: value << unused) >> Int64(unused)
  }

  /// The instruction bits that make up the value.
  /// - Returns: nil when the value does not fit, or disagrees with the operand's constant bits.
  public func bits(for value: Int64) -> UInt64? {
    var raw = UInt64(bitPattern: value)
    switch kind {
    case .spr:
      guard 0..<1024 ~= value else { return nil }
      raw = raw >> 5 | (raw & 31) << 5
    case .byteCount:
      guard 1...32 ~= value else { return nil }
      raw &= 31
    default:
      let limit = Int64(1) << Int64(width)
      let range = isSigned ? -(limit / 2)..<(limit / 2) : 0..<limit
      guard range.contains(value) else { return nil }
    }
    var bits: UInt64 = 0
    for piece in pieceList.reversed() {
      let part = raw & piece.mask
      raw >>= piece.width
      if let shift = piece.shift {
        bits |= part << shift
      } else if part != piece.constant {
        return nil
      }
    }
    return bits
  }

  /// An instruction with another value of this operand.
  /// - Returns: nil when the value does not fit.
  public func replacing(in instruction: Instruction, with value: Int64) -> Instruction? {
    guard let bits = bits(for: value) else { return nil }
    let places = pieceList.reduce(0 as UInt64) { places, piece in
      piece.shift.map { places | piece.mask << $0 } ?? places
    }
    return Instruction(rawValue: instruction.rawValue & ~places | bits)
  }
}
