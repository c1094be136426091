import PowerArithmetic
import PowerISA

// Book I 6.10: VMX floating point on single-precision elements. It rounds to nearest, raises no
// exceptions and does not use the FPSCR; VSCR[NJ] makes zeros of denormal operands and results.
extension Processor {
  fileprivate var flushesDenormals: Bool { state.pointee.vscr & 0x1_0000 != 0 }

  fileprivate var vectorControl: FloatControl {
    FloatControl(.nearestEven, flushesDenormals: flushesDenormals)
  }

  /// An operand's elements as NJ has them.
  fileprivate func operand(_ register: VR) -> Vector {
    var value = self[register]
    guard flushesDenormals else { return value }
    for n in 0..<4 where value[word: n] & 0x7F80_0000 == 0 {
      value[word: n] &= 0x8000_0000
    }
    return value
  }

  @inline(__always)
  fileprivate func elements(
    _ i: Instruction, _ operation: (UInt32, UInt32) -> UInt32
  ) {
    let (a, b) = (operand(i.vra), operand(i.vrb))
    var value = Vector.zero
    for n in 0..<4 { value[word: n] = operation(a[word: n], b[word: n]) }
    self[i.vrt] = value
  }

  @inline(__always)
  fileprivate func elements(_ i: Instruction, _ operation: (UInt32) -> UInt32) {
    var value = operand(i.vrb)
    for n in 0..<4 { value[word: n] = operation(value[word: n]) }
    self[i.vrt] = value
  }

  fileprivate func fused(_ operation: FloatArithmetic.MultiplyAdd, _ i: Instruction) {
    let (a, b, c) = (operand(i.vra), operand(i.vrb), operand(i.vrc))
    let control = vectorControl
    var value = Vector.zero
    for n in 0..<4 {
      value[word: n] =
        SingleFloat.multiplyAdd(operation, a[word: n], c[word: n], plus: b[word: n], control).word
    }
    self[i.vrt] = value
  }

  fileprivate func roundElements(_ i: Instruction, _ rounding: FloatRounding) {
    elements(i) {
      FloatArithmetic.roundToIntegral(UInt128($0), .single, rounding, inexact: false).word
    }
  }

  /// Multiplies by 2^UIM, truncates and saturates with VSCR[SAT]; a NaN gives 0.
  fileprivate func toWords(_ i: Instruction, _ format: FloatArithmetic.IntegerFormat) {
    var value = operand(i.vrb)
    var saturated = false
    for n in 0..<4 {
      let bits = value[word: n]
      if bits & 0x7FFF_FFFF > 0x7F80_0000 {
        value[word: n] = 0
        continue
      }
      // The product is exact in double format.
      let wide = FloatArithmetic.doubleFromSingle(bits)
      let isScaled = wide << 1 != 0 && bits & 0x7F80_0000 != 0x7F80_0000
      let scaled = isScaled ? wide &+ i.uim_11 << 52 : wide
      let result = FloatArithmetic.toInteger(UInt128(scaled), .double, format, .towardZero)
      saturated = saturated || result.status.contains(.vxcvi)
      value[word: n] = result.word
    }
    self[i.vrt] = value
    if saturated { state.pointee.vscr |= 1 }
  }

  /// Divides by 2^UIM.
  fileprivate func fromWords(_ i: Instruction, _ format: FloatArithmetic.IntegerFormat) {
    var value = self[i.vrb]
    for n in 0..<4 {
      let bits = FloatArithmetic.fromInteger(
        UInt128(value[word: n]), format, .single, FloatControl()
      ).word
      // At least 1 in magnitude and divided by 2^31 at most: normal.
      value[word: n] = bits == 0 ? 0 : bits &- UInt32(truncatingIfNeeded: i.uim_11 << 23)
    }
    self[i.vrt] = value
  }

  fileprivate func compare(_ i: Instruction, _ holds: (FloatOrder) -> Bool) {
    let (a, b) = (operand(i.vra), operand(i.vrb))
    var value = Vector.zero
    for n in 0..<4 {
      let order = FloatArithmetic.compare(
        UInt128(a[word: n]), UInt128(b[word: n]), ordered: false, invalidEnabled: false, .single
      ).order
      value[word: n] = holds(order) ? ~0 : 0
    }
    self[i.vrt] = value
    if i.rc_21 {
      self[.cr6] = value.quadword == ~0 ? 8 : value.quadword == 0 ? 2 : 0
    }
  }
}

