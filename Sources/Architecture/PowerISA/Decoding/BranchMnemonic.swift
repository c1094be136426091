/// Mnemonics of conditional branches as GNU objdump prints them (Book I appendix C.2): `bne`,
/// `bdnz`, `beqlr`, `bctr`, and the row's own with a hint where there is none.
struct BranchMnemonic {
  let name: String
  /// The operands before target and BH.
  let operands: Operands

  enum Operands {
    case none
    /// A condition register field, which CR0 need not be.
    case field
    /// BI.
    case bit
    /// BO and BI.
    case optionsAndBit
  }

  /// - Parameters:
  ///   - row: `bc`, `bclr`, `bcctr` or `bctar`.
  ///   - options: BO.
  ///   - bit: BI.
  ///   - suffix: LK and AA as the row's own mnemonic ends: `l`, `a`, `la`.
  init(row: InstructionRow, options: Int64, bit: Int64, suffix: Substring) {
    let place =
      switch row.instructionID {
      case .bclr: "lr"
      case .bcctr: "ctr"
      case .bctar: "tar"
      default: ""
      }
    let counts = row.instructionID != .bcctr
    let hint = options & 1 == 0 ? "-" : "+"
    switch options {
    case 20 where bit == 0 && row.instructionID != .bc:
      (name, operands) = ("b" + place + suffix, .none)
    case 0 where counts, 2 where counts, 8 where counts, 10 where counts:
      let condition = (options & 2 == 0 ? "bdnz" : "bdz") + (options & 8 == 0 ? "f" : "t")
      (name, operands) = (condition + place + suffix, .bit)
    case 16 where counts && bit == 0, 18 where counts && bit == 0:
      (name, operands) = ((options == 16 ? "bdnz" : "bdz") + place + suffix, .none)
    case 24...27 where counts && bit == 0:
      (name, operands) = ((options & 2 == 0 ? "bdnz" : "bdz") + place + suffix + hint, .none)
    case 24...27:
      (name, operands) = (row.mnemonic + suffix + hint, .optionsAndBit)
    case 4, 6, 7, 12, 14, 15:
      let conditions = options & 8 == 0 ? ["ge", "le", "ne", "ns"] : ["lt", "gt", "eq", "so"]
      let condition = "b" + conditions[Int(bit & 3)] + place + suffix
      (name, operands) = (options & 2 == 0 ? condition : condition + hint, .field)
    default:
      (name, operands) = (row.mnemonic + suffix, .optionsAndBit)
    }
  }
}
