import HostSupport
import PowerArithmetic
import Testing

/// The exact arithmetic against the host's, result and every flag, in its four rounding modes.
@Suite struct FloatAgainstHostTests {
  static let roundings: [FloatRounding] = [
    .nearestEven, .towardZero, .towardPlusInfinity, .towardMinusInfinity,
  ]

  /// An addend that cancels the product but for its last bits.
  private func canceling(_ product: UInt128, _ operands: inout FloatOperands) -> UInt128 {
    product ^ (1 << (operands.format.width - 1)) ^ UInt128(operands.next64() & 3)
  }

  @Test(arguments: HostArithmetic.Operation.allCases, [FloatFormat.double, .single])
  func specialOperands(_ operation: HostArithmetic.Operation, _ format: FloatFormat) {
    let host = HostArithmetic()
    defer { host.release() }
    let operands = FloatOperands(format, seed: 1).special
    for rounding in Self.roundings {
      for a in operands {
        for b in operation == .squareRoot ? [0] : operands {
          for c in operation == .multiplyAdd ? operands : [0] {
            let problem = host.disagreement(operation, a, b, c, format, rounding)
            #expect(
              problem == nil,
              "\(operation) \(rounding) \(a.hexDigits()) \(b.hexDigits()) \(c.hexDigits())")
          }
        }
      }
    }
  }

  @Test(arguments: HostArithmetic.Operation.allCases, [FloatFormat.double, .single])
  func randomOperands(_ operation: HostArithmetic.Operation, _ format: FloatFormat) {
    let host = HostArithmetic()
    defer { host.release() }
    var operands = FloatOperands(format, seed: 2)
    for index in 0..<40_000 {
      let (a, b) = operands.randomPair()
      var c = operands.random()
      let rounding = Self.roundings[index & 3]
      if operation == .multiplyAdd && index & 4 == 0 {
        let product =
          format == .double
          ? host.double(.multiply, a, b, 0, .towardZero)
          : host.single(.multiply, a, b, 0, .towardZero)
        c = canceling(product.bits, &operands)
      }
      let problem = host.disagreement(operation, a, b, c, format, rounding)
      #expect(
        problem == nil,
        "\(operation) \(rounding) \(a.hexDigits()) \(b.hexDigits()) \(c.hexDigits())")
    }
  }

  /// The fast path, where it answers at all, answers as the exact one does to the last flag.
  @Test(arguments: HostArithmetic.Operation.allCases, [false, true])
  func fastPath(_ operation: HostArithmetic.Operation, single: Bool) {
    let host = HostArithmetic()
    defer { host.release() }
    var doubles = FloatOperands(.double, seed: 3)
    var singles = FloatOperands(.single, seed: 4)
    let shape: FloatShape = single ? .doubleToSingle : .double
    func widened(_ bits: UInt128) -> UInt128 {
      UInt128(FloatArithmetic.doubleFromSingle(UInt32(truncatingIfNeeded: bits)))
    }
    var answered = 0
    for index in 0..<60_000 {
      var (a, b) = doubles.randomPair()
      var c = doubles.random()
      if single && index & 3 != 0 {
        let pair = singles.randomPair()
        (a, b, c) = (widened(pair.0), widened(pair.1), widened(singles.random()))
      }
      if operation == .multiplyAdd && index & 4 == 0 {
        c = canceling(host.double(.multiply, a, b, 0, .towardZero).bits, &doubles)
      }
      guard let fast = HostArithmetic.fast(operation, a, b, c, single: single) else { continue }
      answered += 1
      let exact = HostArithmetic.exact(operation, a, b, c, shape, .nearestEven)
      #expect(fast == exact, "\(operation) \(a.hexDigits()) \(b.hexDigits()) \(c.hexDigits())")
    }
    #expect(answered > 10_000)
  }

  /// The fast conversions equal the exact ones.
  @Test func fastConversions() {
    var doubles = FloatOperands(.double, seed: 12)
    let control = FloatControl()
    for bits in doubles.special + (0..<40_000).map({ _ in doubles.random() }) {
      let word = UInt64(truncatingIfNeeded: bits)
      #expect(
        SingleResultFloat.round(word, control)
          == FloatArithmetic.convert(bits, .doubleToSingle, control), "\(bits.hexDigits())")
      for format: FloatArithmetic.IntegerFormat in [
        .signedWord, .unsignedWord, .signedDoubleword, .unsignedDoubleword,
      ] {
        #expect(
          DoubleFloat.truncate(word, to: format)
            == FloatArithmetic.toInteger(bits, .double, format, .towardZero), "\(bits.hexDigits())")
      }
      let integer = UInt64(bitPattern: Int64(bitPattern: word) >> Int64(doubles.next64() & 63))
      #expect(
        DoubleFloat.fromSignedDoubleword(integer, control)
          == FloatArithmetic.fromInteger(
            UInt128(integer), .signedDoubleword, .double, control), "\(integer)")
    }
  }

  @Test func conversionsBetweenSingleAndDouble() {
    var singles = FloatOperands(.single, seed: 5)
    for bits in singles.special + (0..<20_000).map({ _ in singles.random() }) {
      let word = UInt32(truncatingIfNeeded: bits)
      let double = FloatArithmetic.doubleFromSingle(word)
      #expect(FloatArithmetic.singleFromDouble(double) == word)
      if !Float(bitPattern: word).isNaN {
        #expect(double == Double(Float(bitPattern: word)).bitPattern)
      }
    }
    var doubles = FloatOperands(.double, seed: 6)
    for bits in doubles.special + (0..<20_000).map({ _ in doubles.random() }) {
      let value = Double(bitPattern: UInt64(truncatingIfNeeded: bits))
      let result = FloatArithmetic.convert(bits, .doubleToSingle, FloatControl())
      if value.isNaN {
        #expect(Double(bitPattern: result.doubleword).isNaN)
      } else {
        #expect(result.doubleword == Double(Float(value)).bitPattern)
      }
    }
  }

  @Test func conversionsToAndFromIntegers() {
    var doubles = FloatOperands(.double, seed: 7)
    let modes: [(FloatRounding, FloatingPointRoundingRule)] = [
      (.nearestEven, .toNearestOrEven), (.nearestAway, .toNearestOrAwayFromZero),
      (.towardZero, .towardZero), (.towardPlusInfinity, .up), (.towardMinusInfinity, .down),
    ]
    for bits in doubles.special + (0..<20_000).map({ _ in doubles.random() }) {
      let value = Double(bitPattern: UInt64(truncatingIfNeeded: bits))
      for (rounding, rule) in modes {
        let result = FloatArithmetic.toInteger(bits, .double, .signedDoubleword, rounding)
        let rounded = value.rounded(rule)
        if let exact = Int64(exactly: rounded) {
          #expect(Int64(bitPattern: result.doubleword) == exact)
          #expect(result.status.contains(.fi) == (rounded != value))
          #expect(result.status.contains(.fr) == (rounded.magnitude > value.magnitude))
        } else {
          #expect(result.doubleword == (value > 0 ? 0x7FFF_FFFF_FFFF_FFFF : 0x8000_0000_0000_0000))
          #expect(result.status.contains(.vxcvi))
        }
        let unsigned = FloatArithmetic.toInteger(bits, .double, .unsignedWord, rounding)
        if let exact = UInt32(exactly: rounded) {
          #expect(unsigned.doubleword == UInt64(exact))
        } else {
          #expect(unsigned.doubleword == (value > 0 ? 0xFFFF_FFFF : 0))
        }
        let integral = FloatArithmetic.roundToIntegral(bits, .double, rounding, inexact: false)
        if !value.isNaN { #expect(integral.doubleword == rounded.bitPattern) }
      }
      let integer = UInt64(truncatingIfNeeded: bits)
      let signed = Int64(bitPattern: integer)
      let control = FloatControl()
      #expect(
        FloatArithmetic.fromInteger(bits, .signedDoubleword, .double, control).doubleword
          == Double(signed).bitPattern)
      #expect(
        FloatArithmetic.fromInteger(bits, .unsignedDoubleword, .single, control).word
          == Float(integer).bitPattern)
    }
  }
}
