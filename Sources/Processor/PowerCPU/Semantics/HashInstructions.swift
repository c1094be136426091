import PowerArithmetic
import PowerISA

// Power ISA 3.1B, Book I 3.3.17: a digest of a return address, stored and checked. Where the
// dynamic execution control register, the guest's or the hypervisor's, does not enable them, they do
// nothing.
extension Semantics {
  /// A reserved no-operation: what `hashst` and its kin were before 3.1.
  @inline(__always)
  static func rnop(_ p: Processor, _ i: Instruction) {}

  static func hashst(_ p: Processor, _ i: Instruction) { p.storeHash(i, .hashkeyr, .nonPrivileged) }
  static func hashchk(_ p: Processor, _ i: Instruction) {
    p.checkHash(i, .hashkeyr, .nonPrivileged)
  }
  static func hashstp(_ p: Processor, _ i: Instruction) { p.storeHash(i, .hashpkeyr, .privileged) }
  static func hashchkp(_ p: Processor, _ i: Instruction) {
    p.checkHash(i, .hashpkeyr, .privileged)
  }
}

/// Aspects of DEXCR, by their bit number in the half for the processor's state.
private enum HashAspect: UInt64 {
  /// NPHIE.
  case nonPrivileged = 5
  /// PHIE.
  case privileged = 6
}

extension Processor {
  private func isEnabled(_ aspect: HashAspect) -> Bool {
    // Bits 0 to 31 rule privileged state, 32 to 63 problem state.
    let bit = isProblemState ? 31 - aspect.rawValue : 63 - aspect.rawValue
    return (owner.read(.dexcr) | owner.read(.hdexcr)) >> bit & 1 != 0
  }

  /// (RA) plus an offset between -512 and -8.
  private func hashAddress(_ i: Instruction) -> UInt64 {
    let offset = i.bits(31, 31) << 8 | i.bits(6, 10) << 3
    return self[i.ra] &+ offset &- 512
  }

  fileprivate func storeHash(_ i: Instruction, _ key: SPR, _ aspect: HashAspect) {
    guard isEnabled(aspect) else { return }
    let digest = HashDigest.digest(self[i.ra], self[i.rb], key: owner.read(key))
    _ = store(digest, hashAddress(i))
  }

  fileprivate func checkHash(_ i: Instruction, _ key: SPR, _ aspect: HashAspect) {
    guard isEnabled(aspect) else { return }
    guard let stored = load(UInt64.self, hashAddress(i)) else { return }
    if stored != HashDigest.digest(self[i.ra], self[i.rb], key: owner.read(key)) { trap() }
  }
}
