import Foundation
import GuestMemory
import PowerArithmetic
import PowerCPU
import PowerISA
import RegisterLists
import RegisterRestore
import Testing

/// A clock that a test sets.
private final class TestClock: ProcessorClock, @unchecked Sendable {
  // Safety: one test uses it from one task.
  var ticks: UInt64 = 1000
  func timebase(instructionsInRun: UInt64) -> UInt64 { ticks &+ instructionsInRun }
  func instructions(until deadline: UInt64) -> Int64? { nil }
}

private func processor(
  _ model: ProcessorModel, memory: GuestMemory? = nil
) throws -> VirtualProcessor {
  VirtualProcessor(
    index: 0, hardware: model, memory: try memory ?? GuestMemory(size: 1 << 20), clock: TestClock())
}

/// The sample of a POWER8 guest of KVM.
private func sample() throws -> RegisterDump {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Samples/Registers/power8-kvm.json")
  return try RegisterDump(reading: [UInt8](Data(contentsOf: file)), file: "power8-kvm.json")
}

/// What a refused restoration names, without the explanations.
private func refused(_ body: () throws -> Void) -> [String] {
  do {
    try body()
    return []
  } catch RestoreError.refused(let reasons) {
    return reasons.map { String($0.prefix { $0 != ":" }) }
  } catch {
    return ["\(error)"]
  }
}

@Suite struct RestoreTests {
  /// Names of the sample's registers that a machine serves.
  private let served: Set<String> = ["VPA_ADDR", "ICP_STATE"]

  /// Fills everything that a processor of the model has with values of its own.
  private func fill(_ cpu: VirtualProcessor) {
    for number in 0..<32 { cpu[gpr: number] = 0x0123_4567_89ab_cde0 &+ UInt64(number) }
    let vectors = cpu.hardware.facilities.vector
    for number in 0..<64 where number < 32 || vectors > 0 {
      cpu[vsr: number] = Vector(
        UInt64(number) &* 0x0101_0101_0101, vectors > 1 || number >= 32 ? ~UInt64(number) : 0)
    }
    cpu.machineState = MSR.sf | MSR.me | MSR.fp | MSR.ri
    cpu.conditionRegister = 0x8421_1248
    cpu.floatingPointStatus = FPSCR.xe | 2
    if vectors > 0 { cpu.vectorStatus = VSCR.nj | VSCR.sat }
    cpu.nextInstruction = 0x4000
    for register in [SPR.lr, .ctr, .srr0, .dar, .sprg0, .sprg1, .sprg2, .sprg3, .cfar] {
      cpu.write(register, 0x1000 + UInt64(register.number))
    }
    cpu.write(.xer, XER.so | XER.ca | 5)
    cpu.write(.dsisr, 0x4000_0000)
    cpu.decrementerExpiry = 0x1234_5678
    if cpu.hardware.isa >= .v2_07 { cpu.write(.tar, 0x8880) }
    if cpu.hardware.isa >= .v2_07 {
      // Counting stands still in the state this leaves behind; what was counted is kept.
      for (register, value) in [(SPR.mmcr0, UInt64(1) << 31), (.dscr, 3), (.controlWrite, 1)] {
        cpu.write(register, value)
      }
    }
    cpu.interruptsLittleEndian = true
    cpu.replaceSegments([
      (index: 0, effective: 0xc000_0000_0800_0000, virtual: 0x0000_408f_92c9_4500),
      (index: 7, effective: 0xd000_0000_0800_0000, virtual: 0x0000_f09b_89af_5400),
    ])
  }

  @Test(arguments: ProcessorModel.all.map(\.name))
  func listRestoreList(_ name: String) throws {
    let model = try #require(ProcessorModel.all.first { $0.name == name })
    let first = try processor(model)
    fill(first)
    if let level = model.levels?.lowerBound {
      first.write(.pcr, model.effectivePCR(at: level).rawValue)
    }
    let list = Book3SState.list(of: first)
    #expect(list["GPR31"]?.bits == 0x0123_4567_89ab_cdff)
    #expect(list["SLBE1"]?.bits == 0xd000_0000_0800_0007)
    #expect((list["VR0"] != nil) == (model.facilities.vector > 0))
    let second = try processor(model)
    try Book3SState.restore(list, into: second)
    #expect(Book3SState.list(of: second).json() == list.json())
    // And through the binary form, which a reader gets.
    let third = try processor(model)
    try Book3SState.restore(
      RegisterDump(reading: list.binary(), file: "list"), into: third)
    #expect(Book3SState.list(of: third).binary() == list.binary())
  }

