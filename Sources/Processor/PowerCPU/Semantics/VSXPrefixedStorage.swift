import PowerArithmetic
import PowerISA

// Book I 7.6: prefixed VSX loads and stores.

extension Semantics {
  // MARK: prefixed loads

  static func plxv(_ p: Processor, _ i: Instruction) {
    guard let ea = p.prefixedAddress(i), let value = p.loadQuadword(ea) else { return }
    p[i.xt_5] = Vector(quadword: value)
  }

  static func plxvp(_ p: Processor, _ i: Instruction) {
    guard let ea = p.prefixedAddress(i) else { return }
    p.loadPair(i.xtp, ea)
  }

  static func plxsd(_ p: Processor, _ i: Instruction) {
    guard let ea = p.prefixedAddress(i), let value = p.load(UInt64.self, ea) else { return }
    p[i.vrt] = Vector(value, 0)
  }

  static func plxssp(_ p: Processor, _ i: Instruction) {
    guard let ea = p.prefixedAddress(i), let value = p.load(UInt32.self, ea) else { return }
    p[i.vrt] = Vector(FloatArithmetic.doubleFromSingle(value), 0)
  }

  static func pstxssp(_ p: Processor, _ i: Instruction) {
    guard let ea = p.prefixedAddress(i) else { return }
    _ = p.store(FloatArithmetic.singleFromDouble(p[i.vrs].doubleword0), ea)
  }

  // MARK: prefixed stores

  static func pstxv(_ p: Processor, _ i: Instruction) {
    guard let ea = p.prefixedAddress(i) else { return }
    _ = p.storeQuadword(p[i.xs_5].quadword, ea)
  }

  static func pstxvp(_ p: Processor, _ i: Instruction) {
    guard let ea = p.prefixedAddress(i) else { return }
    p.storePair(i.xtp, ea)
  }

  static func pstxsd(_ p: Processor, _ i: Instruction) {
    guard let ea = p.prefixedAddress(i) else { return }
    _ = p.store(p[i.vrs].doubleword0, ea)
  }
}
