import PowerArithmetic
import PowerISA

// Book I 6.8: pack, unpack, merge, splat, permute and gather.

extension Semantics {
  // MARK: pack

  static func vpkuhum(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].packed(p[i.vrb], UInt16.self, UInt8.self)
  }

  static func vpkuhus(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], UInt16.self, UInt8.self))
  }

  static func vpkshus(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], Int16.self, UInt8.self))
  }

  static func vpkshss(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], Int16.self, Int8.self))
  }

  static func vpkuwum(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].packed(p[i.vrb], UInt32.self, UInt16.self)
  }

  static func vpkuwus(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], UInt32.self, UInt16.self))
  }

  static func vpkswus(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], Int32.self, UInt16.self))
  }

  static func vpkswss(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], Int32.self, Int16.self))
  }

  static func vpkudum(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].packed(p[i.vrb], UInt64.self, UInt32.self)
  }

  static func vpkudus(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], UInt64.self, UInt32.self))
  }

  static func vpksdus(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], Int64.self, UInt32.self))
  }

  static func vpksdss(_ p: Processor, _ i: Instruction) {
    p.setSaturated(i.vrt, p[i.vra].packedSaturated(p[i.vrb], Int64.self, Int32.self))
  }

  static func vpkpx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].packedPixels(p[i.vrb])
  }

  // MARK: unpack

  static func vupkhsb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].unpacked(Int8.self, Int16.self, high: true)
  }

  static func vupklsb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].unpacked(Int8.self, Int16.self, high: false)
  }

  static func vupkhsh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].unpacked(Int16.self, Int32.self, high: true)
  }

  static func vupklsh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].unpacked(Int16.self, Int32.self, high: false)
  }

  static func vupkhsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].unpacked(Int32.self, Int64.self, high: true)
  }

  static func vupklsw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].unpacked(Int32.self, Int64.self, high: false)
  }

  static func vupkhpx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].unpackedPixels(high: true)
  }

  static func vupklpx(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].unpackedPixels(high: false)
  }

  // MARK: merge

  static func vmrghb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].merged(p[i.vrb], UInt8.self, high: true)
  }

  static func vmrglb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].merged(p[i.vrb], UInt8.self, high: false)
  }

  static func vmrghh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].merged(p[i.vrb], UInt16.self, high: true)
  }

  static func vmrglh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].merged(p[i.vrb], UInt16.self, high: false)
  }

  static func vmrghw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].merged(p[i.vrb], UInt32.self, high: true)
  }

  static func vmrglw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].merged(p[i.vrb], UInt32.self, high: false)
  }

  static func vmrgew(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector.generate(UInt32.self) { ($0 & 1 == 0 ? p[i.vra] : p[i.vrb])[word: $0 & 2] }
  }

  static func vmrgow(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector.generate(UInt32.self) { ($0 & 1 == 0 ? p[i.vra] : p[i.vrb])[word: $0 | 1] }
  }

  // MARK: splat

  @inline(__always)
  static func vspltb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(repeating: p[i.vrb][byte: Int(i.uim_11)])
  }

  @inline(__always)
  static func vsplth(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(repeating: p[i.vrb][halfword: Int(i.uim_11)])
  }

  @inline(__always)
  static func vspltw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(repeating: p[i.vrb][word: Int(i.uim_11)])
  }

  @inline(__always)
  static func vspltisb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(repeating: Int8(truncatingIfNeeded: i.sim))
  }

  @inline(__always)
  static func vspltish(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(repeating: Int16(truncatingIfNeeded: i.sim))
  }

  @inline(__always)
  static func vspltisw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(repeating: Int32(truncatingIfNeeded: i.sim))
  }

  // MARK: permute

  static func vperm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].permuted(p[i.vrb], by: p[i.vrc])
  }

  static func vpermr(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].permutedRight(p[i.vrb], by: p[i.vrc])
  }

  static func vpermxor(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].permutedXOR(p[i.vrb], by: p[i.vrc])
  }

  static func vbpermq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].bitsPermuted(by: p[i.vrb])
  }

  static func vbpermd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].bitsPermutedInDoublewords(by: p[i.vrb])
  }

  static func vgbbd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vrb].bitsGathered
  }

  static func vgnb(_ p: Processor, _ i: Instruction) {
    p[i.rt] = p[i.vrb].everyBit(stride: Int(i.uim_11 & 7))
  }
}
