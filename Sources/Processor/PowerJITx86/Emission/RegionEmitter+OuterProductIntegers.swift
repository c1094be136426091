internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

// Outer products of integers (Book I 7.6). Elements of B are prepared in XMM1 and XMM2.
extension RegionEmitter {
  func outerProductOfIntegers(_ o: Operation, _ form: OuterProduct) {
    let i = o.instruction
    let (rows, mask, products) = (form.rows(i), form.columnMask(i), form.productMask(i))
    let done = a.label()
    if form.mayFail, !rows.isEmpty {
      rejectLargestSums(o, products, else: rareHelperCall(o, backTo: done))
    }
    var isPrepared = false
    for row in rows {
      let register = o.vsr.t + row
      if !isPrepared { prepareColumns(o, form, mask) }
      // Saturation needs their registers.
      isPrepared = !form.saturates
      spread(.xmm0, o.vsr.a, word: row)
      if let products { apply(.and, .xmm0, .xmm0, at: constant(products)) }
      sumProducts(form)
      if form.accumulation == nil {
        setWhole(register, .xmm0)
      } else if form.saturates {
        addSigned(register, .xmm0, whole(register, .xmm1))
      } else {
        apply(.addWords, .xmm0, .xmm0, whole(register, .xmm3))
        setWhole(register, .xmm0)
      }
      guard let mask, form.accumulation != nil else { continue }
      apply(.and, .xmm0, whole(register, .xmm0), at: constant(mask))
      setWhole(register, .xmm0)
    }
    clearRows(o, but: rows)
    a.bind(done)
  }

  /// B, without the columns that a prefix leaves out, whose sums are zero then: bytes as halfwords of two
  /// columns each, and high and low nibbles as signed bytes.
  private func prepareColumns(_ o: Operation, _ form: OuterProduct, _ mask: UInt128?) {
    copy(.xmm1, whole(o.vsr.b, .xmm1))
    if let mask { a.emit(CAsmPand, .xmm1, at: constant(mask)) }
    switch form.element {
    case .byte:
      a.emit(CAsmPxor, .xmm0, .xmm0)
      copy(.xmm2, .xmm1)
      a.emit(CAsmPunpcklbw, .xmm1, .xmm0)
      a.emit(CAsmPunpckhbw, .xmm2, .xmm0)
    case .nibble:
      copy(.xmm2, .xmm1)
      for (nibbles, isHigh) in [(HostVector.xmm1, true), (.xmm2, false)] {
        raisedNibbles(nibbles, nibbles, isHigh: isHigh)
        apply(.subtractBytes, nibbles, nibbles, at: constant(bytes: 8))
      }
    default: break
    }
  }

  /// The nibbles of bytes, each plus 8.
  private func raisedNibbles(_ target: HostVector, _ source: HostVector, isHigh: Bool) {
    if isHigh {
      shift(.rightHalfwords, target, source, 4)
    } else {
      copy(target, source)
    }
    a.emit(CAsmPand, target, at: constant(bytes: 15))
    a.emit(CAsmPxor, target, at: constant(bytes: 8))
  }

  /// The sums of the products of the word of A that XMM0 has everywhere, into XMM0. XMM3 changes.
  private func sumProducts(_ form: OuterProduct) {
    switch form.element {
    case .byte:
      a.emit(CAsmPmovsxbw, .xmm0, .xmm0)
      copy(.xmm3, .xmm0)
      a.emit(CAsmPmaddwd, .xmm0, .xmm1)
      a.emit(CAsmPmaddwd, .xmm3, .xmm2)
      a.emit(CAsmPhaddd, .xmm0, .xmm3)
    case .nibble:
      // Those of A are raised, so that they have no sign; as many times the sum of B's is taken away.
      copy(.xmm3, .xmm0)
      raisedNibbles(.xmm3, .xmm3, isHigh: true)
      a.emit(CAsmPmaddubsw, .xmm3, .xmm1)
      raisedNibbles(.xmm0, .xmm0, isHigh: false)
      a.emit(CAsmPmaddubsw, .xmm0, .xmm2)
      a.emit(CAsmPaddw, .xmm0, .xmm3)
      for columns in [HostVector.xmm1, .xmm2] {
        a.emit(CAsmMovaps, .xmm3, at: constant(bytes: 8))
        a.emit(CAsmPmaddubsw, .xmm3, columns)
        a.emit(CAsmPsubw, .xmm0, .xmm3)
      }
      a.emit(CAsmPmaddwd, .xmm0, at: constant(words: 0x0001_0001))
    default: a.emit(CAsmPmaddwd, .xmm0, .xmm1)
    }
  }

  /// Goes to a label if a word of A and one of B are the least halfwords alone: the sum of the products is no
  /// word.
  private func rejectLargestSums(
    _ o: Operation, _ products: UInt128?, else slow: HostLabel
  ) {
    // Without a product there is no such sum.
    guard products == nil else { return }
    for (number, target) in [(o.vsr.a, HostRegister.rax), (o.vsr.b, .rcx)] {
      apply(.equalWords, .xmm0, whole(number, .xmm0), at: constant(words: 0x8000_8000))
      a.emit(CAsmMovmskps, target, .xmm0, size: 4)
    }
    a.emit(CAsmNeg, 4, .rax)
    a.emit(CAsmSbb, 4, .rax, .rax)
    a.emit(CAsmTest, 4, .rax, .rcx)
    a.jump(CAsmJne, slow)
  }
}
