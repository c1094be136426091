internal import PowerISA

extension HostCode {
  /// Book I 3.3.9: sums and products, without carry.
  static let arithmetic: [HostCode] = [
    .lowered([.addi, .addis, .paddi, .addpcis]) { $0.addImmediate($1) },
    .lowered([.add, .subf, .mulld, .mulhd, .mulhdu]) { $0.arithmetic($1.kind, $1.instruction) },
    .lowered([.neg, .mulli, .maddld]) { $0.otherArithmetic($1.kind, $1.instruction) },
    .lowered([.mullw, .mulhw, .mulhwu]) { $0.multiplyWords($1.kind, $1.instruction) },
  ]
}

// Book I 3.3.9.
extension MicroOpBuilder {
  fileprivate mutating func addImmediate(_ o: Operation) {
    let i = o.instruction
    let t = MicroOperand(i.rt)
    let value: Int64
    switch o.kind {
    case .addi: value = i.si
    case .addis: value = i.si << 16
    case .addpcis: return set(t, addressOfWord: o.word + 1, plus: i.dx << 16)
    default:
      if i.r_11 { return set(t, addressOfWord: o.word, plus: i.si34) }
      value = i.si34
    }
    if i.ra.number == 0 { return set(t, constant: UInt64(bitPattern: value)) }
    set(t, .add, MicroOperand(i.ra), constant: value)
  }

  fileprivate mutating func arithmetic(_ kind: InstructionID, _ i: Instruction) {
    let (t, a, b) = (MicroOperand(i.rt), MicroOperand(i.ra), MicroOperand(i.rb))
    switch kind {
    case .add: set(t, .add, a, b)
    case .subf: set(t, .subtract, b, a)
    case .mulld: set(t, .multiply, a, b)
    case .mulhd: set(t, .multiplyHigh, a, b)
    default: set(t, .multiplyHighUnsigned, a, b)
    }
    if i.rc { record(i.rt) }
  }

  fileprivate mutating func otherArithmetic(_ kind: InstructionID, _ i: Instruction) {
    let (t, a) = (MicroOperand(i.rt), MicroOperand(i.ra))
    switch kind {
    case .neg:
      set(t, .negate, a)
      if i.rc { record(i.rt) }
    case .mulli: set(t, .multiply, a, constant: i.si)
    default:
      let product = temporary()
      set(product, .multiply, a, MicroOperand(i.rb))
      set(t, .add, product, MicroOperand(i.registerC))
    }
  }

  fileprivate mutating func multiplyWords(_ kind: InstructionID, _ i: Instruction) {
    let t = MicroOperand(i.rt)
    let (a, b) = (temporary(), temporary())
    let extend: MicroOp.Code = kind == .mulhwu ? .zeroExtend : .signExtend
    set(a, extend, width: 4, MicroOperand(i.ra))
    set(b, extend, width: 4, MicroOperand(i.rb))
    if kind == .mullw {
      set(t, .multiply, a, b)
    } else {
      let (product, high) = (temporary(), temporary())
      set(product, .multiply, a, b)
      rotate(high, width: 8, product, by: 32, mask: 0xFFFF_FFFF)
      duplicateWord(t, high)
    }
    if i.rc { record(i.rt) }
  }
}
