internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Accumulators of the matrix-multiply assist, which are vector-scalar registers: nothing is moved.
  static let accumulators: [HostCode] = [
    HostCode([.xxmtacc, .xxmfacc], [.noSideExit, .sparesXMM3]) { _, _ in },
    HostCode([.xxsetaccz], [.noSideExit, .sparesXMM3]) { $0.clearAccumulator($1) },
  ]

  /// Outer products of the matrix-multiply assist.
  static let outerProducts: [HostCode] = OuterProduct.all.map { instruction, form in
    HostCode(
      [instruction], form.mayFail ? [] : .noSideExit,
      needs: {
        switch form.element {
        case .single, .double: $0.sse41 && (form.accumulation == nil || $0.fma)
        case .half: $0.f16c && $0.fma
        case .bfloat16: $0.fma
        case .halfword, .byte, .nibble: $0.sse41
        }
      },
      // Operands that are part of the accumulator are invalid forms.
      where: { $0.xa.number / 4 != $0.at && $0.xb.number / 4 != $0.at }
    ) {
      switch form.element {
      case .single, .double: $0.outerProduct($1, form)
      case .half, .bfloat16: $0.outerProductOfHalves($1, form)
      case .halfword, .byte, .nibble: $0.outerProductOfIntegers($1, form)
      }
    }
  }
}

// Book I 7.6. Row n of an accumulator is the register with its number plus n.
extension RegionEmitter {
  func clearAccumulator(_ o: Operation) {
    a.emit(CAsmPxor, .xmm0, .xmm0)
    for row in 0..<4 { setWhole(o.vsr.t + row, .xmm0) }
  }

  /// Clears the rows that a prefix leaves out.
  func clearRows(_ o: Operation, but rows: [Int]) {
    guard rows.count < 4 else { return }
    a.emit(CAsmPxor, .xmm0, .xmm0)
    for row in 0..<4 where !rows.contains(row) { setWhole(o.vsr.t + row, .xmm0) }
  }

  /// Copies a word of a register, or a doubleword, to all elements.
  func spread(_ target: HostVector, _ number: Int, word: Int) {
    a.emit(CAsmPshufd, target, whole(number, target), Int64(0x55 * (3 - word)))
  }

  private func spread(_ target: HostVector, _ number: Int, doubleword: Int) {
    a.emit(CAsmPshufd, target, whole(number, target), doubleword == 0 ? 0xEE : 0x44)
  }

  /// B without the columns that a prefix leaves out, in XMM1 or where it is.
  private func columns(_ o: Operation, _ mask: UInt128?) -> HostVector {
    let source = whole(o.vsr.b, .xmm1)
    guard let mask else { return source }
    apply(.and, .xmm1, source, at: constant(mask))
    return .xmm1
  }

  // MARK: singles and doubles

  /// Makes all rows, which are checked together: what they were before is kept, and comes back before the
  /// semantics function is called.
  func outerProduct(_ o: Operation, _ form: OuterProduct) {
    requireFloatMode(o)
    let i = o.instruction
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let isSingle = form.element == .single
    let (rows, mask) = (form.rows(i), form.columnMask(i))
    let columns = columns(o, mask)
    for row in rows {
      multiplier(.xmm0, o, row, isSingle: isSingle)
      let target = wholeTarget(o.vsr.t + row, .xmm2)
      if let accumulation = form.accumulation {
        a.emit(CAsmMovups, kept(row), whole(o.vsr.t + row, .xmm2))
        multiplyAdd(accumulation, target, .xmm0, columns, isSingle: isSingle)
      } else {
        let multiply =
          isSingle
          ? HostOperation(CAsmMulps, CAsmVmulps) : HostOperation(CAsmMulpd, CAsmVmulpd)
        apply(multiply, target, .xmm0, columns)
      }
      markElements(target, isSingle: isSingle, isSum: false)
      if row == rows[0] { copy(.xmm3, .xmm0) } else { a.emit(CAsmPor, .xmm3, .xmm0) }
      if let mask { apply(.and, target, target, at: constant(mask)) }
      setWhole(o.vsr.t + row, target)
    }
    let (special, ok) = (a.label(), a.label())
    if !rows.isEmpty {
      if let mask { a.emit(CAsmPand, .xmm3, at: constant(mask)) }
      a.emit(isSingle ? CAsmMovmskps : CAsmMovmskpd, .rax, .xmm3, size: 4)
      a.emit(CAsmTest, 4, .rax, .rax)
      a.jump(CAsmJne, special)
    }
    a.bind(ok)
    clearRows(o, but: rows)
    a.bind(done)
    emitLater { [self] in
      a.bind(special)
      let gone = a.label()
      for row in rows { acceptZeros(o, form, row, columns, mask, else: gone) }
      a.jump(CAsmJmp, ok)
      a.bind(gone)
      if form.accumulation != nil { putBack(o, rows) }
      a.jump(CAsmJmp, slow)
    }
  }

