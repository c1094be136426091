import PowerArithmetic
import PowerISA

// Book I 7.6: VSX rounding to integral values and conversion, scalar and vector.
extension Processor {
  /// A scalar conversion to an integer; FPRF is undefined and stays.
  fileprivate func scalarToInteger(
    _ i: Instruction, _ format: FloatArithmetic.IntegerFormat
  ) {
    let result = DoubleFloat.truncate(self[i.xb].doubleword0, to: format)
    // A word goes to both words of the doubleword.
    let value = format.bits == 32 ? result.doubleword &* 0x1_0000_0001 : result.doubleword
    deliver(Vector(value, 0), result.status, i.xt, StatusFields.inexact)
  }

  fileprivate func scalarFromInteger(
    _ i: Instruction, _ format: FloatArithmetic.IntegerFormat, _ shape: FloatShape
  ) {
    deliver(
      FloatArithmetic.fromInteger(
        UInt128(self[i.xb].doubleword0), format, shape, floatControl), i.xt)
  }

  /// Converts each of `count` elements; `source` picks an element's operand and `place` puts its
  /// result.
  @inline(__always)
  fileprivate func elements(
    _ i: Instruction, _ count: Int, _ convert: (Vector, Int) -> FloatResult,
    _ place: (inout Vector, Int, FloatResult) -> Void
  ) {
    let source = self[i.xb]
    var value = Vector.zero
    var status: FloatStatus = []
    for n in 0..<count {
      let result = convert(source, n)
      place(&value, n, result)
      status.formUnion(result.status)
    }
    deliverVector(value, status, i.xt)
  }

  fileprivate func doublesToDoublewords(
    _ i: Instruction, _ format: FloatArithmetic.IntegerFormat
  ) {
    elements(i, 2) {
      FloatArithmetic.toInteger(UInt128($0[doubleword: $1]), .double, format, .towardZero)
    } _: {
      $0[doubleword: $1] = $2.doubleword
    }
  }

  /// Each word goes to both words of its doubleword.
  fileprivate func doublesToWords(_ i: Instruction, _ format: FloatArithmetic.IntegerFormat) {
    elements(i, 2) {
      FloatArithmetic.toInteger(UInt128($0[doubleword: $1]), .double, format, .towardZero)
    } _: {
      $0[doubleword: $1] = $2.doubleword &* 0x1_0000_0001
    }
  }

  /// Of the even words.
  fileprivate func singlesToDoublewords(
    _ i: Instruction, _ format: FloatArithmetic.IntegerFormat
  ) {
    elements(i, 2) {
      FloatArithmetic.toInteger(UInt128($0[word: 2 * $1]), .single, format, .towardZero)
    } _: {
      $0[doubleword: $1] = $2.doubleword
    }
  }

  fileprivate func singlesToWords(_ i: Instruction, _ format: FloatArithmetic.IntegerFormat) {
    elements(i, 4) {
      FloatArithmetic.toInteger(UInt128($0[word: $1]), .single, format, .towardZero)
    } _: {
      $0[word: $1] = $2.word
    }
  }

  fileprivate func doublewordsToDoubles(
    _ i: Instruction, _ format: FloatArithmetic.IntegerFormat
  ) {
    let control = floatControl
    elements(i, 2) {
      FloatArithmetic.fromInteger(UInt128($0[doubleword: $1]), format, .double, control)
    } _: {
      $0[doubleword: $1] = $2.doubleword
    }
  }

  /// To both words of each doubleword.
  fileprivate func doublewordsToSingles(
    _ i: Instruction, _ format: FloatArithmetic.IntegerFormat
  ) {
    let control = floatControl
    elements(i, 2) {
      FloatArithmetic.fromInteger(UInt128($0[doubleword: $1]), format, .single, control)
    } _: {
      $0[doubleword: $1] = $2.doubleword &* 0x1_0000_0001
    }
  }

  /// Of the even words.
  fileprivate func wordsToDoubles(_ i: Instruction, _ format: FloatArithmetic.IntegerFormat) {
    let control = floatControl
    elements(i, 2) {
      FloatArithmetic.fromInteger(UInt128($0[word: 2 * $1]), format, .double, control)
    } _: {
      $0[doubleword: $1] = $2.doubleword
    }
  }

  fileprivate func wordsToSingles(_ i: Instruction, _ format: FloatArithmetic.IntegerFormat) {
    let control = floatControl
    elements(i, 4) {
      FloatArithmetic.fromInteger(UInt128($0[word: $1]), format, .single, control)
    } _: {
      $0[word: $1] = $2.word
    }
  }

  fileprivate func round(_ i: Instruction, _ rounding: FloatRounding, inexact: Bool = false) {
    deliver(
      FloatArithmetic.roundToIntegral(
        UInt128(self[i.xb].doubleword0), .double, rounding, inexact: inexact), i.xt)
  }

