import HostSupport
import PowerCPU
import PowerISA
import Testing

@testable import PowerJIT
@testable import PowerJITx86

#if DEBUG
  /// Host code that is emitted, checked and never executed.
  private final class TrialEmission {
    private let guest: Translated
    private let backEnd: X86BackEnd
    private let msr: UInt64
    private let inLoop: Bool

    init(_ msr: UInt64 = MSR.sf | MSR.fp | MSR.vec | MSR.vsx | MSR.le, inLoop: Bool = false) throws
    {
      guest = try Translated([])
      backEnd = try #require(guest.translator.backEnd as? X86BackEnd)
      self.msr = msr
      self.inLoop = inLoop
    }

    private func operation(_ row: InstructionRow, _ i: Instruction, word: Int = 0) -> Operation {
      Operation(
        row: row.id, of: HostCode.table, instruction: i, page: 0x1_0000, word: word, handler: 0,
        features: backEnd.features,
        msr: msr, permits: { _, _ in true })
    }

    func operation(_ id: InstructionID, _ values: Int64...) -> Operation {
      guard let row = InstructionRow.all.first(where: { $0.instructionID == id }) else {
        preconditionFailure("no row of \(id)")
      }
      let i = zip(row.operands, values).reduce(Instruction(rawValue: row.value)) { i, field in
        field.0.replacing(in: i, with: field.1) ?? i
      }
      return operation(row, i)
    }

    func random(_ row: InstructionRow, _ random: inout SplitMix64) -> Operation {
      var i = row.randomInstruction(using: &random)
      // Few registers, so that they are those of the other instructions.
      for operand in row.operands where random.once(in: 2) {
        switch operand.kind {
        case .gpr, .gprOrZero, .fpr, .vr, .vsr:
          let few: Int64 = operand.kind == .vsr ? 35 : 3
          i = operand.replacing(in: i, with: operand.value(in: i) & few) ?? i
        default: continue
        }
      }
      return operation(row, i)
    }

    /// What everything is deferred after, and what replaces all of it.
    private lazy var surroundings: [Operation] =
      (0..<8).map {
        $0 & 4 == 0 ? operation(.cmpi, $0, 1, $0 & 3, 0) : operation(.cmp, $0, 1, $0 & 3, 5)
      } + [
        operation(.addc, 4, 1, 2), operation(.fadd, 4, 1, 2),
      ]

    /// The same of an instruction with other host code.
    func violations(_ o: Operation, _ code: HostCode) -> [String] {
      withExtendedLifetime(code) { violations(o.with(code: code)) }
    }

    /// Emits an instruction between others that leave everything deferred that can be.
    func violations(_ o: Operation) -> [String] {
      var operations = surroundings + [o]
      if !o.endsBlock { operations += surroundings }
      if inLoop, !o.endsBlock { operations.append(operation(.b, Int64(-4 * operations.count))) }
      operations = operations.enumerated().map { $1.with(word: $0) }
      var region = Region(
        page: Translated.code, context: RegionContext(msr: msr, summaryOverflow: false),
        blocks: [Region.Block(start: 0, operations: operations, end: operations.count)],
        entries: [0], blockOfWord: [0] + [Int16](repeating: -1, count: 1023))
      region.findSuccessors()
      region.findLoops()
      region.findChanges()
      backEnd.assembler.begin(at: backEnd.memory.next)
      backEnd.helperCalls.begin(segment: 0)
      let emitter = RegionEmitter(
        backEnd.assembler, region, backEnd.trampolines, backEnd.features,
        backEnd.helperCalls, specialRegisters: 0, accessSlots: backEnd.accessSlots,
        RegionFacts(
          hasWordCarry: true, mayBeReturnedTo: true, separate: PageWords(),
          scattered: PageWords(), observe: { _, _, _ in }))
      emitter.emit()
      return emitter.violations
    }
  }

  extension HostCode {
    /// The same with other promises.
    fileprivate func promising(_ promises: Promises) -> HostCode {
      HostCode(instructions, promises, body: body)
    }
  }

  extension Operation {
    fileprivate func with(word: Int? = nil, code other: HostCode? = nil) -> Operation {
      let code = other ?? code
      return Operation(
        kind: kind, code: code, promises: code.promises, codeKind: code.kind,
        isLowered: code.isLowered, instruction: instruction, smallWord: UInt16(word ?? self.word),
        handler: handler, uses: uses, changes: changes, vsr: vsr, storage: storage,
        address: address, writes: writes,
        deferrable: deferrable, traits: traits, needsFacility: needsFacility)
    }
  }

  @Suite("What emitters promise")
  struct EmissionCheckTests {
    private static let rows = InstructionRow.all.filter { TranslatedRows.contains($0.id) }

    @Test("is so of every row with host code", arguments: 0..<8)
    func everyRow(variant: Int) throws {
      let always = MSR.fp | MSR.vec | MSR.vsx | (variant & 4 == 0 ? MSR.sf : 0)
      let trial = try TrialEmission(
        always | (variant & 1 == 0 ? MSR.le : MSR.pr), inLoop: variant & 2 != 0)
      var random = SplitMix64(state: UInt64(variant))
      for row in Self.rows {
        for _ in 0..<2 {
          let o = trial.random(row, &random)
          #expect(trial.violations(o) == [], "\(row.mnemonic) \(o.instruction)")
        }
      }
    }

    @Test("is a violation when it is not so", arguments: [false, true])
    func wrongPromises(inLoop: Bool) throws {
      let trial = try TrialEmission(inLoop: inLoop)
      func expect(
        _ text: String, _ o: Operation, _ promises: (HostCode.Promises) -> HostCode.Promises,
        location: SourceLocation = #_sourceLocation
      ) {
        #expect(trial.violations(o) == [], sourceLocation: location)
        let wrong = o.code.promising(promises(o.code.promises))
        #expect(
          trial.violations(o, wrong).contains("\(o.kind) \(text)"), sourceLocation: location)
      }
      expect("promises to have no side exit, and has one", trial.operation(.divw, 3, 1, 2)) {
        $0.union(.noSideExit)
      }
      expect("promises to use doubleword 0 only, and uses more", trial.operation(.vaddubm, 1, 2, 3))
      {
        $0.union(.isScalar)
      }
      expect("promises to set FR, FI and FPRF, and does not", trial.operation(.fmr, 1, 2)) {
        $0.union(.setsFloatStatus)
      }
      expect("sets FR, FI and FPRF, and does not promise it", trial.operation(.fadd, 1, 2, 3)) {
        $0.subtracting(.setsFloatStatus)
      }
      guard HostFeatures().avx, !inLoop else { return }
      expect("promises not to use XMM3, and does", trial.operation(.fadds, 1, 2, 3)) {
        $0.union(.sparesXMM3)
      }
    }

    @Test("is a violation when it is not what the row declares")
    func wrongEmitters() throws {
      let trial = try TrialEmission()
      func expect(
        _ text: String, _ o: Operation, location: SourceLocation = #_sourceLocation,
        _ emit: @escaping Emitter.Emit
      ) {
        let wrong = HostCode([o.kind], o.code.promises, emit: emit)
        #expect(
          trial.violations(o, wrong).contains("\(o.kind) \(text)"),
          sourceLocation: location)
      }
      let selection = trial.operation(.isel, 3, 1, 2, 0).instruction
      expect(
        "reads the condition register, which its row does not declare",
        trial.operation(.andi_, 1, 2, 3)
      ) { emitter, _ in emitter.select(selection) }
      expect(
        "sets the condition register, which its row does not declare",
        trial.operation(.addi, 3, 1, 2)
      ) { $0.recordAlways($1.instruction.rt) }
      expect("uses the FPSCR, which its row does not declare", trial.operation(.fmr, 1, 2)) {
        $0.requireFloatMode($1)
      }
      expect(
        "does not set the field of the condition register that its row declares",
        trial.operation(.andi_, 1, 2, 3)
      ) { _, _ in }
      expect(
        "does not set the field of the condition register that its row declares",
        trial.operation(.cmpi, 3, 1, 2, 3)
      ) { _, _ in }
      let unnamed = GuestRegister(number: 9)
      expect(
        "reads a general register that its operands do not declare", trial.operation(.cmpb, 1, 2, 3)
      ) { emitter, _ in _ = emitter.value(unnamed, .rax) }
      expect(
        "sets a general register that its operands do not declare", trial.operation(.cmpb, 1, 2, 3)
      ) { emitter, _ in emitter.set(unnamed, .rax) }
      expect("does not set CA32, which its row declares", trial.operation(.addc, 1, 2, 3)) { _, _ in
      }
      expect("uses what is deferred from the state", trial.operation(.mfocrf, 3, 128)) {
        emitter, _ in _ = emitter.crField(0)
      }
      if HostFeatures().avx {
        expect("uses XMM3, and names no vector-scalar register", trial.operation(.cmpb, 1, 2, 3)) {
          emitter, _ in emitter.copy(.xmm3, .xmm0)
        }
      }
      expect("uses what is deferred from the state", trial.operation(.mfspr, 3, 1)) {
        emitter, _ in _ = emitter.wordCarry
      }
    }
  }
#endif
