import PowerArithmetic
import PowerISA

// Book I 6.11: AES, SHA-2 and polynomial multiply-sum.

extension Semantics {
  static func vcipher(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].aesEncrypt(key: p[i.vrb])
  }

  static func vcipherlast(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].aesEncryptLast(key: p[i.vrb])
  }

  static func vncipher(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].aesDecrypt(key: p[i.vrb])
  }

  static func vncipherlast(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].aesDecryptLast(key: p[i.vrb])
  }

  static func vsbox(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].aesSubstituted
  }

  static func vshasigmaw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].sha256Sigma(big: i.bits(16, 16) != 0, selection: i.bits(17, 20))
  }

  static func vshasigmad(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].sha512Sigma(big: i.bits(16, 16) != 0, selection: i.bits(17, 20))
  }

  static func vpmsumb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].polynomialMultiplySum(p[i.vrb], UInt8.self, UInt16.self)
  }

  static func vpmsumh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].polynomialMultiplySum(p[i.vrb], UInt16.self, UInt32.self)
  }

  static func vpmsumw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].polynomialMultiplySum(p[i.vrb], UInt32.self, UInt64.self)
  }

  static func vpmsumd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].polynomialMultiplySum(p[i.vrb], UInt64.self, UInt128.self)
  }
}
