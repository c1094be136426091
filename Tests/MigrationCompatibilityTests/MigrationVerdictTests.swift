import PowerISA
import ProcessorCatalog
import Testing

@testable import MigrationCompatibility

@Suite struct MigrationVerdictTests {
  /// Every processor at every level it has, and without one, to every processor.
  static let pairs: [(MigrationProcessor, MigrationProcessor)] = ProcessorModel.all.flatMap {
    source in
    ([nil] + CompatibilityLevel.allCases.filter { source.supports($0) }).flatMap { level in
      ProcessorModel.all.map { destination in
        (MigrationProcessor(model: source, level: level), MigrationProcessor(model: destination))
      }
    }
  }

  /// The generations as the rule has them, written down apart from it.
  static let kinds = [
    ["970"], ["power5+"], ["power6"], ["power7", "power7+"], ["power8e", "power8nvl", "power8"],
    ["power9"], ["power10"], ["power11"],
  ]

  @Test func everyPair() {
    for (source, destination) in Self.pairs {
      let isAllowed = MigrationVerdict(from: source, to: destination).isAllowed
      if let level = source.level {
        #expect(isAllowed == destination.model.supports(level), "\(source) to \(destination)")
      } else {
        let kind = Self.kinds.first { $0.contains(source.model.name) }
        #expect(
          isAllowed == kind?.contains(destination.model.name), "\(source) to \(destination)")
      }
    }
  }

  @Test func revisions() {
    func verdict(_ a: UInt32, _ b: UInt32) -> Bool {
      MigrationVerdict(
        from: MigrationProcessor(model: .power9, version: a),
        to: MigrationProcessor(model: .power9, version: b)
      ).isAllowed
    }
    #expect(verdict(0x004E_1200, 0x004E_1202))
    #expect(verdict(0x004E_0200, 0x004E_1202))
    #expect(!verdict(0x004E_1100, 0x004E_1202))
  }

  @Test func limitOfTheDestination() {
    let limited = MigrationProcessor(model: .power10, level: .power8)
    #expect(!MigrationVerdict(from: .init(model: .power10), to: limited).isAllowed)
    #expect(!MigrationVerdict(from: .init(model: .power10, level: .power9), to: limited).isAllowed)
    #expect(MigrationVerdict(from: .init(model: .power10, level: .power8), to: limited).isAllowed)
    #expect(MigrationVerdict.commonLevel(.power10, limited) == .power8)
    #expect(MigrationVerdict.commonLevel(.power10, .init(model: .power7)) == .power7Plus)
    #expect(MigrationVerdict.commonLevel(.ppc970, .init(model: .power7)) == nil)
  }

  @Test func refusalsNameBothSides() {
    let verdict = MigrationVerdict(
      from: .init(model: .power9, level: .power9), to: .init(model: .power8))
    #expect(
      verdict.reason
        == "from power9 (PVR 0x004e1202) at level power9 to power8 (PVR 0x004d0200) without a level:"
        + " power8 does not have the level power9")
  }
}