  /// A program that uses integer, vector-scalar and special registers, cut in two by a restoration.
  @Test func runsOnWhereTheListWasMade() throws {
    let memory = try GuestMemory(size: 1 << 20)
    let loop: [UInt32] = [
      0x3863_0007,  // addi r3, r3, 7
      0x7c84_1a14,  // add r4, r4, r3
      0xfc22_082a,  // fadd f1, f2, f1
      0xf061_1101,  // xsadddp vs3, vs1, vs2: lands in VSR 3
      0x7c85_1839,  // and. r5, r4, r3
      0x4200_ffec,  // bdnz loop
    ]
    for (index, word) in loop.enumerated() {
      try memory.write(word, at: 0x4000 + UInt64(index) * 4, .big)
    }
    func start() throws -> VirtualProcessor {
      let cpu = try processor(.power9, memory: memory)
      fill(cpu)
      cpu.machineState = MSR.sf | MSR.me | MSR.fp | MSR.vsx | MSR.vec
      cpu[vsr: 1] = Vector(0x3ff0_0000_0000_0000, 0)
      cpu[vsr: 2] = Vector(0x3fb9_9999_9999_999a, 0)
      cpu.write(.ctr, 1000)
      return cpu
    }
    let whole = try start()
    _ = whole.run(instructions: 4321)

    let before = try start()
    _ = before.run(instructions: 1234)
    let after = try processor(.power9, memory: memory)
    try Book3SState.restore(Book3SState.list(of: before), into: after)
    _ = after.run(instructions: 4321 - 1234)

    // Counters of instructions and time are the only ones that may differ.
    let comparison = try RegisterComparison(
      Book3SState.list(of: after), Book3SState.list(of: whole))
    #expect(comparison.isAccepted, "\(comparison.reasons)")
    #expect(after.nextInstruction == whole.nextInstruction)
    #expect(after[gpr: 4] == whole[gpr: 4] && after[gpr: 4] > 1 << 16)
  }

  @Test func listOfKVMIsTaken() throws {
    let cpu = try processor(.power8)
    try Book3SState.restore(sample(), into: cpu, servedByCaller: served)
    #expect(cpu.nextInstruction == 0xc000_0000_000a_1f34)
    #expect(cpu[gpr: 1] == 0xc000_0001_fe6a_3c90)
    #expect(cpu[vsr: 3] == Vector(0x3ff0_0000_0000_0003, 0x0303_0303_0303_0303))
    #expect(cpu.interruptsLittleEndian && cpu.alternateInterruptLocation == 3)
    #expect(cpu.segments.map(\.index) == [0, 1, 2])
    #expect(cpu.timebase == 0x4_9fff_0000)
    #expect(cpu.read(.dec) == 0x1_1000)
    #expect(cpu.read(.purr) == 0x3a5e_1c77)
    // POWER8 at the POWER8 level is POWER8 itself.
    #expect(cpu.read(.pcr) == 0)
  }

  @Test func negotiatedLevelSetsThePCR() throws {
    var list = try sample()
    list.set("ARCH_COMPAT", 0x0f10_0003)
    let cpu = try processor(.power8)
    try Book3SState.restore(list, into: cpu, servedByCaller: served)
    #expect(cpu.read(.pcr) == ProcessorModel.power8.effectivePCR(at: .power7).rawValue)
    list.set("ARCH_COMPAT", 0x0f00_0005)
    #expect(
      refused { try Book3SState.restore(list, into: cpu, servedByCaller: served) }
        == ["ARCH_COMPAT"])
  }

  @Test func refusalsNameEveryRegisterAndChangeNothing() throws {
    var list = try sample()
    list.set("HIOR", 0x1000)
    list.set("MSR", (list["MSR"]?.bits ?? 0) | 1 << 32)
    list.set("TM_GPR3", 1)
    list.remove("LR")
    list.remove("TB")
    let cpu = try processor(.power8)
    fill(cpu)
    let before = Book3SState.list(of: cpu).json()
    #expect(
      refused { try Book3SState.restore(list, into: cpu) }
        == ["TB", "MSR", "LR", "HIOR", "TM_GPR3", "VPA_ADDR", "ICP_STATE"])
    #expect(Book3SState.list(of: cpu).json() == before)
  }

  @Test func anotherKindOfProcessorIsRefused() throws {
    let list = try sample()
    let names = refused {
      _ = try Book3SState.trial(list, on: .power9, servedByCaller: served)
    }
    #expect(names == ["PVR"])
  }

  @Test func halvesOfVectorScalarRegistersAreNotEnough() throws {
    var list = try sample()
    list.set("VSR5", partOf: RegisterIdentifier(rawValue: 0x1030_0000_0000_0025), 7)
    #expect(
      refused { _ = try Book3SState.trial(list, on: .power8, servedByCaller: served) } == ["VSR5"])
  }

  @Test func entriesBeyondTheSegmentBufferAreRefused() throws {
    var list = try sample()
    list.set("SLBE3", 0xe000_0000_0800_0028)
    let names = refused {
      _ = try Book3SState.trial(list, on: .power8, servedByCaller: served)
    }
    #expect(names == ["SLBE3"])
  }

  @Test func armHasNoEngine() throws {
    let list = RegisterDump(family: .cortexA15)
    #expect {
      _ = try Book3SState.trial(list, on: .power9)
    } throws: { error in
      "\(error)".hasPrefix("arm-cortex-a15 cannot be restored: there is no ARM engine")
    }
  }
}