  fileprivate func roundDoubles(
    _ i: Instruction, _ rounding: FloatRounding, inexact: Bool = false
  ) {
    doubles(i.xt, self[i.xb], self[i.xb]) { b, _ in
      FloatArithmetic.roundToIntegral(UInt128(b), .double, rounding, inexact: inexact)
    }
  }

  fileprivate func roundSingles(
    _ i: Instruction, _ rounding: FloatRounding, inexact: Bool = false
  ) {
    singles(i.xt, self[i.xb], self[i.xb]) { b, _ in
      FloatArithmetic.roundToIntegral(UInt128(b), .single, rounding, inexact: inexact)
    }
  }
}

extension Semantics {
  // MARK: rounding to integral values

  static func xsrdpi(_ p: Processor, _ i: Instruction) { p.round(i, .nearestAway) }
  static func xsrdpiz(_ p: Processor, _ i: Instruction) { p.round(i, .towardZero) }
  static func xsrdpip(_ p: Processor, _ i: Instruction) { p.round(i, .towardPlusInfinity) }
  static func xsrdpim(_ p: Processor, _ i: Instruction) { p.round(i, .towardMinusInfinity) }
  static func xsrdpic(_ p: Processor, _ i: Instruction) {
    p.round(i, p.floatControl.rounding, inexact: true)
  }
  static func xvrdpi(_ p: Processor, _ i: Instruction) { p.roundDoubles(i, .nearestAway) }
  static func xvrdpiz(_ p: Processor, _ i: Instruction) { p.roundDoubles(i, .towardZero) }
  static func xvrdpip(_ p: Processor, _ i: Instruction) { p.roundDoubles(i, .towardPlusInfinity) }
  static func xvrdpim(_ p: Processor, _ i: Instruction) { p.roundDoubles(i, .towardMinusInfinity) }
  static func xvrdpic(_ p: Processor, _ i: Instruction) {
    p.roundDoubles(i, p.floatControl.rounding, inexact: true)
  }
  static func xvrspi(_ p: Processor, _ i: Instruction) { p.roundSingles(i, .nearestAway) }
  static func xvrspiz(_ p: Processor, _ i: Instruction) { p.roundSingles(i, .towardZero) }
  static func xvrspip(_ p: Processor, _ i: Instruction) { p.roundSingles(i, .towardPlusInfinity) }
  static func xvrspim(_ p: Processor, _ i: Instruction) { p.roundSingles(i, .towardMinusInfinity) }
  static func xvrspic(_ p: Processor, _ i: Instruction) {
    p.roundSingles(i, p.floatControl.rounding, inexact: true)
  }

  // MARK: scalars and integers

