import ArgumentParser
import OpenFirmware
import PowerISA

/// Architecture vectors: parsing, then a negotiation with what was parsed.
struct FuzzVector: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vector", abstract: "ibm,architecture.vec structures and their negotiation.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    try options.run("vector") { generator in
      let bytes = Self.input(&generator)
      let vector: ArchitectureVector
      do throws(ArchitectureVectorError) {
        vector = try ArchitectureVector(bytes)
      } catch {
        return "refused: \(Self.kind(of: error))"
      }
      guard vector.bytes == bytes, vector.processors.last?.isTerminator == true else { return nil }
      return Self.negotiate(vector, &generator)
    }
  }

  private static func kind(of error: ArchitectureVectorError) -> String {
    switch error {
    case .truncated: "truncated"
    case .unterminatedList: "list without end"
    case .tooManyVectors: "too many vectors"
    case .trailingBytes: "trailing bytes"
    }
  }

  /// The result in a word, nil when it is not one the platform offered.
  private static func negotiate(
    _ vector: ArchitectureVector, _ generator: inout InputGenerator
  ) -> String? {
    let processor = ProcessorModel.all[generator.below(ProcessorModel.all.count)]
    let levels = CompatibilityLevel.allCases.filter(processor.supports)
    let modes: [ModeSupport] = [.older, .newer, .either]
    var offer = PlatformOffer(
      processor: processor, flavor: generator.below(4) == 0 ? .qemu : .lopar,
      translation: processor.hasRadix ? modes[generator.below(3)] : .older,
      interrupts: modes[generator.below(3)],
      maximumProcessors: UInt32(1 + generator.below(4096)), realModeArea: 1 << 30)
    if !levels.isEmpty && generator.below(2) == 0 {
      offer.maximumLevel = levels[generator.below(levels.count)]
    }
    let negotiation = Negotiation(vector, offer)
    guard !negotiation.description.isEmpty else { return nil }
    switch negotiation.outcome {
    case .failure(let failure):
      if case .capacity = failure { return "boot failure: capacity" }
      return "boot failure: \(failure)"
    case .success(let agreed):
      let isAllowed =
        agreed.level.map { level in
          levels.contains(level) && offer.maximumLevel.map { level <= $0 } ?? true
        } ?? (offer.maximumLevel == nil)
      let isOffered =
        (offer.flavor == .lopar ? 27...27 : 2...27).contains(agreed.architectureVector5.count)
        && agreed.options.subtracting(offer.mandatory).isSubset(of: offer.options)
        && agreed.maximumProcessors <= offer.maximumProcessors
        && (agreed.translation == .hash || processor.hasRadix)
      return isAllowed && isOffered
        ? "agreed: \(agreed.level?.name ?? "the processor itself")" : nil
    }
  }

  /// A vector like those of real callers, changed; or just bytes.
  private static func input(_ generator: inout InputGenerator) -> [UInt8] {
    if generator.below(16) == 0 {
      return (0..<generator.below(600)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }
    var bytes: [UInt8] = []
    let word = { (value: UInt32) in
      for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
    let versions: [UInt32] = [0x3e, 0x3f, 0x4a, 0x4b, 0x4d, 0x4e, 0x80, 0x82]
    for _ in 0..<generator.below(12) {
      word(0xffff_0000)
      word(versions[generator.below(versions.count)] << 16)
    }
    for _ in 0..<generator.below(8) {
      let level = CompatibilityLevel.allCases[generator.below(CompatibilityLevel.allCases.count)]
      // One with value bits outside its mask would end the list.
      word(0xffff_ffff)
      word(level.logicalPVR)
    }
    word([0, 0xffff_fffe, 0xff00_0000][generator.below(3)])
    word([0xffff_ffff, 0x0f00_0001, 0x0fff_ffff][generator.below(3)])
    let lengths = [3, 33, 2, 2, 26, 3, 256]
    let count = 1 + generator.below(7)
    bytes.append(UInt8(count - 1))
    for length in lengths.prefix(count) {
      let used = generator.below(8) == 0 ? 1 + generator.below(length) : length
      bytes.append(UInt8(used - 1))
      // "Ignore" and "cessation" rarely; modes that some platform offers.
      bytes.append([0, 0, 0, 0, 0, 0x80, 0x40][generator.below(7)])
      for _ in 1..<max(used, 1) {
        bytes.append(generator.below(2) == 0 ? 0 : UInt8(truncatingIfNeeded: generator.next()))
      }
    }
    return generator.below(3) == 0 ? generator.mutate(bytes) : bytes
  }
}
