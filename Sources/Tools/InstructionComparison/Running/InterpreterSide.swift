import GuestMemory
import PowerCPU
import PowerISA

/// Executes instructions in our interpreter, in problem state as Linux sets it up for a process: the
/// page of instructions may be executed, the buffer read and written, and nothing else is there.
final class InterpreterSide {
  let memory: GuestMemory
  private let cpu: VirtualProcessor
  private let environment: ComparisonEnvironment
  /// MSR between instructions.
  private let problemState: UInt64
  // Safety: allocated and freed with this object.
  private let gpr: UnsafeMutablePointer<UInt64>
  private let vsr: UnsafeMutablePointer<UInt64>

  init(_ environment: ComparisonEnvironment) throws {
    self.environment = environment
    memory = try GuestMemory(size: StateLayout.buffer + UInt64(StateLayout.bufferSize))
    cpu = VirtualProcessor(
      index: 0, hardware: environment.processor, memory: memory, clock: StoppedClock())
    let isa = environment.processor.isa
    problemState =
      MSR.sf | MSR.pr | MSR.fp | MSR.fe0 | MSR.fe1 | MSR.ee | MSR.me | MSR.ir | MSR.dr | MSR.ri
      | (environment.processor.facilities.vector > 0 ? MSR.vec : 0)
      | (isa >= .v2_06 ? MSR.vsx : 0) | (environment.order == .little ? MSR.le : 0)
    gpr = .allocate(capacity: 32)
    vsr = .allocate(capacity: 128)
    gpr.initialize(repeating: 0, count: 32)
    vsr.initialize(repeating: 0, count: 128)
    if isa >= .v2_07 { cpu.write(.fscr, ~0) }
    try mapPages()
    cpu.machineState = problemState
  }

  deinit {
    gpr.deallocate()
    vsr.deallocate()
  }

  /// One segment of 4 KiB pages at their own addresses.
  private func mapPages() throws {
    let virtualSegment: UInt64 = 1
    guard let table = HashPageTable(sizeLog2: 18) else {
      throw InstructionComparisonError.hostMemory
    }
    func map(_ range: Range<UInt64>, _ bits: UInt64) {
      for page in range.lowerBound >> 12..<range.upperBound >> 12 {
        let group = (virtualSegment ^ page) & table.groupMask
        // Valid; reference and change are set already.
        table[group << 3] = (
          virtualSegment << 12 | (page >> 11) << 7 | HPTE.valid,
          page << 12 | HPTE.reference | HPTE.change | bits
        )
      }
    }
    let readWrite: UInt64 = 2
    map(StateLayout.code..<StateLayout.slots + UInt64(StateLayout.codeSize), readWrite)
    map(
      StateLayout.buffer..<StateLayout.buffer + UInt64(StateLayout.bufferSize),
      readWrite | HPTE.noExecute)
    cpu.hashPageTable = table
    // slbmte r3,r4, in privileged state: valid, both keys.
    cpu.machineState = MSR.sf
    cpu[gpr: 3] = virtualSegment << 12 | SLB.supervisorKey | SLB.problemKey
    cpu[gpr: 4] = SLB.valid
    try memory.write(0x7C60_2324 as UInt32, at: StateLayout.slots)
    cpu.nextInstruction = StateLayout.slots
    _ = cpu.run(instructions: 1)
  }

  /// Copies the page of instructions.
  func setCode(_ page: UnsafeRawPointer) {
    (memory.base + Int(StateLayout.slots)).copyMemory(
      from: page, byteCount: StateLayout.codeSize)
    memory.noteCodeWrite(page: StateLayout.slots >> GuestMemory.pageShift)
  }

  /// A state of the buffer in this side's memory.
  func state(_ index: Int) -> StateView {
    StateView(
      base: memory.base + Int(StateLayout.address(ofState: index)),
      isBigEndian: environment.order == .big)
  }

  /// Executes the instructions from `first` to `end` on a state of the buffer, in place.
  func run(_ first: UInt64, _ end: UInt64, on index: Int) {
    let s = state(index)
    load(s)
    cpu.cancelReservation()
    cpu.nextInstruction = first
    // Sixteen: more instructions than a slot holds.
    for _ in 0..<16 {
      _ = cpu.run(instructions: 1)
      let next = cpu.nextInstruction
      guard next > first, next < end else { break }
    }
    finish(s, first, end)
  }

  private func load(_ s: StateView) {
    let words = s.base.assumingMemoryBound(to: UInt64.self)
    if s.isBigEndian {
      for n in 0..<32 { gpr[n] = words[n].byteSwapped }
      for n in 0..<128 { vsr[n] = words[32 + n].byteSwapped }
      cpu.setRegisters(gpr: gpr, vsr: vsr)
    } else {
      cpu.setRegisters(gpr: words, vsr: words + 32)
    }
    cpu.floatingPointStatus = s.fpscr
    cpu.conditionRegister = UInt32(truncatingIfNeeded: s.cr)
    cpu.vectorStatus = UInt32(truncatingIfNeeded: s.vscr)
    cpu.write(.xer, s.xer)
    cpu.write(.lr, s[StateLayout.lr])
    cpu.write(.ctr, s[StateLayout.ctr])
    if environment.runnerVariant > 0 { cpu.write(.vrsave, s[StateLayout.vrsave]) }
    if environment.runnerVariant == 3 { cpu.write(.tar, s[StateLayout.tar]) }
  }

  private func finish(_ s: StateView, _ first: UInt64, _ end: UInt64) {
    let next = cpu.nextInstruction
    if cpu.machineState & MSR.pr == 0 {
      let address = cpu.read(.srr0)
      s.nia = address
      s.signal = first..<end ~= address ? signal(next, cpu.read(.srr1)) : 0
      cpu.machineState = problemState
    } else {
      s.nia = next == end ? 0 : next
      s.signal = 0
    }
    let words = s.base.assumingMemoryBound(to: UInt64.self)
    cpu.copyRegisters(gpr: words, vsr: words + 32)
    if s.isBigEndian { for n in 0..<160 { words[n] = words[n].byteSwapped } }
    s.fpscr = cpu.floatingPointStatus
    s.cr = UInt64(cpu.conditionRegister)
    s.vscr = UInt64(cpu.vectorStatus)
    s.xer = cpu.read(.xer)
    s[StateLayout.lr] = cpu.read(.lr)
    s[StateLayout.ctr] = cpu.read(.ctr)
    if environment.runnerVariant > 0 { s[StateLayout.vrsave] = cpu.read(.vrsave) }
    if environment.runnerVariant == 3 { s[StateLayout.tar] = cpu.read(.tar) }
  }

  /// What Linux makes of an interrupt.
  private func signal(_ vector: UInt64, _ srr1: UInt64) -> UInt64 {
    switch InterruptVector(rawValue: vector) {
    case .dataStorage, .dataSegment, .instructionStorage, .instructionSegment: 11
    case .alignment, .machineCheck: 7
    // Floating-point enabled exception, trap, or an instruction that does not exist here.
    case .program: srr1 & 1 << 20 != 0 ? 8 : srr1 & 1 << 17 != 0 ? 5 : 4
    default: 4
    }
  }
}

/// The reason for which a comparison cannot continue.
public enum InstructionComparisonError: Error, CustomStringConvertible {
  case hostMemory
  /// A program from outside, the compiler or QEMU, does not do what the comparison needs.
  case peer(String)
  /// An option names something that is not there.
  case unknown(String)
  case file(String)

  /// The reason in words.
  public var description: String {
    switch self {
    case .hostMemory: "the host has no memory left"
    case .peer(let text), .unknown(let text), .file(let text): text
    }
  }
}
