import GuestMemory
import HostSupport
import PowerArithmetic
import PowerISA

@testable import PowerCPU

/// Executes single instructions by their semantics functions, behind their gates, in privileged
/// state without translation.
final class InstructionTrial {
  static let code: UInt64 = 0x1_0000
  /// Where the addresses of random operands lie, in the middle of what random displacements reach.
  static let data: Range<UInt64> = 0x5_0000..<0x7_0000

  let cpu: VirtualProcessor
  private let memory: GuestMemory

  init(_ model: ProcessorModel) throws {
    cpu = try VirtualProcessor.forTest(model, memory: 1 << 20)
    memory = cpu.memory
    cpu.randomSource = { 0x0123_4567_89AB_CDEF }
  }

  private func reset() {
    cpu.prepareToStart()
    cpu.state.pointee.fscr = ~0
    // PHIE and NPHIE of privileged state.
    cpu.write(.dexcr, 3 << 57)
    cpu.write(.hashkeyr, 0x1234_5678_9ABC_DEF0)
  }

  struct Outcome {
    /// The registers before, as the processor has them, and after.
    var before: RegisterImage
    var image: RegisterImage
    /// Of the instruction's block of storage.
    var storage: [UInt8]
    var isInterrupt: Bool
    /// Whether the interrupt says that the instruction is of a form that does not exist.
    var isIllegal = false
  }

  /// - Parameters:
  ///   - storage: what is at `address`; the outcome has as many bytes from there.
  func run(
    _ row: InstructionRow, _ i: Instruction, _ image: RegisterImage, storage: [UInt8],
    at address: UInt64, order: Endianness
  ) throws -> Outcome {
    try memory.write(storage, at: address)
    reset()
    image.apply(to: cpu)
    let s = cpu.state
    cpu.machineState = image[RegisterImage.msr] & ~MSR.le | (order == .little ? MSR.le : 0)
    let p = Processor(UnsafeMutableRawPointer(s))
    if row.storage?.forms.contains(.conditional) == true {
      _ = reserve(p, i, row.storage?.bytes ?? 0)
    }
    if row.instructionID == .paste_ {
      cpu.copyBuffer = CopyBuffer([UInt8](repeating: 0x5A, count: 128)) ?? CopyBuffer()
    }
    s.pointee.cia = Self.code
    s.pointee.nia = Self.code + 4
    var before = RegisterImage(cpu)
    before[RegisterImage.msr] &= ~MSR.le
    Dispatch.handlers[row.id](UnsafeMutableRawPointer(s), i.rawValue)
    var result = RegisterImage(cpu)
    result[RegisterImage.msr] &= ~MSR.le
    let next = s.pointee.nia
    let isInterrupt =
      next < 0x4000 && next & 0x1F == 0
      && row.traits.isDisjoint(with: [.branch, .context])
    return Outcome(
      before: before, image: result, storage: try memory.read(storage.count, at: address),
      isInterrupt: isInterrupt,
      isIllegal: isInterrupt && next == 0x700 && s.pointee.srr1 & 0x8_0000 != 0)
  }

  /// Makes the reservation that a conditional store needs.
  private func reserve(_ p: Processor, _ i: Instruction, _ bytes: Int) -> Bool {
    let ea = p[orZero: i.ra] &+ p[i.rb]
    guard ea & UInt64(bytes - 1) == 0 else { return false }
    return switch bytes {
    case 1: p.loadReserve(UInt8.self, ea) != nil
    case 2: p.loadReserve(UInt16.self, ea) != nil
    case 4: p.loadReserve(UInt32.self, ea) != nil
    case 8: p.loadReserve(UInt64.self, ea) != nil
    default: p.loadReserve(UInt128.self, ea) != nil
    }
  }

  /// What the vector-scalar registers of an image hold.
  private enum Content: CaseIterable {
    case mixed, floats, extremes, equal, packed, zoned, national
  }

