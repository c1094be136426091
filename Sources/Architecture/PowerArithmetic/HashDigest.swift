/// The keyed digest of `hashst` and `hashchk` (Power ISA 3.1B, Book I 3.3.17).
public enum HashDigest {
  /// Digest of the two operands under a key.
  public static func digest(_ ra: UInt64, _ rb: UInt64, key: UInt64) -> UInt64 {
    // Bytes of one operand alternate with those of the other, whose order is reversed.
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in 0..<4 as Range<UInt64> {
      let up = 16 * index
      let down = 56 - up
      let (raLow, raHigh) = (ra >> (8 * index) & 0xFF, ra >> (8 * index + 32) & 0xFF)
      let (rbLow, rbHigh) = (rb >> (8 * index) & 0xFF, rb >> (8 * index + 32) & 0xFF)
      high |= rbLow << down | raHigh << up
      low |= rbHigh << down | raLow << up
    }
    let schedule = keySchedule(key)
    func pair(_ value: UInt64, _ lane: Int) -> UInt64 {
      let first = encipher(UInt32(truncatingIfNeeded: value >> 32), schedule, lane: lane)
      let second = encipher(UInt32(truncatingIfNeeded: value), schedule, lane: lane + 1)
      return UInt64(first) << 32 | UInt64(second)
    }
    return pair(high, 0) ^ pair(low, 2)
  }

  private static func rotateLeft(_ value: UInt16, _ count: UInt16) -> UInt16 {
    value << count | value >> (16 - count)
  }

  private static func rotateRight(_ value: UInt16, _ count: UInt16) -> UInt16 {
    value >> count | value << (16 - count)
  }

  /// Thirty-two round keys of the SIMON 32/64 block cipher.
  static func keySchedule(_ key: UInt64) -> [UInt16] {
    // The cipher's constant sequence z0, from its first bit.
    let sequence: UInt64 = 0xFA25_61CD_F44A_C398
    var keys = (0..<4 as Range<UInt64>).map { UInt16(truncatingIfNeeded: key >> (48 - 16 * $0)) }
    for round in 0..<28 {
      let mixed = rotateRight(keys[round + 3], 3) ^ keys[round + 1]
      let bit = UInt16(truncatingIfNeeded: sequence >> UInt64(63 - round) & 1)
      keys.append(0xFFFC ^ bit ^ keys[round] ^ mixed ^ rotateRight(mixed, 1))
    }
    return keys
  }

  /// One block; each lane takes the round keys in another order within each four.
  static func encipher(_ block: UInt32, _ keys: [UInt16], lane: Int) -> UInt32 {
    var left = UInt16(truncatingIfNeeded: block)
    var right = UInt16(truncatingIfNeeded: block >> 16)
    for round in 0..<32 {
      let key = keys[round & ~3 | (round + lane) & 3]
      let mixed = rotateLeft(left, 1) & rotateLeft(left, 8) ^ rotateLeft(left, 2)
      (left, right) = (right ^ mixed ^ key, left)
    }
    return UInt32(right) << 16 | UInt32(left)
  }
}
