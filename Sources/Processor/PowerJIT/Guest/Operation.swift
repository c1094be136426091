package import PowerISA

/// One guest instruction of a region.
package struct Operation {
  /// What its row is called; anything for what is of no row.
  package let kind: InstructionID
  /// How it is executed.
  // Safety: codes are never freed.
  package unowned(unsafe) let code: HostCode
  /// Of the code, here as well: without a reference to it.
  package let promises: HostCode.Promises
  package let codeKind: HostCode.Kind
  package let isLowered: Bool
  package let instruction: Instruction
  /// Number of the word in its page.
  package var word: Int { Int(smallWord) }
  package let smallWord: UInt16
  /// Its semantics function.
  package let handler: UInt
  /// The registers it names, when it has host code of its own.
  package let uses: RegisterSet
  /// Those of them that it changes.
  package let changes: RegisterSet
  package let vsr: VectorOperands
  /// Of loads and stores of one register, or of a pair, that have host code of their own.
  package let storage: StorageShape?
  /// Where they access storage.
  package let address: StorageAddress
  /// The registers that it sets without naming them.
  package let writes: InstructionStatus
  package let deferrable: DeferrableState
  package let traits: InstructionTraits
  /// Whether it depends on which register files are available.
  package let needsFacility: Bool

  /// Whether it is executed by nothing but a call of the semantics function.
  package var isHelperCall: Bool { codeKind != .hostCode }

  /// Words of the page that it has.
  package var wordCount: Int { instruction.isPrefixed ? 2 : 1 }
}

/// The vector-scalar registers that an instruction names, by number, or -1, and by the place of their
/// fields: FRT, VRT, XT and the sources of stores are `t`.
package struct VectorOperands {
  private var (smallT, smallA, smallB, smallC): (Int8, Int8, Int8, Int8) = (-1, -1, -1, -1)
  private var smallCount: Int8 = 1

  package var t: Int { Int(smallT) }
  package var a: Int { Int(smallA) }
  package var b: Int { Int(smallB) }
  package var c: Int { Int(smallC) }
  /// Registers from `t` on that the operand is: two of a pair, four of an accumulator.
  package var count: Int { Int(smallCount) }

  package var isAny: Bool { t >= 0 || a >= 0 || b >= 0 }

  package init(_ registers: [RowTraits.Register], _ i: Instruction) {
    for register in registers {
      guard let vector = register.vector(in: i) else { continue }
      let number = Int8(truncatingIfNeeded: vector)
      switch register.place {
      case .t:
        smallT = number
        smallCount = Int8(truncatingIfNeeded: register.count(in: i))
      case .a: smallA = number
      case .b: smallB = number
      case .c: smallC = number
      }
    }
  }
}

/// Guest registers that may live in host registers, by number: GPRs, then LR and CTR, and from 64
/// the vector-scalar registers.
@usableFromInline
package struct GuestRegister: Hashable, Sendable {
  @usableFromInline let byte: UInt8

  @inlinable package var number: Int { Int(byte) }

  package static let lr = GuestRegister(number: 32)
  package static let ctr = GuestRegister(number: 33)
  @inlinable package static var firstVector: Int { 64 }
  package static let count = 128

  @inlinable package init(number: Int) { byte = UInt8(truncatingIfNeeded: number) }
  package init(_ register: GPR) { self.init(number: register.number) }
  /// LR or CTR, as a move of one of them names it.
  package init(branchRegister i: Instruction) { self = i.spr == SPR.lr.number ? .lr : .ctr }
  @inlinable package init(vsr number: Int) { self.init(number: Self.firstVector + number) }

  /// The number of the first place that no instruction names, which has an operand of something deferred
  /// after the operand's register has changed.
  @inlinable package static var firstSaved: Int { 34 }
  /// What was an operand of the deferred comparison of a field of the condition register.
  package static func savedFirst(ofField field: Int) -> GuestRegister {
    GuestRegister(number: firstSaved + 2 * field)
  }
  package static func savedSecond(ofField field: Int) -> GuestRegister {
    GuestRegister(number: firstSaved + 2 * field + 1)
  }
  /// What was the number that a deferred carry has been shifted out of.
  package static let savedShift = GuestRegister(number: firstSaved + 16)
}

/// Registers by number. This and other small types are inlinable, because the back end, which is another module, uses them
/// for each instruction.
@usableFromInline
package struct RegisterSet: OptionSet, Sendable {
  @usableFromInline package let rawValue: UInt128

  @inlinable package init(rawValue: UInt128) { self.rawValue = rawValue }
  @inlinable package init(_ register: GuestRegister) { rawValue = 1 << UInt128(register.number) }

  @inlinable
  package func contains(_ register: GuestRegister) -> Bool { contains(RegisterSet(register)) }

  /// Whether a vector-scalar register is in it.
  package var hasVectors: Bool { rawValue >> UInt128(GuestRegister.firstVector) != 0 }

  /// The registers of the set, in order.
  @inlinable package var members: Members { Members(rest: rawValue) }

  @usableFromInline
  package struct Members: Sequence, IteratorProtocol {
    @usableFromInline var rest: UInt128

    @inlinable init(rest: UInt128) { self.rest = rest }

    @inlinable package var count: Int { rest.nonzeroBitCount }

    @inlinable
    package mutating func next() -> GuestRegister? {
      guard rest != 0 else { return nil }
      defer { rest &= rest - 1 }
      return GuestRegister(number: rest.trailingZeroBitCount)
    }
  }
}

