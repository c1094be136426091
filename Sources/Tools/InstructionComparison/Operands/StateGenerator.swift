import GuestMemory
internal import HostSupport
import PowerArithmetic
import PowerISA

/// Fills states for a sequence: random registers everywhere, and in those that its instructions name
/// operands that mean something to the row.
struct StateGenerator {
  private let environment: ComparisonEnvironment
  private let generator: SequenceGenerator
  /// States with random registers, of which each new one starts as a copy.
  // Safety: allocated once and never freed, as the generator lives as long as its worker.
  private let backgrounds: UnsafeMutableRawPointer
  private static let backgroundCount = 64
  private let isBigEndian: Bool

  init(_ environment: ComparisonEnvironment, _ generator: SequenceGenerator) {
    self.environment = environment
    self.generator = generator
    isBigEndian = environment.order == .big
    backgrounds = .allocate(
      byteCount: Self.backgroundCount * StateLayout.size, alignment: 128)
    backgrounds.initializeMemory(
      as: UInt8.self, repeating: 0, count: Self.backgroundCount * StateLayout.size)
    var random = SplitMix64(state: 0)
    for n in 0..<Self.backgroundCount {
      let state = background(n)
      for register in 0..<32 { state[gpr: register] = random.doubleword() }
      for register in 0..<64 { state[vsr: register] = random.vector() }
      for offset in stride(from: 0, to: StateLayout.storageSize, by: 8) {
        state[StateLayout.storage + offset] = random.next()
      }
      // Without VSX an FPR is one doubleword; without VMX that is all.
      let vectors = environment.processor.facilities.vector
      for register in 0..<32 where vectors < 2 { state[vsr: register].doubleword1 = 0 }
      for register in 32..<64 where vectors < 1 { state[vsr: register] = .zero }
    }
  }

  private func background(_ n: Int) -> StateView {
    StateView(base: backgrounds + n * StateLayout.size, isBigEndian: isBigEndian)
  }

  func deallocate() { backgrounds.deallocate() }

  /// - Parameter address: the state's guest address.
  func fill(
    _ s: StateView, at address: UInt64, for sequence: InstructionSequence,
    _ random: inout SplitMix64
  ) {
    s.copy(from: background(random.below(Self.backgroundCount)))
    fillSpecialRegisters(s, &random)
    if sequence.traits.usesFPSCR {
      s.fpscr = random.fpscr(hasDecimal: environment.processor.isa >= .v2_05)
    }
    let filler = OperandFiller(s, sequence.traits, environment, &random)
    for register in sequence.registers { filler.fill(register, &random) }
    guard let i = sequence.instructions.last else { return }
    filler.finish(i, &random)
    if sequence.traits.isBranch { fillTargets(s, sequence, &random) }
    if sequence.traits.usesByteCount { s.xer = s.xer & ~0x7F | random.next() & 0x7F }
    fillAddresses(s, address, sequence, &random)
    generator.exceptions.avoid(sequence.row, s)
  }

  private func fillSpecialRegisters(_ s: StateView, _ random: inout SplitMix64) {
    let r = random.next()
    s.cr = r & 0xFFFF_FFFF
    let isSince3 = environment.processor.isa >= .v3_0
    let flags = XER.so | XER.ov | XER.ca | (isSince3 ? XER.ov32 | XER.ca32 : 0)
    s.xer = random.next() & flags
    s.fpscr = r >> 32 & FPSCR.rn
    s[StateLayout.lr] = random.next()
    s[StateLayout.ctr] = random.doubleword()
    if environment.runnerVariant > 0 {
      s[StateLayout.vrsave] = r >> 16 & 0xFFFF_FFFF
      s.vscr = r >> 8 & 0x1_0001
    }
    if environment.runnerVariant == 3 { s[StateLayout.tar] = r &* 0x9E37_79B9 }
  }

  /// Where branches to registers go; a count that ends or does not.
  private func fillTargets(
    _ s: StateView, _ sequence: InstructionSequence, _ random: inout SplitMix64
  ) {
    let slotEnd = sequence.first & ~(StateLayout.slotSize - 1) + StateLayout.slotSize
    func target() -> UInt64 {
      let r = random.next()
      let value: UInt64 =
        switch r & 3 {
        case 0: slotEnd - 32 + r >> 8 & 31
        case 1: sequence.end + r >> 8 & 3
        case 2: 0x4000_0000 | r >> 8 & 0xFF_FFFF
        default: random.next()
        }
      return generator.isSafe(value, sequence) || value & ~3 == sequence.end ? value : slotEnd - 4
    }
    s[StateLayout.lr] = target()
    if environment.runnerVariant == 3 { s[StateLayout.tar] = target() }
    let isByCount = sequence.row.reads.contains(.ctr) && !sequence.row.writes.contains(.ctr)
    s[StateLayout.ctr] =
      isByCount ? target() : random.once(in: 2) ? random.next() & 3 : random.doubleword()
  }

  private func fillAddresses(
    _ s: StateView, _ address: UInt64, _ sequence: InstructionSequence,
    _ random: inout SplitMix64
  ) {
    let traits = sequence.traits
    guard traits.addressing != .none else { return }
    let (ra, rb) = (sequence.base, sequence.index)
    let baseIsZero = traits.base?.kind == .gprOrZero && ra == 0
    let ea =
      StorageTarget.isWild(&random)
      ? StorageTarget.wildAddress(&random)
      : sequence.isForOneState
        ? sequence.target : StorageTarget.address(inState: address, traits, &random)
    switch traits.addressing {
    case .none: break
    case .displacement:
      if !baseIsZero { s[gpr: ra] = ea &- sequence.displacement }
    case .base:
      if !baseIsZero { s[gpr: ra] = ea }
    case .baseAndLength:
      s[gpr: rb] = UInt64(random.below(20)) << 56 | random.next() >> 8
      if !baseIsZero { s[gpr: ra] = ea }
    case .indexed:
      if baseIsZero {
        s[gpr: rb] = ea
      } else if ra == rb {
        s[gpr: ra] = (ea & ~1) / 2
      } else {
        let offset = random.doubleword()
        s[gpr: ra] = offset
        s[gpr: rb] = ea &- offset
      }
    }
    OperandFiller.fillStorage(s, ea &- address, traits, &random)
  }
}
