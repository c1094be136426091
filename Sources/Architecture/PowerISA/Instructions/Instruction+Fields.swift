// The instruction fields of Power ISA 3.1, Book I 1.6.3, under the books' names in Swift case.
// `rc` is the record bit Rc; the register operand RC is `registerC`.

extension Instruction {
  // MARK: registers
  @inlinable public var rt: GPR { @inline(__always) get { GPR(rawValue >> 21) } }
  @inlinable public var rs: GPR { @inline(__always) get { GPR(rawValue >> 21) } }
  @inlinable public var ra: GPR { @inline(__always) get { GPR(rawValue >> 16) } }
  @inlinable public var rb: GPR { @inline(__always) get { GPR(rawValue >> 11) } }
  @inlinable public var registerC: GPR { @inline(__always) get { GPR(rawValue >> 6) } }

  @inlinable public var frt: FPR { @inline(__always) get { FPR(rawValue >> 21) } }
  @inlinable public var frs: FPR { @inline(__always) get { FPR(rawValue >> 21) } }
  @inlinable public var fra: FPR { @inline(__always) get { FPR(rawValue >> 16) } }
  @inlinable public var frb: FPR { @inline(__always) get { FPR(rawValue >> 11) } }
  @inlinable public var frc: FPR { @inline(__always) get { FPR(rawValue >> 6) } }

  @inlinable public var vrt: VR { @inline(__always) get { VR(rawValue >> 21) } }
  @inlinable public var vrs: VR { @inline(__always) get { VR(rawValue >> 21) } }
  @inlinable public var vra: VR { @inline(__always) get { VR(rawValue >> 16) } }
  @inlinable public var vrb: VR { @inline(__always) get { VR(rawValue >> 11) } }
  @inlinable public var vrc: VR { @inline(__always) get { VR(rawValue >> 6) } }

  /// XT or XS of the XX1 to XX4 forms: TX in bit 31.
  @inlinable public var xt: VSR {
    @inline(__always) get { VSR((rawValue & 1) << 5 | bits(6, 10)) }
  }
  @inlinable public var xs: VSR { @inline(__always) get { xt } }
  /// XA: AX in bit 29.
  @inlinable public var xa: VSR { @inline(__always) get { VSR(bits(29, 29) << 5 | bits(11, 15)) } }
  /// XB: BX in bit 30.
  @inlinable public var xb: VSR { @inline(__always) get { VSR(bits(30, 30) << 5 | bits(16, 20)) } }
  /// XC: CX in bit 28.
  @inlinable public var xc: VSR { @inline(__always) get { VSR(bits(28, 28) << 5 | bits(21, 25)) } }
  /// XT or XS of the DQ form (`lxv`): TX in bit 28.
  @inlinable public var xtDQ: VSR {
    @inline(__always) get { VSR(bits(28, 28) << 5 | bits(6, 10)) }
  }
  /// XTp or XSp (`lxvp`): an even register, TX in bit 10.
  @inlinable public var xtp: VSR {
    @inline(__always) get { VSR(bits(10, 10) << 5 | bits(6, 9) << 1) }
  }
  /// XT of `plxv` and `pstxv`: TX in bit 5 of the suffix.
  @inlinable public var xt5: VSR { @inline(__always) get { VSR(bits(5, 10)) } }
  /// XT of the 8RR form: TX in bit 15.
  @inlinable public var xt8RR: VSR {
    @inline(__always) get { VSR(bits(15, 15) << 5 | bits(6, 10)) }
  }
  /// Accumulator AT or AS, 0 to 7.
  @inlinable public var at: Int { @inline(__always) get { Int(bits(6, 8)) } }

  // MARK: condition register
  @inlinable public var bf: CRField { @inline(__always) get { CRField(bits(6, 8)) } }
  @inlinable public var bfa: CRField { @inline(__always) get { CRField(bits(11, 13)) } }
  @inlinable public var bt: CRBit { @inline(__always) get { CRBit(bits(6, 10)) } }
  @inlinable public var ba: CRBit { @inline(__always) get { CRBit(bits(11, 15)) } }
  @inlinable public var bb: CRBit { @inline(__always) get { CRBit(bits(16, 20)) } }
  @inlinable public var bi: CRBit { @inline(__always) get { CRBit(bits(11, 15)) } }
  /// BC of `isel`.
  @inlinable public var bc: CRBit { @inline(__always) get { CRBit(bits(21, 25)) } }
  @inlinable public var bo: UInt64 { @inline(__always) get { bits(6, 10) } }
  @inlinable public var bh: UInt64 { @inline(__always) get { bits(19, 20) } }
  @inlinable public var fxm: UInt64 { @inline(__always) get { bits(12, 19) } }