  private func putBack(_ o: Operation, _ rows: [Int]) {
    for row in rows {
      a.emit(CAsmMovups, .xmm2, kept(row))
      setWhole(o.vsr.t + row, .xmm2)
    }
  }

  /// The element of A that a row is multiplied by, everywhere.
  private func multiplier(_ target: HostVector, _ o: Operation, _ row: Int, isSingle: Bool) {
    if isSingle {
      spread(target, o.vsr.a, word: row)
    } else {
      spread(target, o.vsr.a + row / 2, doubleword: row & 1)
    }
  }

  /// `target = ±(x * y ± target)`. What is negative as a whole is negated after the sum, an exact zero too.
  private func multiplyAdd(
    _ accumulation: OuterProduct.Accumulation, _ target: HostVector, _ x: HostVector,
    _ y: HostVector, isSingle: Bool
  ) {
    let subtracts = accumulation.negatesProduct != accumulation.negatesAccumulator
    let instruction =
      switch (subtracts, isSingle) {
      case (false, true): CAsmVfmadd231ps
      case (false, false): CAsmVfmadd231pd
      case (true, true): CAsmVfmsub231ps
      case (true, false): CAsmVfmsub231pd
      }
    a.emit(instruction, target, x, y)
    guard accumulation.negatesProduct else { return }
    apply(
      .xor, target, target,
      at: isSingle ? constant(words: 1 << 31) : constant(doublewords: 1 << 63))
  }

  /// Goes to a label unless the special elements of a row are zeros because of an operand.
  private func acceptZeros(
    _ o: Operation, _ form: OuterProduct, _ row: Int, _ columns: HostVector, _ mask: UInt128?,
    else gone: HostLabel
  ) {
    let isSingle = form.element == .single
    let signs = isSingle ? CAsmMovmskps : CAsmMovmskpd
    func zeros(_ target: HostRegister, _ vector: HostVector) {
      a.emit(CAsmPxor, .xmm3, .xmm3)
      a.emit(isSingle ? CAsmCmpps : CAsmCmppd, .xmm3, vector, 0)
      a.emit(signs, target, .xmm3, size: 4)
    }
    func reject() {
      a.emit(CAsmNot, 4, .rcx)
      a.emit(CAsmTest, 4, .rcx, .rax)
      a.jump(CAsmJne, gone)
    }
    let result = whole(o.vsr.t + row, .xmm2)
    markElements(result, isSingle: isSingle, isSum: false)
    if let mask { a.emit(CAsmPand, .xmm0, at: constant(mask)) }
    a.emit(signs, .rax, .xmm0, size: 4)
    zeros(.rcx, result)
    reject()
    multiplier(.xmm0, o, row, isSingle: isSingle)
    zeros(.rcx, .xmm0)
    zeros(.rdx, columns)
    a.emit(CAsmOr, 4, .rcx, .rdx)
    if form.accumulation != nil {
      a.emit(CAsmMovups, .xmm2, kept(row))
      zeros(.rdx, .xmm2)
      a.emit(CAsmAnd, 4, .rcx, .rdx)
    }
    reject()
  }

  // MARK: half precision

