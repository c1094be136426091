/// Three decimal digits in ten bits (Book I 5.5, "DPD-to-BCD translation").
public enum DenselyPackedDecimal {
  /// Twelve bits of BCD from a declet; all 1,024 declets are defined.
  public static func digits(_ declet: UInt64) -> UInt64 {
    // Bits p q r, s t u, v, w x y of the declet, from the left.
    let r = declet >> 7 & 1
    let u = declet >> 4 & 1
    let y = declet & 1
    let pq = declet >> 8 & 3
    let st = declet >> 5 & 3
    let wx = declet >> 1 & 3
    // Digits of 0 to 7 are two bits and the low one, 8 and 9 are the low one alone.
    let small = (pq << 1 | r, st << 1 | u, wx << 1 | y)
    let large = (8 | r, 8 | u, 8 | y)
    func join(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 { a << 8 | b << 4 | c }
    guard declet & 8 != 0 else { return join(small.0, small.1, small.2) }
    switch wx {
    case 0: return join(small.0, small.1, large.2)
    case 1: return join(small.0, large.1, st << 1 | y)
    case 2: return join(large.0, small.1, pq << 1 | y)
    default:
      switch st {
      case 0: return join(large.0, large.1, pq << 1 | y)
      case 1: return join(large.0, pq << 1 | u, large.2)
      case 2: return join(small.0, large.1, large.2)
      default: return join(large.0, large.1, large.2)
      }
    }
  }

  /// The preferred declet for twelve bits of BCD. Codes above nine are undefined in the
  /// architecture; here their bits pass through the same equations.
  public static func declet(_ digits: UInt64) -> UInt64 {
    let a = digits >> 8
    let b = digits >> 4
    let c = digits
    let low = (a & 1) << 7 | (b & 1) << 4 | c & 1
    func pairs(_ pq: UInt64, _ st: UInt64, _ wx: UInt64, _ v: UInt64) -> UInt64 {
      (pq >> 1 & 3) << 8 | (st >> 1 & 3) << 5 | v << 3 | (wx >> 1 & 3) << 1 | low
    }
    switch (a & 8 != 0, b & 8 != 0, c & 8 != 0) {
    case (false, false, false): return pairs(a, b, c, 0)
    case (false, false, true): return pairs(a, b, 0, 1)
    case (false, true, false): return pairs(a, c, 2, 1)
    case (true, false, false): return pairs(c, b, 4, 1)
    case (true, true, false): return pairs(c, 0, 6, 1)
    case (true, false, true): return pairs(b, 2, 6, 1)
    case (false, true, true): return pairs(a, 4, 6, 1)
    case (true, true, true): return pairs(0, 6, 6, 1)
    }
  }

  /// `cdtbcd`: in each word, two declets to six digits.
  public static func digitsOfWords(_ value: UInt64) -> UInt64 {
    func word(_ word: UInt64) -> UInt64 { digits(word >> 10 & 0x3FF) << 12 | digits(word & 0x3FF) }
    return word(value >> 32) << 32 | word(value)
  }

  /// `cbcdtd`: in each word, six digits to two declets.
  public static func decletsOfWords(_ value: UInt64) -> UInt64 {
    func word(_ word: UInt64) -> UInt64 { declet(word >> 12 & 0xFFF) << 10 | declet(word & 0xFFF) }
    return word(value >> 32) << 32 | word(value)
  }
}