extension Semantics {
  // MARK: arithmetic

  static func vaddfp(_ p: Processor, _ i: Instruction) {
    let control = p.vectorControl
    p.elements(i) { SingleFloat.add($0, $1, control).word }
  }
  static func vsubfp(_ p: Processor, _ i: Instruction) {
    let control = p.vectorControl
    p.elements(i) { SingleFloat.subtract($0, $1, control).word }
  }
  static func vmaddfp(_ p: Processor, _ i: Instruction) { p.fused(.add, i) }
  static func vnmsubfp(_ p: Processor, _ i: Instruction) { p.fused(.negativeSubtract, i) }
  static func vmaxfp(_ p: Processor, _ i: Instruction) {
    p.elements(i) {
      FloatArithmetic.extremum(.vector, maximum: true, UInt128($0), UInt128($1), .single).word
    }
  }
  static func vminfp(_ p: Processor, _ i: Instruction) {
    p.elements(i) {
      FloatArithmetic.extremum(.vector, maximum: false, UInt128($0), UInt128($1), .single).word
    }
  }

  // MARK: rounding and conversion

  static func vrfin(_ p: Processor, _ i: Instruction) { p.roundElements(i, .nearestEven) }
  static func vrfiz(_ p: Processor, _ i: Instruction) { p.roundElements(i, .towardZero) }
  static func vrfip(_ p: Processor, _ i: Instruction) { p.roundElements(i, .towardPlusInfinity) }
  static func vrfim(_ p: Processor, _ i: Instruction) {
    p.roundElements(i, .towardMinusInfinity)
  }
  static func vctsxs(_ p: Processor, _ i: Instruction) { p.toWords(i, .signedWord) }
  static func vctuxs(_ p: Processor, _ i: Instruction) { p.toWords(i, .unsignedWord) }
  static func vcfsx(_ p: Processor, _ i: Instruction) { p.fromWords(i, .signedWord) }
  static func vcfux(_ p: Processor, _ i: Instruction) { p.fromWords(i, .unsignedWord) }

  // MARK: comparison

  static func vcmpeqfp(_ p: Processor, _ i: Instruction) { p.compare(i) { $0 == .equal } }
  static func vcmpgtfp(_ p: Processor, _ i: Instruction) { p.compare(i) { $0 == .greater } }
  static func vcmpgefp(_ p: Processor, _ i: Instruction) {
    p.compare(i) { $0 == .greater || $0 == .equal }
  }

  /// Bit 0 of an element: above VRB; bit 1: below -VRB; a NaN is both.
  static func vcmpbfp(_ p: Processor, _ i: Instruction) {
    let (a, b) = (p.operand(i.vra), p.operand(i.vrb))
    var value = Vector.zero
    for n in 0..<4 {
      let x = Float(bitPattern: a[word: n])
      let bound = Float(bitPattern: b[word: n])
      value[word: n] = (x <= bound ? 0 : 0x8000_0000) | (x >= -bound ? 0 : 0x4000_0000)
    }
    p[i.vrt] = value
    if i.rc_21 { p[.cr6] = value.quadword == 0 ? 2 : 0 }
  }

  // MARK: estimates

  static func vrefp(_ p: Processor, _ i: Instruction) {
    let control = p.vectorControl
    p.elements(i) { FloatArithmetic.reciprocalEstimate(UInt128($0), .single, control).word }
  }
  static func vrsqrtefp(_ p: Processor, _ i: Instruction) {
    let control = p.vectorControl
    p.elements(i) {
      FloatArithmetic.reciprocalSquareRootEstimate(UInt128($0), .single, control).word
    }
  }
  static func vexptefp(_ p: Processor, _ i: Instruction) {
    let control = p.vectorControl
    p.elements(i) { FloatArithmetic.exponentialEstimate($0, control) }
  }
  static func vlogefp(_ p: Processor, _ i: Instruction) {
    let control = p.vectorControl
    p.elements(i) { FloatArithmetic.logarithmEstimate($0, control) }
  }
}
