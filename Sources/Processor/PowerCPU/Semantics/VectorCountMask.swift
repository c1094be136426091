import PowerArithmetic
import PowerISA

// Book I 6.12 to 6.16: counts, parity, masks, bit rearrangement, strings.

extension Semantics {
  // MARK: count

  static func vclzb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt8.self) { UInt8($0.leadingZeroBitCount) }
  }

  static func vctzb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt8.self) { UInt8($0.trailingZeroBitCount) }
  }

  static func vpopcntb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt8.self) { UInt8($0.nonzeroBitCount) }
  }

  static func vclzh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt16.self) { UInt16($0.leadingZeroBitCount) }
  }

  static func vctzh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt16.self) { UInt16($0.trailingZeroBitCount) }
  }

  static func vpopcnth(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt16.self) { UInt16($0.nonzeroBitCount) }
  }

  static func vclzw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt32.self) { UInt32($0.leadingZeroBitCount) }
  }

  static func vctzw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt32.self) { UInt32($0.trailingZeroBitCount) }
  }

  static func vpopcntw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt32.self) { UInt32($0.nonzeroBitCount) }
  }

  static func vclzd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt64.self) { UInt64($0.leadingZeroBitCount) }
  }

  static func vctzd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt64.self) { UInt64($0.trailingZeroBitCount) }
  }

  static func vpopcntd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt64.self) { UInt64($0.nonzeroBitCount) }
  }

  static func vclzlsbb(_ p: Processor, _ i: Instruction) {
    let bytes = p[i.vrb].map(UInt8.self) { $0 << 7 }.signs(UInt8.self)
    p[i.rt] = UInt64(UInt16(truncatingIfNeeded: bytes).leadingZeroBitCount)
  }

  static func vctzlsbb(_ p: Processor, _ i: Instruction) {
    let bytes = p[i.vrb].map(UInt8.self) { $0 << 7 }.signs(UInt8.self)
    p[i.rt] = UInt64(UInt16(truncatingIfNeeded: bytes).trailingZeroBitCount)
  }

  static func vprtybw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt32.self) { ($0 & UInt32.lowBitOfBytes).parity }
  }

  static func vprtybd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt64.self) { ($0 & UInt64.lowBitOfBytes).parity }
  }

  static func vprtybq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(UInt128.self) { ($0 & UInt128.lowBitOfBytes).parity }
  }

  // MARK: masks

  static func vcntmbb(_ p: Processor, _ i: Instruction) {
    p[i.rt] = countedSigns(p[i.vrb].signs(UInt8.self), 16, i) << 56
  }

  static func vcntmbh(_ p: Processor, _ i: Instruction) {
    p[i.rt] = countedSigns(p[i.vrb].signs(UInt16.self), 8, i) << 57
  }

  static func vcntmbw(_ p: Processor, _ i: Instruction) {
    p[i.rt] = countedSigns(p[i.vrb].signs(UInt32.self), 4, i) << 58
  }

  static func vcntmbd(_ p: Processor, _ i: Instruction) {
    p[i.rt] = countedSigns(p[i.vrb].signs(UInt64.self), 2, i) << 59
  }

  /// How many of `count` signs equal MP, bit 15.
  private static func countedSigns(_ signs: UInt64, _ count: Int, _ i: Instruction) -> UInt64 {
    let ones = signs.nonzeroBitCount
    return UInt64(i.bits(15, 15) != 0 ? ones : count - ones)
  }

  static func vexpandbm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(Int8.self) { $0 < 0 ? -1 : 0 }
  }

  static func vexpandhm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(Int16.self) { $0 < 0 ? -1 : 0 }
  }

  static func vexpandwm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(Int32.self) { $0 < 0 ? -1 : 0 }
  }

  static func vexpanddm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(Int64.self) { $0 < 0 ? -1 : 0 }
  }

  static func vexpandqm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].map(Int128.self) { $0 < 0 ? -1 : 0 }
  }

  static func vextractbm(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].signs(UInt8.self)
  }

  static func vextracthm(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].signs(UInt16.self)
  }

  static func vextractwm(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].signs(UInt32.self)
  }

  static func vextractdm(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].signs(UInt64.self)
  }

  static func vextractqm(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].signs(UInt128.self)
  }

  static func mtvsrbm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(mask: p[i.rb], UInt8.self)
  }

  static func mtvsrhm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(mask: p[i.rb], UInt16.self)
  }

  static func mtvsrwm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(mask: p[i.rb], UInt32.self)
  }

  static func mtvsrdm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(mask: p[i.rb], UInt64.self)
  }

  static func mtvsrqm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(mask: p[i.rb], UInt128.self)
  }

  static func mtvsrbmi(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(mask: UInt64(UInt16(truncatingIfNeeded: i.dx)), UInt8.self)
  }

  // MARK: strings

  static func vstribl(_ p: Processor, _ i: Instruction) {
    p.setString(i, p[i.vrb].isolatedLeft(UInt8.self))
  }

  static func vstribr(_ p: Processor, _ i: Instruction) {
    p.setString(i, p[i.vrb].isolatedRight(UInt8.self))
  }

  static func vstrihl(_ p: Processor, _ i: Instruction) {
    p.setString(i, p[i.vrb].isolatedLeft(UInt16.self))
  }

  static func vstrihr(_ p: Processor, _ i: Instruction) {
    p.setString(i, p[i.vrb].isolatedRight(UInt16.self))
  }

  static func vclrlb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].keepingBytes(p[i.rb], fromLeft: false)
  }

  static func vclrrb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].keepingBytes(p[i.rb], fromLeft: true)
  }
}
