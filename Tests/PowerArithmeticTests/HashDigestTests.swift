import Testing

@testable import PowerArithmetic

@Suite struct HashDigestTests {
  /// The published vector of SIMON 32/64: key 1918 1110 0908 0100, 6565 6877 → c69b e9bb. Our
  /// words run the other way: k0 and the right half are first.
  @Test func cipherOfLaneZeroIsSimon() {
    let keys = HashDigest.keySchedule(0x0100_0908_1110_1918)
    #expect(HashDigest.encipher(0x6877_6565, keys, lane: 0) == 0xE9BB_C69B)
  }

  /// Every bit of operands and key counts.
  @Test func everyBitChangesTheDigest() {
    let (ra, rb, key) =
      (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, 0x0F1E_2D3C_4B5A_6978)
      as (UInt64, UInt64, UInt64)
    let digest = HashDigest.digest(ra, rb, key: key)
    for bit in 0..<64 as Range<UInt64> {
      #expect(HashDigest.digest(ra ^ 1 << bit, rb, key: key) != digest)
      #expect(HashDigest.digest(ra, rb ^ 1 << bit, key: key) != digest)
      #expect(HashDigest.digest(ra, rb, key: key ^ 1 << bit) != digest)
    }
  }
}
