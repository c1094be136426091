import PowerArithmetic
import Testing

struct CryptoTests {
  /// FIPS 197, appendix B: key 2b7e…4f3c, its schedule by way of `vsbox`.
  @Test func aes128() {
    var words: [UInt32] = [0x2B7E_1516, 0x28AE_D2A6, 0xABF7_1588, 0x09CF_4F3C]
    var constant: UInt32 = 0x0100_0000
    for n in 4..<44 {
      var word = words[n - 1]
      if n % 4 == 0 {
        let rotated = word << 8 | word >> 24
        word = Vector(repeating: rotated).aesSubstituted[word: 0] ^ constant
        constant = constant << 1 ^ (constant >> 31 != 0 ? 0x1B00_0000 : 0)
      }
      words.append(words[n - 4] ^ word)
    }
    let keys = (0...10).map { round in
      Vector.generate(UInt32.self) { words[4 * round + $0] }
    }
    let plain = Vector(0x3243_F6A8_885A_308D, 0x3131_98A2_E037_0734)
    var state = plain ^ keys[0]
    for round in 1...9 { state = state.aesEncrypt(key: keys[round]) }
    state = state.aesEncryptLast(key: keys[10])
    #expect(state == Vector(0x3925_841D_02DC_09FB, 0xDC11_8597_196A_0B32))

    // The inverse cipher adds the key before it unmixes the columns, as `vncipher` does.
    state = state ^ keys[10]
    for round in (1...9).reversed() { state = state.aesDecrypt(key: keys[round]) }
    #expect(state.aesDecryptLast(key: keys[0]) == plain)
  }

  @Test func substitutionIsAPermutation() {
    let all = (0..<16).map { block in
      Vector.generate(UInt8.self) { UInt8(16 * block + $0) }.aesSubstituted
    }
    let images = all.flatMap { v in (0..<16).map { v[byte: $0] } }
    #expect(Set(images).count == 256)
    #expect(images[0] == 0x63 && images[0x53] == 0xED && images[0xFF] == 0x16)
  }

  @Test func sigmas() {
    let x: UInt32 = 0x6A09_E667
    func rotate(_ n: UInt32) -> UInt32 { x >> n | x << (32 - n) }
    let v = Vector(repeating: x)
    // Bit 0 of SIX belongs to element 0.
    let small = v.sha256Sigma(big: false, selection: 0b1000)
    #expect(small[word: 0] == rotate(17) ^ rotate(19) ^ x >> 10)
    #expect(small[word: 3] == rotate(7) ^ rotate(18) ^ x >> 3)
    let big = v.sha256Sigma(big: true, selection: 0b0001)
    #expect(big[word: 0] == rotate(2) ^ rotate(13) ^ rotate(22))
    #expect(big[word: 3] == rotate(6) ^ rotate(11) ^ rotate(25))
  }

  @Test func carrylessProducts() {
    // (x^7 + 1)(x + 1) = x^8 + x^7 + x + 1, and its neighbour 2 * 2 = 4.
    let a = Vector(0x8102_0000_0000_0000, 0)
    let b = Vector(0x0302_0000_0000_0000, 0)
    #expect(a.polynomialMultiplySum(b, UInt8.self, UInt16.self) == Vector(0x0187 << 48, 0))
    let most = Vector(0, ~0)
    // All ones squared has ones at the even places.
    #expect(
      most.polynomialMultiplySum(most, UInt64.self, UInt128.self)
        == Vector(repeating: UInt64(0x5555_5555_5555_5555)))
  }
}
