internal import HostSupport
import PowerArithmetic
import PowerISA

/// Puts values into the registers that an instruction names.
struct OperandFiller {
  private let s: StateView
  private let traits: ComparisonTraits
  private let environment: ComparisonEnvironment
  /// How the numbers of this state are related.
  private let mode: UInt64
  /// Exponent around which this state's decimal numbers lie.
  private let center: Int

  init(
    _ s: StateView, _ traits: ComparisonTraits, _ environment: ComparisonEnvironment,
    _ random: inout SplitMix64
  ) {
    self.s = s
    self.traits = traits
    self.environment = environment
    mode = random.next()
    if case .decimal(let isQuad) = traits.content {
      center = random.below(isQuad ? 12288 : 768)
    } else {
      center = 0
    }
  }

  func fill(_ register: InstructionSequence.Register, _ random: inout SplitMix64) {
    let (n, isPair) = (register.number, register.isPair)
    switch register.kind {
    case .gpr, .gprOrZero:
      s[gpr: n & 31] = random.doubleword()
      if isPair { s[gpr: n & 31 | 1] = random.doubleword() }
    case .fpr: setVSR(n & 31, isPair: isPair, &random)
    case .vr: setVSR(32 + n & 63, isPair: false, &random)
    case .vsr: setVSR(n & 63, isPair: isPair, &random)
    case .accumulator: for k in 0..<4 { setVSR(4 * (n & 7) + k, isPair: false, &random) }
    default: break
    }
  }

  private func setVSR(_ n: Int, isPair: Bool, _ random: inout SplitMix64) {
    if n < 32, environment.processor.facilities.vector < 2 {
      s[fpr: n] = value(&random).doubleword0
      return
    }
    guard n < 32 || environment.processor.facilities.vector > 0 else { return }
    if case .decimal(let isQuad) = traits.content, isPair || isQuad {
      let number = random.decimal(isQuad: true, center: center)
      s[fpr: n] = UInt64(truncatingIfNeeded: number >> 64)
      s[fpr: n | 1] = UInt64(truncatingIfNeeded: number)
      return
    }
    s[vsr: n] = value(&random)
    if isPair { s[vsr: n | 1] = value(&random) }
  }

  private func value(_ random: inout SplitMix64) -> Vector {
    switch traits.content {
    case .integers: return random.vector()
    case .scalarFloat:
      switch mode & 15 {
      case 0: return random.vector()
      case 1, 2: return random.vector(of: .single)
      case 3: return random.vector(of: .half)
      case 4...7:
        // A double that a single can hold.
        let single = UInt32(truncatingIfNeeded: random.float(.single))
        return Vector(FloatArithmetic.doubleFromSingle(single), random.next())
      default: return random.vector(of: .double)
      }
    case .vectorFloat(let formats):
      let format = formats[Int(mode >> 8 % UInt64(formats.count))]
      switch mode & 7 {
      case 0: return random.vector()
      case 1...3: return random.vector(of: format, ordinary: true)
      case 4...5: return random.vector(of: format)
      default:
        // The same number in all elements.
        let element = random.float(format)
        var quadword: UInt128 = 0
        for _ in 0..<128 / format.width { quadword = quadword << format.width | element }
        return Vector(quadword: quadword)
      }
    case .quadFloat:
      switch mode & 7 {
      case 0: return random.vector()
      case 1: return random.vector(of: .double)
      default: return random.vector(of: .quad)
      }
    case .decimal(let isQuad):
      let number = random.decimal(isQuad: isQuad, center: center)
      return Vector(
        UInt64(truncatingIfNeeded: isQuad ? number >> 64 : number), random.next())
    case .packedDecimal: return PackedDecimalOperands.value(traits.row.instructionID, &random)
    }
  }

  /// What depends on the row's own idea of its operands.
  func finish(_ i: Instruction, _ random: inout SplitMix64) {
    let name = traits.row.instructionID
    switch traits.content {
    case .decimal(let isQuad):
      DecimalOperands.finish(s, name, i, isQuad: isQuad, &random)
    case .packedDecimal: PackedDecimalOperands.finish(s, name, i, &random)
    case .integers where traits.isExtendedVectorDivision && random.once(in: 2):
      // Quotients that fit.
      let a = 32 + i.vra.number
      s[vsr: a] = s[vsr: a] & Vector(repeating: UInt32(0x07FF_FFFF))
    default: break
    }
  }

  /// Puts floating-point numbers where they are loaded from; sometimes the same byte everywhere, so
  /// that an atomic operation finds what it compares with.
  static func fillStorage(
    _ s: StateView, _ offset: UInt64, _ traits: ComparisonTraits, _ random: inout SplitMix64
  ) {
    guard offset >= UInt64(StateLayout.storage), offset <= UInt64(StateLayout.size - 16) else {
      return
    }
    let place = Int(offset)
    guard traits.loadsFloats || traits.isAtomic, random.once(in: 2) else { return }
    if traits.loadsFloats {
      let value = random.vector(of: random.once(in: 2) ? .single : .double).quadword
      s.base.storeBytes(
        of: s.isBigEndian ? value.bigEndian : value, toByteOffset: place, as: UInt128.self)
    } else {
      for byte in s.storage.indices { s.storage[byte] = 7 }
      // All but what may be the address.
      for register in 0..<32 where s[gpr: register] < 0x10_0000 || s[gpr: register] >> 32 != 0 {
        if random.once(in: 3) { s[gpr: register] = 0x0707_0707_0707_0707 }
      }
    }
  }
}
