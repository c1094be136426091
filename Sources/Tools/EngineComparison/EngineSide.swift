internal import GuestMemory
internal import HostSupport
internal import PowerArithmetic
internal import PowerCPU
internal import PowerISA
internal import PowerJIT
internal import PowerJITx86
internal import SavedState

/// A clock that counts instructions, so that reading it yields their number.
private final class InstructionClock: ProcessorClock, @unchecked Sendable {
  // Safety: one comparison uses it from one task.
  var instructions: UInt64 = 0
  func timebase(instructionsInRun: UInt64) -> UInt64 { instructions &+ instructionsInRun }
  func instructions(until deadline: UInt64) -> Int64? { Int64(clamping: deadline &- instructions) }
}

/// One of the two processors of a comparison; with a translator if it has memory for its code.
final class EngineSide {
  let memory: GuestMemory
  let cpu: VirtualProcessor
  let translator: Translator?
  let hashTable: HashPageTable
  private let clock = InstructionClock()

  /// - Parameters:
  ///   - codeCapacity: nil for the interpreter.
  ///   - masked: features of the host that the translator does without.
  ///   - backEnd: the translator's.
  init(
    _ model: ProcessorModel, codeCapacity: Int?, masked: Set<String> = [],
    backEnd: ComparedBackEnd = .host
  ) throws {
    memory = try GuestMemory(size: MemoryMap.memory)
    guard let hashTable = HashPageTable(sizeLog2: 18) else { throw EngineComparisonError.noMemory }
    self.hashTable = hashTable
    cpu = VirtualProcessor(index: 0, hardware: model, memory: memory, clock: clock)
    cpu.randomSource = { 0x1234_5678_9ABC_DEF0 }
    translator = codeCapacity.flatMap { [cpu] capacity in
      switch backEnd {
      case .host: Translator(cpu, threshold: 1, codeCapacity: capacity)
      case .microOps:
        MicroBackEnd(cpu).map { Translator(cpu, $0, threshold: 1, codeCapacity: capacity) }
      }
    }
    translator?.mask(features: masked)
    if codeCapacity != nil, translator == nil { throw EngineComparisonError.noTranslator }
    translator?.attach()
  }

  /// What memory holds where nothing else is said.
  private static let contents: [UInt64] = {
    var random = SplitMix64(state: 0)
    return (0..<MemoryMap.memory / 8).map { $0 * 8 < MemoryMap.data ? 0 : random.next() }
  }()

