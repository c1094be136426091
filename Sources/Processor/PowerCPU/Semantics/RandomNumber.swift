import PowerISA

extension Semantics {
  /// Deliver a random number (Book I 3.3.9): 32 conditioned bits, 64 conditioned or 64 raw.
  static func darn(_ p: Processor, _ i: Instruction) {
    switch i.bits(14, 15) {
    case 0: p[i.rt] = p.owner.randomSource() & 0xFFFF_FFFF
    case 1, 2:
      // All ones would mean an error.
      let number = p.owner.randomSource()
      p[i.rt] = number == ~0 ? 0 : number
    default: p[i.rt] = ~0
    }
  }
}
