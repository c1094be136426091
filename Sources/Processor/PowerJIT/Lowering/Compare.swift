internal import PowerISA

extension HostCode {
  /// Book I 3.3.10: comparisons.
  static let comparisons: [HostCode] = [
    .lowered([.cmpi, .cmp, .cmpli, .cmpl]) { $0.compare($1.kind, $1.instruction) }
  ]
}

// Book I 3.3.10.
extension MicroOpBuilder {
  fileprivate mutating func compare(_ kind: InstructionID, _ i: Instruction) {
    let width: UInt8 = i.l_10 ? 8 : 4
    switch kind {
    case .cmpi: compare(field: i.bf.number, width: width, i.ra, nil, constant: i.si)
    case .cmpli:
      compare(
        field: i.bf.number, isUnsigned: true, width: width, i.ra, nil, constant: Int64(i.ui))
    default:
      compare(
        field: i.bf.number, isUnsigned: kind == .cmpl, width: width, i.ra, i.rb)
    }
  }
}
