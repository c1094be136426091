import PowerArithmetic
import PowerISA

// Book I 7.6: VSX logical, permute, splat, insert and mask operations.

extension Semantics {
  // MARK: logical

  @inline(__always)
  static func xxland(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa] & p[i.xb]
  }

  @inline(__always)
  static func xxlandc(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa] & ~p[i.xb]
  }

  @inline(__always)
  static func xxleqv(_ p: Processor, _ i: Instruction) {
    p[i.xt] = ~(p[i.xa] ^ p[i.xb])
  }

  @inline(__always)
  static func xxlnand(_ p: Processor, _ i: Instruction) {
    p[i.xt] = ~(p[i.xa] & p[i.xb])
  }

  @inline(__always)
  static func xxlorc(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa] | ~p[i.xb]
  }

  @inline(__always)
  static func xxlnor(_ p: Processor, _ i: Instruction) {
    p[i.xt] = ~(p[i.xa] | p[i.xb])
  }

  @inline(__always)
  static func xxlor(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa] | p[i.xb]
  }

  @inline(__always)
  static func xxlxor(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa] ^ p[i.xb]
  }

  @inline(__always)
  static func xxsel(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa] & ~p[i.xc] | p[i.xb] & p[i.xc]
  }

  /// IMM, prefix bits 24 to 31, is the truth table of the bits of XA, XB and XC.
  static func xxeval(_ p: Processor, _ i: Instruction) {
    let immediate = UInt128(i.prefixBits(24, 31))
    let (a, b, c) = (p[i.xa].quadword, p[i.xb].quadword, p[i.xc].quadword)
    var result: UInt128 = 0
    for row in 0..<8 as Range<UInt128> where immediate >> (7 - row) & 1 != 0 {
      result |= (row & 4 != 0 ? a : ~a) & (row & 2 != 0 ? b : ~b) & (row & 1 != 0 ? c : ~c)
    }
    p[i.xt] = Vector(quadword: result)
  }

  // MARK: merge, splat, shift, permute

  static func xxmrghw(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].merged(p[i.xb], UInt32.self, high: true)
  }

  static func xxmrglw(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].merged(p[i.xb], UInt32.self, high: false)
  }

  @inline(__always)
  static func xxpermdi(_ p: Processor, _ i: Instruction) {
    let (a, b) = (p[i.xa], p[i.xb])
    p[i.xt] = Vector(
      i.dm & 2 == 0 ? a.doubleword0 : a.doubleword1, i.dm & 1 == 0 ? b.doubleword0 : b.doubleword1)
  }

  @inline(__always)
  static func xxsldwi(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].shiftedLeft(octets: Int(4 * i.shw), filling: p[i.xb])
  }

  @inline(__always)
  static func xxspltw(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(repeating: p[i.xb][word: Int(i.uim_11)])
  }

  @inline(__always)
  static func xxspltib(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(repeating: UInt8(truncatingIfNeeded: i.bits(13, 20)))
  }

  static func xxperm(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].permuted(p[i.xt], by: p[i.xb])
  }

  static func xxpermr(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].permutedRight(p[i.xt], by: p[i.xb])
  }

  /// Bytes whose upper three control bits are not UIM become zero.
  static func xxpermx(_ p: Processor, _ i: Instruction) {
    let section = UInt8(truncatingIfNeeded: i.prefixBits(29, 31))
    let (a, b, control) = (p[i.xa], p[i.xb], p[i.xc])
    p[i.xt] = Vector.generate(UInt8.self) { n in
      control[byte: n] >> 5 == section ? a.byte(Int(control[byte: n] & 31), followedBy: b) : 0
    }
  }

  static func xxblendvb(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].zip(p[i.xb], p[i.xc], Int8.self) { $2 < 0 ? $1 : $0 }
  }

  static func xxblendvh(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].zip(p[i.xb], p[i.xc], Int16.self) { $2 < 0 ? $1 : $0 }
  }

  static func xxblendvw(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].zip(p[i.xb], p[i.xc], Int32.self) { $2 < 0 ? $1 : $0 }
  }

  static func xxblendvd(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xa].zip(p[i.xb], p[i.xc], Int64.self) { $2 < 0 ? $1 : $0 }
  }

  // MARK: bytes reversed

  static func xxbrh(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xb].map(UInt16.self) { $0.byteSwapped }
  }

  static func xxbrw(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xb].map(UInt32.self) { $0.byteSwapped }
  }

  static func xxbrd(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xb].map(UInt64.self) { $0.byteSwapped }
  }

  static func xxbrq(_ p: Processor, _ i: Instruction) {
    p[i.xt] = p[i.xb].map(UInt128.self) { $0.byteSwapped }
  }

  // MARK: words

  static func xxextractuw(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(p[i.xb].bytes(from: Int(i.uim_11 & 15), size: 4), 0)
  }

  static func xxinsertw(_ p: Processor, _ i: Instruction) {
    p[i.xt].insert(UInt64(p[i.xb][word: 1]), at: Int(i.uim_11 & 15), size: 4)
  }

  // MARK: immediates

  @inline(__always)
  static func xxspltiw(_ p: Processor, _ i: Instruction) {
    p[i.xt_15] = Vector(repeating: UInt32(truncatingIfNeeded: i.imm32))
  }

  @inline(__always)
  static func xxspltidp(_ p: Processor, _ i: Instruction) {
    let single = UInt32(truncatingIfNeeded: i.imm32)
    p[i.xt_15] = Vector(repeating: FloatArithmetic.doubleFromSingle(single))
  }

  @inline(__always)
  static func xxsplti32dx(_ p: Processor, _ i: Instruction) {
    let first = Int(i.bits(14, 14))
    p[i.xt_15][word: first] = UInt32(truncatingIfNeeded: i.imm32)
    p[i.xt_15][word: first + 2] = UInt32(truncatingIfNeeded: i.imm32)
  }

  static func lxvkq(_ p: Processor, _ i: Instruction) {
    guard let value = quadConstants[Int(i.bits(16, 20))] else { return p.illegal() }
    p[i.xt] = Vector(value, 0)
  }

  /// Doubleword 0 of the quad-precision values `lxvkq` knows, by UIM.
  private static let quadConstants: [UInt64?] = [
    // none, 1 to 7, infinity, default NaN
    nil, 0x3FFF << 48, 0x4000 << 48, 0x40008 << 44, 0x4001 << 48, 0x40014 << 44, 0x40018 << 44,
    0x4001C << 44, 0x7FFF << 48, 0x7FFF8 << 44, nil, nil, nil, nil, nil, nil,
    // -0, -1 to -7, -infinity
    0x8000 << 48, 0xBFFF << 48, 0xC000 << 48, 0xC0008 << 44, 0xC001 << 48, 0xC0014 << 44,
    0xC0018 << 44, 0xC001C << 44, 0xFFFF << 48, nil, nil, nil, nil, nil, nil, nil,
  ]

  // MARK: masks

  static func xvtlsbb(_ p: Processor, _ i: Instruction) {
    let bits = p[i.xb].map(UInt8.self) { $0 << 7 }.signs(UInt8.self)
    p[i.bf] = bits == 0xFFFF ? 8 : bits == 0 ? 2 : 0
  }

  static func xxgenpcvbm(_ p: Processor, _ i: Instruction) {
    guard i.uim_11 < 4 else { return p.illegal() }
    p[i.xt] = permuteControl(p[i.vrb].signs(UInt8.self), size: 1, mode: i.uim_11)
  }

  static func xxgenpcvhm(_ p: Processor, _ i: Instruction) {
    guard i.uim_11 < 4 else { return p.illegal() }
    p[i.xt] = permuteControl(p[i.vrb].signs(UInt16.self), size: 2, mode: i.uim_11)
  }

  static func xxgenpcvwm(_ p: Processor, _ i: Instruction) {
    guard i.uim_11 < 4 else { return p.illegal() }
    p[i.xt] = permuteControl(p[i.vrb].signs(UInt32.self), size: 4, mode: i.uim_11)
  }

  static func xxgenpcvdm(_ p: Processor, _ i: Instruction) {
    guard i.uim_11 < 4 else { return p.illegal() }
    p[i.xt] = permuteControl(p[i.vrb].signs(UInt64.self), size: 8, mode: i.uim_11)
  }

  /// The control vector that expands (`mode` 0, 2) or compresses (1, 3) the elements whose sign
  /// bit is one; modes 2 and 3 number the elements from the right, for little-endian use.
  private static func permuteControl(_ signs: UInt64, size: Int, mode: UInt64) -> Vector {
    let count = 16 / size
    let fromRight = mode & 2 != 0
    var result = Vector.zero
    /// Element `n` names the bytes from `first`.
    func set(_ n: Int, _ first: Int) {
      for k in 0..<size {
        let byte = fromRight ? 15 - (n * size + k) : n * size + k
        result[byte: byte] = UInt8(truncatingIfNeeded: first + k)
      }
    }
    var selected = 0
    for n in 0..<count {
      let isSelected = signs >> UInt64(fromRight ? n : count - 1 - n) & 1 != 0
      if mode & 1 != 0 {
        if isSelected { set(selected, n * size) }
      } else {
        set(n, isSelected ? selected * size : 16 + n * size)
      }
      if isSelected { selected += 1 }
    }
    return result
  }
}
