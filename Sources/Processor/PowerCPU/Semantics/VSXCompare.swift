import PowerArithmetic
import PowerISA

// Book I 7.6: VSX comparison, minimum and maximum, scalar and vector.

/// What a comparison into a register asks; the last two are invalid for any NaN.
private enum Relation {
  case equal, greater, greaterOrEqual

  var ordered: Bool { self != .equal }

  func holds(_ order: FloatOrder) -> Bool {
    switch self {
    case .equal: order == .equal
    case .greater: order == .greater
    case .greaterOrEqual: order == .greater || order == .equal
    }
  }
}

extension Processor {
  private var invalidEnabled: Bool { state.pointee.fpscr & FPSCR.ve != 0 }

  /// All ones in doubleword 0 when the relation holds.
  fileprivate func compare(_ i: Instruction, _ relation: Relation) {
    let (order, causes) = compareDoubles(
      self[i.xa].doubleword0, self[i.xb].doubleword0, ordered: relation.ordered)
    deliver(Vector(relation.holds(order) ? ~0 : 0, 0), causes, i.xt, StatusFields.none)
  }

  fileprivate func compareQuads(_ i: Instruction, _ relation: Relation) {
    let (order, causes) = FloatArithmetic.compare(
      self[i.vra].quadword, self[i.vrb].quadword, ordered: relation.ordered,
      invalidEnabled: invalidEnabled, .quad)
    deliver(
      Vector(quadword: relation.holds(order) ? ~0 : 0), causes, VSR(i.vrt), StatusFields.none)
  }

  fileprivate func compareVectors(_ i: Instruction, _ relation: Relation, _ format: FloatFormat) {
    let (a, b) = (self[i.xa], self[i.xb])
    var value = Vector.zero
    var status: FloatStatus = []
    if format == .double {
      for n in 0..<2 {
        let (order, causes) = compareDoubles(
          a[doubleword: n], b[doubleword: n], ordered: relation.ordered)
        value[doubleword: n] = relation.holds(order) ? ~0 : 0
        status.formUnion(causes)
      }
    } else {
      for n in 0..<4 {
        let (order, causes) = FloatArithmetic.compare(
          UInt128(a[word: n]), UInt128(b[word: n]), ordered: relation.ordered,
          invalidEnabled: invalidEnabled, .single)
        value[word: n] = relation.holds(order) ? ~0 : 0
        status.formUnion(causes)
      }
    }
    let outcome = updateVector(status)
    if outcome.writes { self[i.xt] = value }
    // All true, all false; undefined when the result is withheld.
    if i.rc_21 && outcome.writes {
      self[.cr6] = value.quadword == ~0 ? 8 : value.quadword == 0 ? 2 : 0
    }
    if outcome.interrupts { floatingPointEnabledException() }
  }

  /// Orders the exponents of two values; NaNs are unordered.
  fileprivate func compareExponents(
    _ i: Instruction, _ a: UInt128, _ b: UInt128, _ format: FloatFormat
  ) {
    func exponent(_ bits: UInt128) -> Int {
      Int(truncatingIfNeeded: bits >> format.fractionBits) & format.maximumBiasedExponent
    }
    func isNaN(_ bits: UInt128) -> Bool {
      exponent(bits) == format.maximumBiasedExponent && bits << (128 - format.fractionBits) != 0
    }
    let order: FloatOrder =
      if isNaN(a) || isNaN(b) {
        .unordered
      } else if exponent(a) == exponent(b) {
        .equal
      } else {
        exponent(a) < exponent(b) ? .less : .greater
      }
    deliver((order, []), i.bf)
  }

  // MARK: minimum and maximum

  fileprivate func extremum(
    _ i: Instruction, _ flavor: FloatArithmetic.Extremum, maximum: Bool
  ) {
    deliver(
      FloatArithmetic.extremum(
        flavor, maximum: maximum, UInt128(self[i.xa].doubleword0),
        UInt128(self[i.xb].doubleword0), .double), i.xt, StatusFields.none)
  }

  fileprivate func extremumQuad(_ i: Instruction, maximum: Bool) {
    let result = FloatArithmetic.extremum(
      .conditional, maximum: maximum, self[i.vra].quadword, self[i.vrb].quadword, .quad)
    deliver(Vector(quadword: result.bits), result.status, VSR(i.vrt), StatusFields.none)
  }

  fileprivate func extremumDoubles(_ i: Instruction, maximum: Bool) {
    doubles(i.xt, self[i.xa], self[i.xb]) {
      FloatArithmetic.extremum(.number, maximum: maximum, UInt128($0), UInt128($1), .double)
    }
  }