  /// Puts a program into memory, and its scene and registers into the processor.
  func load(_ program: RandomProgram) throws {
    let scene = program.scene
    cpu.reset()
    clock.instructions = 0
    Self.contents.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(start: memory.base, count: bytes.count).copyMemory(from: bytes)
    }
    try InterruptHandlers.write(
      to: memory, littleEndian: scene.handlersLittleEndian, repairsPages: scene.repairsPages)
    if cpu.hardware.isa >= .v3_0 {
      try InterruptHandlers.writeVectored(to: memory, littleEndian: scene.handlersLittleEndian)
    }
    for (index, word) in program.words.enumerated() {
      try writeCode(word, at: program.first + UInt64(index) * 4, scene)
    }
    try setTranslation(scene)
    program.gpr.withUnsafeBufferPointer { gpr in
      program.vsr.withUnsafeBufferPointer { vsr in
        if let gpr = gpr.baseAddress, let vsr = vsr.baseAddress {
          cpu.setRegisters(gpr: gpr, vsr: vsr)
        }
      }
    }
    cpu.conditionRegister = program.cr
    cpu.write(.xer, program.xer)
    cpu.write(.lr, program.lr)
    cpu.write(.ctr, program.ctr)
    cpu.write(.fscr, ~0)
    cpu.write(.sprg0, program.first)
    cpu.floatingPointStatus = program.fpscr
    cpu.interruptsLittleEndian = scene.handlersLittleEndian
    cpu.alternateInterruptLocation = scene.alternateLocation
    cpu.write(.pcr, cpu.hardware.effectivePCR(at: scene.level).rawValue)
    cpu.machineState = scene.msr
    cpu.nextInstruction = program.first
  }

  /// A word of the program, in both byte orders.
  private func writeCode(_ word: UInt32, at address: UInt64, _ scene: TestEnvironment) throws {
    try memory.write(word, at: address, scene.isLittleEndian ? .little : .big)
    try memory.write(word, at: address + MemoryMap.otherCode, scene.isLittleEndian ? .big : .little)
  }

  /// The current words of a program, in its initial byte order.
  func changedWords(of program: RandomProgram) -> [(address: UInt64, word: UInt32)] {
    program.words.indices.compactMap { index in
      let address = program.first + UInt64(index) * 4
      let word = try? memory.read(
        UInt32.self, at: address, program.scene.isLittleEndian ? .little : .big)
      return word.flatMap { $0 == program.words[index] ? nil : (address, $0) }
    }
  }

  private func setTranslation(_ scene: TestEnvironment) throws {
    cpu.hashPageTable = nil
    cpu.write(.amr, scene.amr)
    cpu.write(.iamr, scene.iamr)
    if scene.translation == .hashed {
      hashTable.clear()
      cpu.hashPageTable = hashTable
      cpu.replaceSegments(PageTables.segments)
    } else if scene.translation == .radix {
      try PageTables.writeDirectories(to: memory)
      cpu.setProcessTable(ProcessTable(base: MemoryMap.processTable, size: 0x100, isRadix: true))
    }
    for page in scene.pages { try write(page, scene.translation) }
  }

  private func write(_ page: PageMapping, _ translation: TestEnvironment.Translation) throws {
    switch translation {
    case .real: break
    case .radix: try PageTables.write(page, to: memory)
    case .hashed: PageTables.write(page, to: hashTable)
    }
  }

  /// Does what comes from outside.
  func take(_ event: InjectedEvent, in program: RandomProgram) throws {
    switch event {
    case .none: break
    case .page(let page):
      try write(page, program.scene.translation)
      if program.scene.translation == .hashed { return PageTables.invalidate(page, of: cpu) }
      // By each address that is translated by the same entry.
      cpu.invalidateTranslations(TranslationInvalidation(operand: page.effective))
      cpu.invalidateTranslations(
        TranslationInvalidation(operand: page.effective | MemoryMap.kernel))
    case .external: cpu.setExternalInterrupt(true)
    case .decrementer(let ticks): cpu.decrementerExpiry = cpu.timebase &+ ticks
    case .code(let word, let place):
      try writeCode(word, at: program.first + UInt64(place) * 4, program.scene)
    case .reservationLost: cpu.cancelReservation()
    case .debugging(let registers):
      for (register, value) in registers { cpu.write(register, value) }
    }
  }

  /// Executes so many instructions, as a machine with a deterministic clock does.
  func run(_ count: Int64) {
    var left = count
    while left > 0 {
      let before = cpu.instructionCount
      let limit = min(left, cpu.instructionsUntilDecrementer ?? left)
      _ = cpu.run(instructions: max(limit, 1))
      let executed = cpu.instructionCount &- before
      clock.instructions &+= executed
      left -= Int64(clamping: max(executed, 1))
    }
    cpu.setExternalInterrupt(false)
  }

  // MARK: what must be equal

  /// The registers that most instructions change: GPRs and VSRs, and then some.
  func copyRegisters(to values: inout [UInt64]) {
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      cpu.copyRegisters(gpr: base, vsr: base + 32)
      let others = [
        cpu.nextInstruction, cpu.machineState, UInt64(cpu.conditionRegister), cpu.read(.xer),
        cpu.read(.lr), cpu.read(.ctr), cpu.read(.cfar), cpu.floatingPointStatus,
        UInt64(cpu.vectorStatus), cpu.read(.srr0), cpu.read(.srr1), cpu.read(.dar),
        cpu.read(.dsisr), cpu.instructionCount,
      ]
      for (index, value) in others.enumerated() { base[160 + index] = value }
    }
  }

  static let registerNames =
    (0..<32).map { "r\($0)" } + (0..<64).flatMap { ["vs\($0).0", "vs\($0).1"] }
    + [
      "nia", "msr", "cr", "xer", "lr", "ctr", "cfar", "fpscr", "vscr", "srr0", "srr1", "dar",
      "dsisr", "instructions",
    ]

  /// Everything that a saved machine has of a processor.
  func savedState() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try writer.section(.processor) { coder throws(StateError) in try cpu.code(&coder) }
    return bytes
  }
}

enum EngineComparisonError: Error, CustomStringConvertible {
  case noMemory
  case noTranslator

  var description: String {
    switch self {
    case .noMemory: "no memory for a page table"
    case .noTranslator: "the host does not let code be made"
    }
  }
}