  /// The first product is exact as a single, and the second is added to it before both are rounded: of halves
  /// always, and of bfloat16 numbers that are zero or not near the ends of the range. A sum that is tiny is
  /// exact.
  func outerProductOfHalves(_ o: Operation, _ form: OuterProduct) {
    requireFloatMode(o)
    let i = o.instruction
    let done = a.label()
    let slow = rareHelperCall(o, backTo: done)
    let isHalf = form.element == .half
    let (rows, mask, products) = (form.rows(i), form.columnMask(i), form.productMask(i))
    if !isHalf {
      for number in [o.vsr.a, o.vsr.b] { rejectExtremes(number, else: slow) }
    }
    /// Elements of words, as singles: of all, or of one everywhere.
    func widen(_ target: HostVector, _ number: Int, _ product: Int, word: Int?) {
      // The other product's element is left out, and so is this one where a prefix says so.
      let isOut = products.map { $0 & (product == 0 ? 0xFFFF_0000 : 0xFFFF) == 0 } ?? false
      if isOut { return a.emit(CAsmPxor, target, target) }
      if isHalf {
        apply(.shuffle, target, whole(number, target), at: constant(Self.halves(product, word)))
        return a.emit(CAsmVcvtph2ps, target, target)
      }
      var source = whole(number, target)
      if let word {
        a.emit(CAsmPshufd, target, source, Int64(0x55 * (3 - word)))
        source = target
      }
      if product == 0 {
        apply(.and, target, source, at: constant(words: 0xFFFF_0000))
      } else {
        shift(.leftWords, target, source, 16)
      }
    }
    for (product, target) in [(0, HostVector.xmm1), (1, .xmm2)] {
      widen(target, o.vsr.b, product, word: nil)
      if let mask { a.emit(CAsmPand, target, at: constant(mask)) }
    }
    a.emit(CAsmXor, 4, .rcx, .rcx)
    for row in rows {
      widen(.xmm0, o.vsr.a, 0, word: row)
      a.emit(CAsmVmulps, .xmm0, .xmm0, .xmm1)
      widen(.xmm3, o.vsr.a, 1, word: row)
      a.emit(CAsmVfmadd231ps, .xmm0, .xmm3, .xmm2)
      if let accumulation = form.accumulation {
        let old = whole(o.vsr.t + row, .xmm3)
        a.emit(CAsmMovups, kept(row), old)
        accumulate(accumulation, .xmm0, old)
      }
      if let mask { a.emit(CAsmPand, .xmm0, at: constant(mask)) }
      setWhole(o.vsr.t + row, .xmm0)
      markElements(.xmm0, isSingle: true, isSum: true)
      a.emit(CAsmMovmskps, .rax, .xmm0, size: 4)
      a.emit(CAsmOr, 4, .rcx, .rax)
    }
    let gone = a.label()
    a.emit(CAsmTest, 4, .rcx, .rcx)
    a.jump(CAsmJne, gone)
    clearRows(o, but: rows)
    a.bind(done)
    emitLater { [self] in
      a.bind(gone)
      if form.accumulation != nil { putBack(o, rows) }
      a.jump(CAsmJmp, slow)
    }
  }

  /// Which bytes `pshufb` brings together: the first or second halfwords of words in the low half, those of one
  /// word four times.
  private static func halves(_ product: Int, _ word: Int?) -> UInt128 {
    (0..<4).reduce(0) { bytes, lane in
      let low = 4 * (word.map { 3 - $0 } ?? lane) + (product == 0 ? 2 : 0)
      return bytes | UInt128(low | (low + 1) << 8) << UInt128(16 * lane)
    }
  }

  /// `sum = ±sum ± old`.
  private func accumulate(
    _ accumulation: OuterProduct.Accumulation, _ sum: HostVector, _ old: HostVector
  ) {
    switch (accumulation.negatesProduct, accumulation.negatesAccumulator) {
    case (false, false): a.emit(CAsmVaddps, sum, sum, old)
    case (false, true): a.emit(CAsmVsubps, sum, sum, old)
    case (true, false): a.emit(CAsmVsubps, sum, old, sum)
    case (true, true):
      apply(.xor, sum, sum, at: constant(words: 1 << 31))
      a.emit(CAsmVsubps, sum, sum, old)
    }
  }

  /// Goes to a label unless all bfloat16 numbers are zero, or from 2⁻⁶⁰ to 2⁶¹. XMM0, XMM1 and RAX change.
  private func rejectExtremes(_ number: Int, else slow: HostLabel) {
    // Without their signs.
    let (lowest, highest): (UInt32, UInt32) = ((127 - 60) << 8, (127 + 61) << 8 - 1)
    shift(.leftHalfwords, .xmm0, whole(number, .xmm0), 1)
    apply(.maximumHalfwords, .xmm1, .xmm0, at: constant(words: lowest &* 0x1_0001))
    apply(.minimumHalfwords, .xmm1, .xmm1, at: constant(words: highest &* 0x1_0001))
    apply(.equalHalfwords, .xmm1, .xmm1, .xmm0)
    apply(.equalHalfwords, .xmm0, .xmm0, at: constant(0))
    apply(.or, .xmm0, .xmm0, .xmm1)
    a.emit(CAsmPmovmskb, .rax, .xmm0, size: 4)
    a.emit(CAsmCmp, 4, .rax, 0xFFFF)
    a.jump(CAsmJne, slow)
  }
}
