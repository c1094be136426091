internal import PowerArithmetic

extension MicroOp {
  /// The result of a pure micro-op, for values of its operands.
  func value(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let bits = UInt64(width) * 8
    let low: UInt64 = ~0 >> (64 - bits)
    switch code {
    case .move: return a
    case .add: return a &+ b
    case .subtract: return a &- b
    case .multiply: return a &* b
    case .multiplyHigh:
      return UInt64(
        bitPattern: Int64(bitPattern: a).multipliedFullWidth(by: Int64(bitPattern: b)).high)
    case .multiplyHighUnsigned: return a.multipliedFullWidth(by: b).high
    case .negate: return 0 &- a
    case .and: return a & b
    case .or: return a | b
    case .xor: return a ^ b
    case .andNot: return a & ~b
    case .orNot: return a | ~b
    case .not: return ~a
    case .signExtend:
      return UInt64(bitPattern: Int64(bitPattern: a << (64 - bits)) >> Int64(64 - bits))
    case .zeroExtend: return a & low
    case .leadingZeros: return UInt64((a & low).leadingZeroBitCount) - (64 - bits)
    case .trailingZeros: return min(UInt64((a & low).trailingZeroBitCount), bits)
    case .ones: return UInt64((a & low).nonzeroBitCount)
    case .swapBytes:
      let parts = a.byteSwapped
      switch width {
      case 8: return parts
      case 4: return FixedPoint.rotate(parts, 32)
      default:
        let even: UInt64 = 0x00FF_00FF_00FF_00FF
        return a >> 8 & even | (a & even) << 8
      }
    case .rotate: return rotated(a, UInt64(amount)) & immediate
    case .rotateBy: return rotated(a, b)
    case .insert: return rotated(a, UInt64(amount)) & immediate | b & ~immediate
    case .shiftLeft:
      let distance = b & (2 * bits - 1)
      return distance < bits ? a << distance & low : 0
    case .shiftRight:
      let distance = b & (2 * bits - 1)
      return distance < bits ? (a & low) >> distance : 0
    case .deposit: return FixedPoint.deposit(a, b)
    case .extract: return FixedPoint.extract(a, b)
    case .none, .pageAddress, .compare, .compareUnsigned, .hostCode, .helperCall:
      preconditionFailure("\(code) has no value")
    }
  }

  private func rotated(_ value: UInt64, _ distance: UInt64) -> UInt64 {
    width == 8
      ? FixedPoint.rotate(value, distance)
      : FixedPoint.rotateWord(value, distance) & 0xFFFF_FFFF
  }
}