  /// Random registers.
  func randomImage(_ random: inout SplitMix64) -> RegisterImage {
    var image = RegisterImage(cpu)
    let first = RegisterImage.number(.vsr(0, 0))
    var index = 0
    while index < RegisterImage.places.count {
      image[index] = Self.value(of: RegisterImage.places[index], &random)
      index += 1
    }
    let content = Content.allCases[Int(random.next() % UInt64(Content.allCases.count))]
    let extreme = Self.extremes[Int(random.next() % UInt64(Self.extremes.count))]
    for n in 0..<64 {
      let number = first + 2 * n
      switch content {
      case .mixed, .floats: break
      case .extremes: image[number] = extreme
      case .equal:
        if n > 0 { (image[number], image[number + 1]) = (image[first], image[first + 1]) }
      case .packed:
        // Few digits, so that sums and shifts fit.
        image[number] = random.next() & 1 == 0 ? 0 : Self.digits(&random)
        image[number + 1] = Self.digits(&random) << 4 | [0xC, 0xD][Int(random.next() & 1)]
      case .zoned:
        for half in 0..<2 {
          image[number + half] = (0..<8).reduce(0 as UInt64) { value, _ in
            value << 8 | 0x30 | random.next() % 10
          }
        }
      case .national:
        for half in 0..<2 {
          image[number + half] = (0..<4).reduce(0 as UInt64) { value, _ in
            value << 16 | 0x30 | random.next() % 10
          }
        }
        image[number + 1] = image[number + 1] & ~0xFFFF | 0x2B
      }
    }
    return image
  }

  private static let extremes: [UInt64] = [
    0, ~0, 0x7C01_7C01_7C01_7C01, 0x8000_8000_8000_8000, 0x7FFF_7FFF_7FFF_7FFF, 0x7FFF << 48 | 1,
    0x7F80_0001_7F80_0001,
    0x7FF0 << 48 | 1, 1 << 63, 0x0000_0001_0000_0001,
  ]

  /// A random value of a place. No floating-point exception is enabled: one that is leaves the
  /// target as it was.
  static func value(of place: Place, _ random: inout SplitMix64) -> UInt64 {
    switch place {
    case .gpr: return general(&random)
    case .vsr: return number(&random)
    case .crBit: return random.next() & 1
    case .status(.fpscr): return random.next() & ~FPSCR.enables & ~FPSCR.ni
    case .status(.msr):
      return MSR.sf | MSR.fp | MSR.vec | MSR.vsx | MSR.tm | random.next() & (MSR.ri | MSR.ee)
    // Counts that end, and addresses.
    case .status(.ctr): return random.next() & 1 == 0 ? random.next() & 3 : random.next()
    default: return random.next()
    }
  }

  private static func general(_ random: inout SplitMix64) -> UInt64 {
    switch random.next() % 12 {
    case 0: return random.next()
    case 8...11:
      return [0, 1, ~0, 1 << 63, ~0 >> 1, 0x7FFF_FFFF, 0x8000_0000][Int(random.next() % 7)]
    case 1: return random.next() & 0xFF
    case 2: return UInt64(bitPattern: Int64(truncatingIfNeeded: random.next() & 0xFF) - 128)
    case 3: return UInt64(UInt32(truncatingIfNeeded: random.next()))
    default: return random.next() << (random.next() & 63)
    }
  }

  private static func number(_ random: inout SplitMix64) -> UInt64 {
    switch random.next() & 15 {
    case 0...3: return random.next()
    case 4...8:
      // A double near one, or that is a single.
      let bits = random.next()
      let double = bits & 0x800F_FFFF_FFFF_FFFF | (0x3F0 + bits >> 52 & 0x1F) << 52
      return random.next() & 1 == 0 ? double : double & ~0x1FFF_FFFF
    case 9...12:
      // Two singles near one.
      let bits = random.next() & 0x87FF_FFFF_87FF_FFFF
      return bits | 0x3800_0000_3800_0000
    case 13: return extremes[Int(random.next() % UInt64(extremes.count))]
    // Digits and a sign.
    case 14: return digits(&random) << 4 | 0xC
    default: return random.next() & 0xFFFF
    }
  }

  private static func digits(_ random: inout SplitMix64) -> UInt64 {
    var value: UInt64 = 0
    var count = 0
    while count < 15 {
      value = value << 4 | random.next() % 10
      count += 1
    }
    return value
  }
}
