internal import GuestMemory
internal import PowerArithmetic
internal import PowerCPU
internal import PowerISA
internal import PowerJIT

/// A clock that counts instructions, so that what reads it tells how many there were.
private final class CountingClock: ProcessorClock, @unchecked Sendable {
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
  private let clock = CountingClock()
  private let littleEndian: Bool

  init(_ model: ProcessorModel, littleEndian: Bool, codeCapacity: Int?) throws {
    self.littleEndian = littleEndian
    memory = try GuestMemory(size: Place.memory)
    cpu = VirtualProcessor(index: 0, hardware: model, memory: memory, clock: clock)
    cpu.randomSource = { 0x1234_5678_9ABC_DEF0 }
    translator = codeCapacity.flatMap { [cpu] in
      Translator(cpu, threshold: 1, codeCapacity: $0)
    }
    translator?.attach()
  }

  /// Puts a program into memory, and its registers into the processor.
  func load(_ program: RandomProgram, data: [UInt8]) throws {
    cpu.reset()
    cpu.interruptsLittleEndian = littleEndian
    clock.instructions = 0
    try memory.fill(Int(Place.memory), at: 0)
    try memory.write(data, at: Place.data)
    let order: Endianness = littleEndian ? .little : .big
    // Every handler goes on after the instruction: mfsrr0 r3; addi r3,r3,4; mtsrr0 r3; rfid.
    for vector in stride(from: 0x100 as UInt64, to: 0x1000, by: 0x80) {
      for (index, word) in [0x7C7A_02A6, 0x3863_0004, 0x7C7A_03A6, 0x4C00_0024].enumerated() {
        try memory.write(UInt32(word), at: vector + UInt64(index) * 4, order)
      }
    }
    for (index, word) in program.words.enumerated() {
      try memory.write(word, at: program.first + UInt64(index) * 4, order)
    }
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
    cpu.floatingPointStatus = program.fpscr
    cpu.machineState = program.msr
    cpu.nextInstruction = program.first
  }

  func run(_ instructions: Int64) {
    let before = cpu.instructionCount
    _ = cpu.run(instructions: instructions)
    clock.instructions &+= cpu.instructionCount &- before
  }

  /// Everything that must be equal, by name.
  var registers: [(name: String, value: UInt64)] {
    var list: [(String, UInt64)] = (0..<32).map { ("r\($0)", cpu[gpr: $0]) }
    for n in 0..<64 {
      list.append(("vs\(n).0", cpu[vsr: n].doubleword0))
      list.append(("vs\(n).1", cpu[vsr: n].doubleword1))
    }
    list += [
      ("nia", cpu.nextInstruction), ("msr", cpu.machineState),
      ("cr", UInt64(cpu.conditionRegister)),
      ("xer", cpu.read(.xer)), ("lr", cpu.read(.lr)), ("ctr", cpu.read(.ctr)),
      ("cfar", cpu.state.pointee.cfar), ("fpscr", cpu.floatingPointStatus),
      ("vscr", UInt64(cpu.vectorStatus)), ("srr0", cpu.read(.srr0)), ("srr1", cpu.read(.srr1)),
      ("dar", cpu.read(.dar)), ("dsisr", cpu.read(.dsisr)), ("fscr", cpu.read(.fscr)),
      ("instructions", cpu.instructionCount),
    ]
    return list
  }
}
