extension MicroOperand: CustomStringConvertible {
  @usableFromInline package var description: String {
    switch self {
    case .none: "-"
    case .constant: "constant"
    case _ where isTemporary: "t\(index - Self.guestCount)"
    default:
      switch index {
      case GuestRegister.lr.number: "lr"
      case GuestRegister.ctr.number: "ctr"
      default: "r\(index)"
      }
    }
  }
}

extension MicroOp: CustomStringConvertible {
  /// As `r3 = add r4, 0x8`.
  package var description: String {
    let constant = "0x" + String(immediate, radix: 16)
    func text(_ operand: MicroOperand) -> String {
      operand == .constant ? constant : "\(operand)"
    }
    let name = width == 8 ? "\(code)" : "\(code).\(Int(width) * 8)"
    switch code {
    case .none, .hostCode, .helperCall: return name
    case .compare, .compareUnsigned: return "cr\(amount) = \(name) \(text(a)), \(text(b))"
    case .pageAddress: return "\(result) = \(name) \(constant)"
    default: break
    }
    var operands = [a, b].filter { $0 != .none }.map(text)
    if code == .rotate || code == .insert { operands += ["\(amount)", constant] }
    return "\(result) = \(name) \(operands.joined(separator: ", "))"
  }
}