  // MARK: flags
  /// Record: set CR0, CR1 or CR6.
  @inlinable public var rc: Bool { @inline(__always) get { rawValue & 1 != 0 } }
  /// Rc of the VC form (bit 21).
  @inlinable public var vectorRc: Bool { @inline(__always) get { bits(21, 21) != 0 } }
  @inlinable public var oe: Bool { @inline(__always) get { bits(21, 21) != 0 } }
  @inlinable public var aa: Bool { @inline(__always) get { bits(30, 30) != 0 } }
  @inlinable public var lk: Bool { @inline(__always) get { rawValue & 1 != 0 } }
  /// L of compares, bit 10.
  @inlinable public var l10: Bool { @inline(__always) get { bits(10, 10) != 0 } }
  /// R of the prefix: the address is relative to the instruction's own.
  @inlinable public var prefixR: Bool { @inline(__always) get { prefixBits(11, 11) != 0 } }

  // MARK: immediates
  @inlinable public var si: Int64 { @inline(__always) get { signedBits(16, 31) } }
  @inlinable public var ui: UInt64 { @inline(__always) get { bits(16, 31) } }
  /// D of the D form.
  @inlinable public var d: Int64 { @inline(__always) get { signedBits(16, 31) } }
  /// DS times 4.
  @inlinable public var ds: Int64 { @inline(__always) get { signedBits(16, 31) & ~3 } }
  /// DQ times 16.
  @inlinable public var dq: Int64 { @inline(__always) get { signedBits(16, 31) & ~15 } }
  /// d0||d1||d2 of the DX form (`addpcis`).
  @inlinable public var dx: Int64 {
    @inline(__always) get { signedBits(16, 25) << 6 | Int64(bits(11, 15) << 1 | bits(31, 31)) }
  }
  /// d0||d1 of the MLS and 8LS prefixed forms: 34 bits, signed.
  @inlinable public var d34: Int64 {
    @inline(__always) get {
      Int64(bitPattern: prefixBits(14, 31) << 46) >> 30 | Int64(bits(16, 31))
    }
  }
  /// BD times 4.
  @inlinable public var bd: Int64 { @inline(__always) get { signedBits(16, 31) & ~3 } }
  /// LI times 4.
  @inlinable public var li: Int64 { @inline(__always) get { signedBits(6, 31) & ~3 } }

  // MARK: shifts, masks, small numbers
  @inlinable public var sh: UInt64 { @inline(__always) get { bits(16, 20) } }
  /// The 6-bit shift of the MD and XS forms.
  @inlinable public var sh6: UInt64 {
    @inline(__always) get { bits(30, 30) << 5 | bits(16, 20) }
  }
  @inlinable public var mb: UInt64 { @inline(__always) get { bits(21, 25) } }
  @inlinable public var me: UInt64 { @inline(__always) get { bits(26, 30) } }
  /// The 6-bit mask bound of the MD and MDS forms.
  @inlinable public var mb6: UInt64 {
    @inline(__always) get { bits(26, 26) << 5 | bits(21, 25) }
  }
  @inlinable public var to: UInt64 { @inline(__always) get { bits(6, 10) } }
  /// NB of the string forms, 0 meaning 32.
  @inlinable public var nb: UInt64 { @inline(__always) get { bits(16, 20) } }
  /// The SPR number, its halves swapped back.
  @inlinable public var spr: Int {
    @inline(__always) get { Int(bits(16, 20) << 5 | bits(11, 15)) }
  }
  /// UIM or SIM of the VX form, bits 11 to 15.
  @inlinable public var uim5: UInt64 { @inline(__always) get { bits(11, 15) } }
  @inlinable public var sim5: Int64 { @inline(__always) get { signedBits(11, 15) } }
  @inlinable public var shb: UInt64 { @inline(__always) get { bits(22, 25) } }
  @inlinable public var dm: UInt64 { @inline(__always) get { bits(22, 23) } }
  @inlinable public var shw: UInt64 { @inline(__always) get { bits(22, 23) } }
  /// DCMX of `xststdc…`: 7 bits.
  @inlinable public var dcmx: UInt64 { @inline(__always) get { bits(9, 15) } }
  /// DCMX of `xvtstdc…`: dc||dm||dx.
  @inlinable public var dcmxVector: UInt64 {
    @inline(__always) get { bits(25, 25) << 6 | bits(29, 29) << 5 | bits(11, 15) }
  }
  /// SH of `vsldbi` and `vsrdbi`, in bits.
  @inlinable public var shBits: UInt64 { @inline(__always) get { bits(23, 25) } }
  /// imm0||imm1 of the 8RR form.
  @inlinable public var imm32: UInt32 {
    @inline(__always) get {
      UInt32(truncatingIfNeeded: prefixBits(16, 31) << 16 | bits(16, 31))
    }
  }
  /// b0||b1||b2 of `mtvsrbmi`.
  @inlinable public var byteMask: UInt64 {
    @inline(__always) get { bits(16, 25) << 6 | bits(11, 15) << 1 | bits(31, 31) }
  }
}
