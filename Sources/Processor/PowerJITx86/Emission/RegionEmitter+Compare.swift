internal import CAsmJit
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

extension HostCode {
  /// Book I 3.3.10 to 3.3.12: `isel`, `setb` and the like, traps.
  static let selections: [HostCode] = [
    HostCode([.isel], .noSideExit) { $0.select($1.instruction) },
    HostCode([.setbc, .setbcr, .setnbc, .setnbcr], .noSideExit) { $0.setFromBit($1) },
    HostCode([.setb], .noSideExit) { $0.setFromField($1.instruction) },
    HostCode([.twi, .tw, .tdi, .td]) { $0.trap($1) },
  ]
}

// Book I 3.3.10 to 3.3.12.
extension RegionEmitter {
  /// Sets the host's flags; RAX may change.
  func compare(_ comparison: Comparison) {
    let size = comparison.size
    let assigned = assignment[comparison.first]
    switch comparison.second {
    case .small(let constant):
      if let assigned {
        if constant == 0 {
          a.emit(CAsmTest, size, assigned, assigned)
        } else {
          a.emit(CAsmCmp, size, assigned, Int64(constant))
        }
      } else {
        a.emit(CAsmCmp, size, slot(comparison.first), Int64(constant))
      }
    case .register(let second):
      let first = unnotedValue(comparison.first, .rax)
      unnotedWith(CAsmCmp, size, first, second)
    }
  }

  func select(_ i: Instruction) {
    if i.ra.number == 0 { a.emit(CAsmXor, 4, .rcx, .rcx) }
    let holds = testBit(i.bc)
    // Moves leave the flags alone.
    a.emit(CAsmMov, 8, .rdx, value(i.rb, .rdx))
    if i.ra.number == 0 {
      a.emit(Self.conditionalMoves[holds] ?? CAsmCmovne, 8, .rdx, .rcx)
    } else {
      with(Self.conditionalMoves[holds] ?? CAsmCmovne, 8, .rdx, i.ra)
    }
    set(i.rt, .rdx)
  }

  private static let conditionalMoves: [CAsmInstruction: CAsmInstruction] = [
    CAsmJne: CAsmCmovne, CAsmJe: CAsmCmove, CAsmJl: CAsmCmovl, CAsmJb: CAsmCmovb,
    CAsmJg: CAsmCmovg, CAsmJa: CAsmCmova,
  ]

  /// `setbc` and the like: one or all ones for a bit, or for its complement.
  func setFromBit(_ o: Operation) {
    let i = o.instruction
    let holds = testBit(i.bi)
    let isReversed = o.kind == .setbcr || o.kind == .setnbcr
    let (ifSet, ifClear) = Self.conditionalSets[holds] ?? (CAsmSetne, CAsmSete)
    a.emit(isReversed ? ifClear : ifSet, 1, .rcx)
    let t = target(i.rt)
    a.extend(CAsmMovzx, 4, t, from: 1, .rcx)
    if o.kind == .setnbc || o.kind == .setnbcr { a.emit(CAsmNeg, 8, t) }
    set(i.rt, t)
  }

  /// `setb`: -1, 1 or 0 for less, greater or neither.
  func setFromField(_ i: Instruction) {
    note(.readsConditions)
    if let comparison = pending[i.bfa.number] {
      compare(comparison)
      a.emit(comparison.isUnsigned ? CAsmSeta : CAsmSetg, 1, .rcx)
      a.emit(comparison.isUnsigned ? CAsmSetb : CAsmSetl, 1, .rdx)
      a.extend(CAsmMovzx, 4, .rax, from: 1, .rcx)
      a.extend(CAsmMovzx, 4, .rdx, from: 1, .rdx)
      a.emit(CAsmSub, 8, .rax, .rdx)
    } else {
      // Both bits may be set, and then it is less.
      a.extend(CAsmMovzx, 4, .rdx, from: 1, crField(i.bfa.number))
      a.emit(CAsmMov, 4, .rax, .rdx)
      a.emit(CAsmShr, 4, .rdx, 3)
      a.emit(CAsmNeg, 8, .rdx)
      a.emit(CAsmShr, 4, .rax, 2)
      a.emit(CAsmAnd, 4, .rax, 1)
      a.emit(CAsmOr, 8, .rax, .rdx)
    }
    set(i.rt, .rax)
  }

  /// For the jump that is taken if a condition holds, what sets a byte then, and what sets it otherwise.
  private static let conditionalSets: [CAsmInstruction: (CAsmInstruction, CAsmInstruction)] = [
    CAsmJne: (CAsmSetne, CAsmSete), CAsmJe: (CAsmSete, CAsmSetne), CAsmJl: (CAsmSetl, CAsmSetge),
    CAsmJb: (CAsmSetb, CAsmSetae), CAsmJg: (CAsmSetg, CAsmSetle), CAsmJa: (CAsmSeta, CAsmSetbe),
  ]

  /// Sets the host's flags for a bit; RAX may change.
  /// - Returns: the jump that is taken if the bit is set.
  func testBit(_ bit: CRBit) -> CAsmInstruction {
    note(.readsConditions)
    let (field, place) = (bit.number >> 2, bit.number & 3)
    guard let comparison = pending[field], place != 3 else {
      if pending[field] != nil {
        // SO is not the comparison's.
        return testSummaryOverflow()
      }
      a.emit(CAsmTest, 1, crField(field), Int64(8 >> place))
      return CAsmJne
    }
    compare(comparison)
    switch place {
    case 0: return comparison.isUnsigned ? CAsmJb : CAsmJl
    case 1: return comparison.isUnsigned ? CAsmJa : CAsmJg
    default: return CAsmJe
    }
  }

  /// What a comparison makes of SO: what XER[SO] is in this context.
  private func testSummaryOverflow() -> CAsmInstruction {
    a.move(.rax, constant: region.context.summaryOverflow ? 1 : 0)
    a.emit(CAsmTest, 4, .rax, .rax)
    return CAsmJne
  }

  func trap(_ o: Operation) {
    let i = o.instruction
    guard i.to != 31 else { return helperCall(o) }
    guard i.to != 0 else { return }
    let size: Int32 = o.kind == .tw || o.kind == .twi ? 4 : 8
    let first = value(i.ra, .rax)
    if o.kind == .twi || o.kind == .tdi {
      a.emit(CAsmCmp, size, first, i.si)
    } else {
      with(CAsmCmp, size, first, i.rb)
    }
    let done = a.label()
    let trapping = rareHelperCall(o, backTo: done)
    let jumps: [(UInt64, CAsmInstruction)] = [
      (16, CAsmJl), (8, CAsmJg), (4, CAsmJe), (2, CAsmJb), (1, CAsmJa),
    ]
    for (bit, jump) in jumps where i.to & bit != 0 { a.jump(jump, trapping) }
    a.bind(done)
  }
}
