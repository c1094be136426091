internal import HostSupport
internal import PowerISA

/// What surrounds a program: translation, state, byte orders.
struct TestEnvironment {
  enum Translation: String { case real, radix, hashed }

  let translation: Translation
  let level: CompatibilityLevel?
  /// MSR at the beginning.
  let msr: UInt64
  let handlersLittleEndian: Bool
  /// AIL.
  let alternateLocation: UInt64
  let repairsPages: Bool
  let amr: UInt64
  let iamr: UInt64
  let pages: [PageMapping]

  var isLittleEndian: Bool { msr & MSR.le != 0 }
  var isProblemState: Bool { msr & MSR.pr != 0 }
  var is64Bit: Bool { msr & MSR.sf != 0 }

  /// - Parameter is64Bit: whether it is 64-bit mode; nil to draw that too.
  init(
    _ random: inout SplitMix64, processor: ProcessorModel, first: UInt64, is64Bit: Bool? = nil
  ) {
    let translations: [Translation] =
      processor.hasRadix ? [.real, .radix, .hashed] : [.real, .hashed]
    translation = random.one(of: translations)
    var msr = MSR.sf | MSR.me | MSR.ri | MSR.fp | MSR.vec | MSR.vsx
    if translation != .real {
      // Rarely only for one of the two.
      msr |= random.once(in: 8) ? [MSR.ir, MSR.dr][random.below(2)] : MSR.ir | MSR.dr
      if random.once(in: 2) { msr |= MSR.pr | MSR.ee }
    }
    if random.once(in: 2) { msr |= MSR.le }
    if random.once(in: 3) { msr |= MSR.ee }
    if random.once(in: 4) { msr &= ~[MSR.fp, MSR.vsx, MSR.vec, MSR.fp | MSR.vec][random.below(4)] }
    if random.once(in: 4) { msr |= MSR.fe0 | MSR.fe1 }
    let isDrawn64Bit = !random.once(in: 5)
    if !(is64Bit ?? isDrawn64Bit) { msr &= ~MSR.sf }
    if random.once(in: 16) { msr |= [MSR.se, MSR.be][random.below(2)] }
    self.msr = msr
    let levels = CompatibilityLevel.allCases.filter(processor.supports)
    level = msr & MSR.pr == 0 || levels.isEmpty ? nil : random.one(of: [nil] + levels)
    handlersLittleEndian = random.once(in: 4) != (msr & MSR.le != 0)
    alternateLocation = processor.isa >= .v2_07 && random.once(in: 3) ? 3 : 0
    repairsPages = translation == .radix && random.once(in: 2)
    amr = random.once(in: 6) ? random.next() : 0
    // Not key 0 in supervisor state, which could then execute nothing of a user's.
    iamr = random.once(in: 8) ? random.next() & ~(1 << 62) : 0
    pages = translation == .real ? [] : PageMapping.initial(&random, first: first)
  }

  var description: String {
    var words = [translation.rawValue, isProblemState ? "problem state" : "supervisor"]
    if !is64Bit { words.append("32-bit") }
    if let level { words.append("level \(level.name)") }
    words.append(isLittleEndian ? "little-endian" : "big-endian")
    words.append("handlers \(handlersLittleEndian ? "little" : "big")-endian")
    if alternateLocation != 0 { words.append("AIL \(alternateLocation)") }
    if repairsPages { words.append("page faults repaired") }
    words.append("MSR \(msr.hexadecimal())")
    if amr | iamr != 0 {
      words.append("AMR \(amr.hexadecimal()) IAMR \(iamr.hexadecimal())")
    }
    return words.joined(separator: ", ")
  }
}
