internal import HostSupport

/// Decimal floating-point operands and packed decimal numbers.
extension SplitMix64 {
  /// An encoding: mostly finite with an exponent near `center` and few or many digits; infinities,
  /// NaNs, extreme exponents, and declets that are not canonical.
  mutating func decimal(isQuad: Bool, center: Int) -> UInt128 {
    let (width, declets, maximum) = isQuad ? (128, 11, 12287) : (64, 5, 767)
    let r = next()
    var bits = UInt128(r & 1) << UInt128(width - 1)
    let count = r >> 8 % 4 == 0 ? declets : Int(r >> 16 % UInt64(declets + 1))
    for n in 0..<count {
      // Often zeros and nines, whose declets are 0 and 0x0FF.
      let random = next()
      let declet: UInt64 = random >> 62 == 0 ? 0 : random >> 62 == 1 ? 0x0FF : random & 0x3FF
      bits |= UInt128(declet) << UInt128(10 * n)
    }
    switch r >> 32 % 16 {
    case 0: return bits | 0b11110 << UInt128(width - 6)
    case 1: return bits | 0b11111 << UInt128(width - 6)
    case 2: return bits | 0b111111 << UInt128(width - 7)
    default: break
    }
    var exponent = center + Int(r >> 40 % 50) - 25
    if r >> 48 % 8 == 0 { exponent = maximum - Int(r >> 52 % 20) }
    if r >> 48 % 8 == 1 { exponent = Int(r >> 52 % 20) }
    exponent = max(0, min(exponent, maximum))
    let trailing = 10 * declets
    let low = width - 6 - trailing
    bits |= UInt128(exponent & (1 << low - 1)) << UInt128(trailing)
    let first = count == declets ? next() >> 60 % 10 : 0
    let high = UInt64(exponent >> low)
    let combination = first < 8 ? high << 3 | first : 0b11000 | high << 1 | first & 1
    return bits | UInt128(combination) << UInt128(width - 6)
  }

  /// Thirty-two decimal digits, or fewer after zeros; sometimes all nines or all zeros.
  mutating func decimalDigits() -> UInt128 {
    let kind = next()
    if kind % 16 == 1 {
      return 0x9999_9999_9999_9999_9999_9999_9999_9999 >> UInt128(4 * (kind >> 8 % 32))
    }
    if kind % 16 == 2 { return 0 }
    var digits: UInt128 = 0
    var random = next()
    for n in 0..<32 {
      if n == 16 { random = next() }
      digits = digits << 4 | UInt128((random & 15) * 10 >> 4)
      random >>= 4
    }
    return digits >> UInt128(4 * (kind >> 8 % 32))
  }
}