  static func xscvdpsxds(_ p: Processor, _ i: Instruction) {
    p.scalarToInteger(i, .signedDoubleword)
  }
  static func xscvdpuxds(_ p: Processor, _ i: Instruction) {
    p.scalarToInteger(i, .unsignedDoubleword)
  }
  static func xscvdpsxws(_ p: Processor, _ i: Instruction) {
    p.scalarToInteger(i, .signedWord)
  }
  static func xscvdpuxws(_ p: Processor, _ i: Instruction) {
    p.scalarToInteger(i, .unsignedWord)
  }
  static func xscvsxddp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      DoubleFloat.fromSignedDoubleword(p[i.xb].doubleword0, p.floatControl), i.xt)
  }
  static func xscvuxddp(_ p: Processor, _ i: Instruction) {
    p.scalarFromInteger(i, .unsignedDoubleword, .double)
  }
  static func xscvsxdsp(_ p: Processor, _ i: Instruction) {
    p.scalarFromInteger(i, .signedDoubleword, .doubleToSingle)
  }
  static func xscvuxdsp(_ p: Processor, _ i: Instruction) {
    p.scalarFromInteger(i, .unsignedDoubleword, .doubleToSingle)
  }

  // MARK: vectors and integers

  static func xvcvdpsxds(_ p: Processor, _ i: Instruction) {
    p.doublesToDoublewords(i, .signedDoubleword)
  }
  static func xvcvdpuxds(_ p: Processor, _ i: Instruction) {
    p.doublesToDoublewords(i, .unsignedDoubleword)
  }
  static func xvcvdpsxws(_ p: Processor, _ i: Instruction) { p.doublesToWords(i, .signedWord) }
  static func xvcvdpuxws(_ p: Processor, _ i: Instruction) { p.doublesToWords(i, .unsignedWord) }
  static func xvcvspsxds(_ p: Processor, _ i: Instruction) {
    p.singlesToDoublewords(i, .signedDoubleword)
  }
  static func xvcvspuxds(_ p: Processor, _ i: Instruction) {
    p.singlesToDoublewords(i, .unsignedDoubleword)
  }
  static func xvcvspsxws(_ p: Processor, _ i: Instruction) { p.singlesToWords(i, .signedWord) }
  static func xvcvspuxws(_ p: Processor, _ i: Instruction) { p.singlesToWords(i, .unsignedWord) }
  static func xvcvsxddp(_ p: Processor, _ i: Instruction) {
    p.doublewordsToDoubles(i, .signedDoubleword)
  }
  static func xvcvuxddp(_ p: Processor, _ i: Instruction) {
    p.doublewordsToDoubles(i, .unsignedDoubleword)
  }
  static func xvcvsxdsp(_ p: Processor, _ i: Instruction) {
    p.doublewordsToSingles(i, .signedDoubleword)
  }
  static func xvcvuxdsp(_ p: Processor, _ i: Instruction) {
    p.doublewordsToSingles(i, .unsignedDoubleword)
  }
  static func xvcvsxwdp(_ p: Processor, _ i: Instruction) { p.wordsToDoubles(i, .signedWord) }
  static func xvcvuxwdp(_ p: Processor, _ i: Instruction) { p.wordsToDoubles(i, .unsignedWord) }
  static func xvcvsxwsp(_ p: Processor, _ i: Instruction) { p.wordsToSingles(i, .signedWord) }
  static func xvcvuxwsp(_ p: Processor, _ i: Instruction) { p.wordsToSingles(i, .unsignedWord) }

  // MARK: between floating-point formats

  static func xsrsp(_ p: Processor, _ i: Instruction) {
    p.deliver(SingleResultFloat.round(p[i.xb].doubleword0, p.floatControl), i.xt)
  }

  /// The single goes to both words of doubleword 0.
  static func xscvdpsp(_ p: Processor, _ i: Instruction) {
    let result = FloatArithmetic.convert(
      UInt128(p[i.xb].doubleword0), .conversion(from: .double, to: .single), p.floatControl)
    p.deliver(Vector(result.doubleword &* 0x1_0000_0001, 0), result.status, i.xt)
  }
  static func xscvspdp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.convert(
        UInt128(p[i.xb][word: 0]), .conversion(from: .single, to: .double), p.floatControl),
      i.xt)
  }
  /// Without exceptions: as `stfs` and `lfs` convert.
  static func xscvdpspn(_ p: Processor, _ i: Instruction) {
    let word = FloatArithmetic.singleFromDouble(p[i.xb].doubleword0)
    p[i.xt] = Vector(UInt64(word) &* 0x1_0000_0001, 0)
  }
  static func xscvspdpn(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(FloatArithmetic.doubleFromSingle(p[i.xb][word: 0]), 0)
  }
  /// A half is the least significant halfword of its element.
  static func xscvdphp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.convert(
        UInt128(p[i.xb].doubleword0), .conversion(from: .double, to: .half), p.floatControl),
      i.xt)
  }
  static func xscvhpdp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.convert(
        UInt128(p[i.xb][halfword: 3]), .conversion(from: .half, to: .double), p.floatControl),
      i.xt)
  }

  /// Each single goes to both words of its doubleword.
  static func xvcvdpsp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.elements(i, 2) {
      FloatArithmetic.convert(
        UInt128($0[doubleword: $1]), .conversion(from: .double, to: .single), control)
    } _: {
      $0[doubleword: $1] = $2.doubleword &* 0x1_0000_0001
    }
  }
  static func xvcvspdp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.elements(i, 2) {
      FloatArithmetic.convert(
        UInt128($0[word: 2 * $1]), .conversion(from: .single, to: .double), control)
    } _: {
      $0[doubleword: $1] = $2.doubleword
    }
  }
  static func xvcvhpsp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.elements(i, 4) {
      FloatArithmetic.convert(
        UInt128($0[halfword: 2 * $1 + 1]), .conversion(from: .half, to: .single), control)
    } _: {
      $0[word: $1] = $2.word
    }
  }
  static func xvcvsphp(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.elements(i, 4) {
      FloatArithmetic.convert(
        UInt128($0[word: $1]), .conversion(from: .single, to: .half), control)
    } _: {
      $0[word: $1] = $2.word
    }
  }
  static func xvcvspbf16(_ p: Processor, _ i: Instruction) {
    let control = p.floatControl
    p.elements(i, 4) {
      FloatArithmetic.convert(
        UInt128($0[word: $1]), .conversion(from: .single, to: .bfloat16), control)
    } _: {
      $0[word: $1] = $2.word
    }
  }
  static func xvcvbf16spn(_ p: Processor, _ i: Instruction) {
    p[i.xt] = Vector(words: p[i.xb].words &<< 16)
  }
}