  fileprivate func extremumSingles(_ i: Instruction, maximum: Bool) {
    singles(i.xt, self[i.xa], self[i.xb]) {
      FloatArithmetic.extremum(.number, maximum: maximum, UInt128($0), UInt128($1), .single)
    }
  }
}

extension Semantics {
  // MARK: comparison into a CR field

  static func xscmpudp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      p.compareDoubles(p[i.xa].doubleword0, p[i.xb].doubleword0, ordered: false), i.bf)
  }
  static func xscmpodp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      p.compareDoubles(p[i.xa].doubleword0, p[i.xb].doubleword0, ordered: true), i.bf)
  }
  static func xscmpuqp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.compare(
        p[i.vra].quadword, p[i.vrb].quadword, ordered: false, invalidEnabled: false, .quad),
      i.bf)
  }
  static func xscmpoqp(_ p: Processor, _ i: Instruction) {
    p.deliver(
      FloatArithmetic.compare(
        p[i.vra].quadword, p[i.vrb].quadword, ordered: true,
        invalidEnabled: p.state.pointee.fpscr & FPSCR.ve != 0, .quad), i.bf)
  }
  static func xscmpexpdp(_ p: Processor, _ i: Instruction) {
    p.compareExponents(
      i, UInt128(p[i.xa].doubleword0), UInt128(p[i.xb].doubleword0), .double)
  }
  static func xscmpexpqp(_ p: Processor, _ i: Instruction) {
    p.compareExponents(i, p[i.vra].quadword, p[i.vrb].quadword, .quad)
  }

  // MARK: comparison into a register

  static func xscmpeqdp(_ p: Processor, _ i: Instruction) { p.compare(i, .equal) }
  static func xscmpgtdp(_ p: Processor, _ i: Instruction) { p.compare(i, .greater) }
  static func xscmpgedp(_ p: Processor, _ i: Instruction) { p.compare(i, .greaterOrEqual) }
  static func xscmpeqqp(_ p: Processor, _ i: Instruction) { p.compareQuads(i, .equal) }
  static func xscmpgtqp(_ p: Processor, _ i: Instruction) { p.compareQuads(i, .greater) }
  static func xscmpgeqp(_ p: Processor, _ i: Instruction) { p.compareQuads(i, .greaterOrEqual) }

  static func xvcmpeqdp(_ p: Processor, _ i: Instruction) {
    p.compareVectors(i, .equal, .double)
  }
  static func xvcmpgtdp(_ p: Processor, _ i: Instruction) {
    p.compareVectors(i, .greater, .double)
  }
  static func xvcmpgedp(_ p: Processor, _ i: Instruction) {
    p.compareVectors(i, .greaterOrEqual, .double)
  }
  static func xvcmpeqsp(_ p: Processor, _ i: Instruction) {
    p.compareVectors(i, .equal, .single)
  }
  static func xvcmpgtsp(_ p: Processor, _ i: Instruction) {
    p.compareVectors(i, .greater, .single)
  }
  static func xvcmpgesp(_ p: Processor, _ i: Instruction) {
    p.compareVectors(i, .greaterOrEqual, .single)
  }

  // MARK: minimum and maximum

  static func xsmaxdp(_ p: Processor, _ i: Instruction) { p.extremum(i, .number, maximum: true) }
  static func xsmindp(_ p: Processor, _ i: Instruction) { p.extremum(i, .number, maximum: false) }
  static func xsmaxcdp(_ p: Processor, _ i: Instruction) {
    p.extremum(i, .conditional, maximum: true)
  }
  static func xsmincdp(_ p: Processor, _ i: Instruction) {
    p.extremum(i, .conditional, maximum: false)
  }
  static func xsmaxjdp(_ p: Processor, _ i: Instruction) { p.extremum(i, .java, maximum: true) }
  static func xsminjdp(_ p: Processor, _ i: Instruction) { p.extremum(i, .java, maximum: false) }
  static func xsmaxcqp(_ p: Processor, _ i: Instruction) { p.extremumQuad(i, maximum: true) }
  static func xsmincqp(_ p: Processor, _ i: Instruction) { p.extremumQuad(i, maximum: false) }
  static func xvmaxdp(_ p: Processor, _ i: Instruction) { p.extremumDoubles(i, maximum: true) }
  static func xvmindp(_ p: Processor, _ i: Instruction) { p.extremumDoubles(i, maximum: false) }
  static func xvmaxsp(_ p: Processor, _ i: Instruction) { p.extremumSingles(i, maximum: true) }
  static func xvminsp(_ p: Processor, _ i: Instruction) { p.extremumSingles(i, maximum: false) }
}
