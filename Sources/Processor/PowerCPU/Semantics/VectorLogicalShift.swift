import PowerArithmetic
import PowerISA

// Book I 6.8.6, 6.9.3 and 6.9.4: logical, rotate and shift.

extension Semantics {
  // MARK: logical

  @inline(__always)
  static func vand(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra] & p[i.vrb]
  }

  @inline(__always)
  static func vandc(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra] & ~p[i.vrb]
  }

  @inline(__always)
  static func veqv(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = ~(p[i.vra] ^ p[i.vrb])
  }

  @inline(__always)
  static func vnand(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = ~(p[i.vra] & p[i.vrb])
  }

  @inline(__always)
  static func vorc(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra] | ~p[i.vrb]
  }

  @inline(__always)
  static func vnor(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = ~(p[i.vra] | p[i.vrb])
  }

  @inline(__always)
  static func vor(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra] | p[i.vrb]
  }

  @inline(__always)
  static func vxor(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra] ^ p[i.vrb]
  }

  @inline(__always)
  static func vsel(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra] & ~p[i.vrc] | p[i.vrb] & p[i.vrc]
  }

  // MARK: rotate

  static func vrlb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt8.self) { $0.rotatedLeft($1) }
  }

  static func vrlh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt16.self) { $0.rotatedLeft($1) }
  }

  static func vrlw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt32.self) { $0.rotatedLeft($1) }
  }

  static func vrld(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self) { $0.rotatedLeft($1) }
  }

  static func vrlq(_ p: Processor, _ i: Instruction) {
    let count = p[i.vrb].doubleword0 & 127
    p[i.vrt] = Vector(quadword: p[i.vra].quadword.rotatedLeft(UInt128(count)))
  }

  static func vrlwnm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt32.self) { $0.rotatedAndMasked($1, inserting: 0) }
  }

  static func vrlwmi(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], p[i.vrt], UInt32.self) {
      $0.rotatedAndMasked($1, inserting: $2)
    }
  }

  static func vrldnm(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], UInt64.self) { $0.rotatedAndMasked($1, inserting: 0) }
  }

  static func vrldmi(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], p[i.vrt], UInt64.self) {
      $0.rotatedAndMasked($1, inserting: $2)
    }
  }

  static func vrlqnm(_ p: Processor, _ i: Instruction) {
    let control = UInt128(p[i.vrb].doubleword0)
    p[i.vrt] = Vector(quadword: p[i.vra].quadword.rotatedAndMasked(control, inserting: 0))
  }

  static func vrlqmi(_ p: Processor, _ i: Instruction) {
    let control = UInt128(p[i.vrb].doubleword0)
    p[i.vrt] = Vector(
      quadword: p[i.vra].quadword.rotatedAndMasked(control, inserting: p[i.vrt].quadword))
  }

  // MARK: shift

  @inline(__always)
  static func vslb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(bytes: p[i.vra].bytes &<< p[i.vrb].bytes)
  }

  @inline(__always)
  static func vsrb(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(bytes: p[i.vra].bytes &>> p[i.vrb].bytes)
  }

  static func vsrab(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int8.self) { $0 &>> $1 }
  }

  @inline(__always)
  static func vslh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(halfwords: p[i.vra].halfwords &<< p[i.vrb].halfwords)
  }

  @inline(__always)
  static func vsrh(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(halfwords: p[i.vra].halfwords &>> p[i.vrb].halfwords)
  }

  static func vsrah(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int16.self) { $0 &>> $1 }
  }

  @inline(__always)
  static func vslw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(words: p[i.vra].words &<< p[i.vrb].words)
  }

  @inline(__always)
  static func vsrw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(words: p[i.vra].words &>> p[i.vrb].words)
  }

  static func vsraw(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int32.self) { $0 &>> $1 }
  }

  @inline(__always)
  static func vsld(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(doublewords: p[i.vra].doublewords &<< p[i.vrb].doublewords)
  }

  @inline(__always)
  static func vsrd(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(doublewords: p[i.vra].doublewords &>> p[i.vrb].doublewords)
  }

  static func vsrad(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].zip(p[i.vrb], Int64.self) { $0 &>> $1 }
  }

  static func vslq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vra].quadword << UInt128(p[i.vrb].doubleword0 & 127))
  }

  static func vsrq(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vra].quadword >> UInt128(p[i.vrb].doubleword0 & 127))
  }

  static func vsraq(_ p: Processor, _ i: Instruction) {
    let value = Int128(bitPattern: p[i.vra].quadword) >> Int128(p[i.vrb].doubleword0 & 127)
    p[i.vrt] = Vector(quadword: UInt128(bitPattern: value))
  }

  // MARK: shift across the register

  static func vsl(_ p: Processor, _ i: Instruction) {
    // Bytes of VRB that disagree are undefined; the last one counts, as in QEMU.
    p[i.vrt] = Vector(quadword: p[i.vra].quadword << UInt128(p[i.vrb].doubleword1 & 7))
  }

  static func vsr(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vra].quadword >> UInt128(p[i.vrb].doubleword1 & 7))
  }

  static func vslo(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vra].quadword << UInt128(p[i.vrb].doubleword1 & 0x78))
  }

  static func vsro(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = Vector(quadword: p[i.vra].quadword >> UInt128(p[i.vrb].doubleword1 & 0x78))
  }

  static func vslv(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].bytesShiftedLeft(p[i.vrb])
  }

  static func vsrv(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].bytesShiftedRight(p[i.vrb])
  }

  static func vsldoi(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].shiftedLeft(octets: Int(i.shb), filling: p[i.vrb])
  }

  static func vsldbi(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].shiftedLeft(bits: Int(i.sh_23), filling: p[i.vrb])
  }

  static func vsrdbi(_ p: Processor, _ i: Instruction) {
    p[i.vrt] = p[i.vra].shiftedRight(bits: Int(i.sh_23), filling: p[i.vrb])
  }
}