extension Operation {
  package init(
    row: Int?, of rows: RowTable, instruction i: Instruction, page: UInt64, word: Int,
    handler: UInt,
    features: HostFeatures, msr: UInt64, permits: (_ register: Int, _ writing: Bool) -> Bool
  ) {
    self.instruction = i
    smallWord = UInt16(word)
    self.handler = handler
    guard let row else {
      (kind, code, traits, writes, deferrable) = (.rnop, .helperCallAndLeave, [], [], [])
      (promises, codeKind, isLowered) = ([], .exit, false)
      (uses, changes, storage, address) = ([], [], nil, .indexed)
      needsFacility = false
      vsr = VectorOperands([], i)
      return
    }
    let traits = rows.rows[row]
    kind = traits.kind
    writes = traits.writes(of: i)
    deferrable = traits.deferrable
    self.traits = traits.traits
    vsr = VectorOperands(traits.registers, i)
    needsFacility = !traits.gates.isDisjoint(with: Self.facilities)
    let code: HostCode =
      if !Self.passesGates(traits.gates, msr, target: vsr.t)
        || i.isPrefixed
          && (msr & RegionContext.lacksPrefix != 0 || !traits.hasForm(prefixed: i, word))
      {
        traits.code.kind == .exit ? .helperCallAndLeave : .helperCall
      } else if msr & MSR.pr != 0, kind == .b || kind == .bc, i.aa {
        // Code of problem state is relocatable: the target's distance is not known.
        .helperCallAndLeave
      } else if let code = Self.codeOfForm(
        rows.forms, traits.kind, i, vsr, isPrivileged: msr & MSR.pr == 0,
        is64Bit: msr & MSR.sf != 0, permits)
      {
        code
      } else {
        Self.code(i, traits, writes, features)
      }
    self.code = code
    (promises, codeKind, isLowered) = (code.promises, code.kind, code.isLowered)
    storage = codeKind != .hostCode ? nil : traits.storage
    address = storage?.address(i, at: page &+ UInt64(word) &* 4) ?? .indexed
    switch kind {
    case _ where codeKind != .hostCode: (uses, changes) = ([], [])
    case .mfspr where code === traits.code, .mtspr where code === traits.code:
      let special = GuestRegister(branchRegister: i)
      let (from, to) =
        kind == .mfspr ? (special, GuestRegister(i.rt)) : (GuestRegister(i.rs), special)
      uses = [RegisterSet(from), RegisterSet(to)]
      changes = RegisterSet(to)
    case .b, .bc, .bclr, .bcctr: (uses, changes) = Self.ofBranch(kind, i)
    default: (uses, changes) = Self.ofOperands(traits.registers, i)
    }
  }

  private static let facilities: InstructionGates = [
    .floatingPoint, .vector, .vsx, .vsxOrVector, .floatingPointOrVector, .matrixMultiply,
  ]

  /// Whether the register files that an instruction needs are available.
  /// - Parameter target: the vector-scalar register that it sets, or stores.
  private static func passesGates(
    _ gates: InstructionGates, _ msr: UInt64, target: Int
  ) -> Bool {
    guard !gates.isDisjoint(with: facilities) else { return true }
    if gates.contains(.floatingPoint) { return msr & MSR.fp != 0 }
    if gates.contains(.vector) { return msr & MSR.vec != 0 }
    if !gates.isDisjoint(with: [.vsx, .matrixMultiply]) { return msr & MSR.vsx != 0 }
    // The target or source is a register of either file; VRs are the vector-scalar registers from 32.
    if target >= 32 { return msr & MSR.vec != 0 }
    return msr & (gates.contains(.vsxOrVector) ? MSR.vsx : MSR.fp) != 0
  }

  /// How an instruction is executed, when only some of its forms have host code.
  private static func code(
    _ i: Instruction, _ traits: RowTraits, _ writes: InstructionStatus, _ features: HostFeatures
  ) -> HostCode {
    let code = traits.code
    guard !code.isHelperCall else { return code }
    // Sets XER[SO], which code depends on.
    if writes.contains(.summaryOverflow), !code.promises.contains(.leavesOnOverflow) {
      return .helperCallAndLeave
    }
    // CR1 comes from FPSCR, whose status may be deferred.
    if traits.recorded.contains(.cr1), i.rc { return .helperCall }
    // Forms that do not exist.
    if let storage = traits.storage, storage.updates,
      i.ra.number == 0 || !storage.isStore && traits.registers[0].isGeneral && i.ra == i.rt
    {
      return .helperCall
    }
    return code.contains(i, on: features) ? code : .helperCall
  }

  private static func ofBranch(
    _ kind: InstructionID, _ i: Instruction
  ) -> (uses: RegisterSet, changes: RegisterSet) {
    var uses: RegisterSet = []
    var changes: RegisterSet = []
    if i.lk { changes.insert(RegisterSet(.lr)) }
    if kind == .bclr { uses.insert(RegisterSet(.lr)) }
    if kind == .bcctr { uses.insert(RegisterSet(.ctr)) }
    if kind == .bc || kind == .bclr, i.bo & 4 == 0 { changes.insert(RegisterSet(.ctr)) }
    return (uses.union(changes), changes)
  }

  private static func ofOperands(
    _ registers: [RowTraits.Register], _ i: Instruction
  ) -> (uses: RegisterSet, changes: RegisterSet) {
    var uses: RegisterSet = []
    var changes: RegisterSet = []
    for named in registers {
      let number = named.number(in: i)
      if named.zeroIsNone, number == 0 { continue }
      for index in 0..<named.count(in: i) {
        let register = RegisterSet(
          named.firstVector.map { GuestRegister(vsr: $0 + number + index) }
            ?? GuestRegister(number: (number + index) & 31))
        uses.insert(register)
        if named.changes(index) { changes.insert(register) }
      }
    }
    return (uses, changes)
  }
}
