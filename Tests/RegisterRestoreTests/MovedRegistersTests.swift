import PowerISA
import RegisterLists
import Testing

@testable import RegisterRestore

/// Lists of one processor on another, where a running guest could move.
@Suite struct MovedRegistersTests {
  /// The state of a processor after reset, at a level.
  private static func list(
    _ model: ProcessorModel, _ level: CompatibilityLevel?
  ) throws -> RegisterDump {
    var list = try Book3SState.trial(blank(model, level), on: model)
    // What another engine says of the level, whether or not it sets the PCR there.
    list.set("ARCH_COMPAT", UInt128(level?.logicalPVR ?? 0))
    return list
  }

  /// Zeros, and what must be set.
  private static func blank(_ model: ProcessorModel, _ level: CompatibilityLevel?) -> RegisterDump {
    var list = RegisterDump(family: .book3S, mode: .server)
    for name in ["PC", "CR", "CTR", "LR", "XER", "SRR0", "SRR1", "DAR", "DSISR", "FPSCR", "TB"] {
      list.set(name, 0)
    }
    for number in 0..<32 {
      list.set("GPR\(number)", 0)
      list.set("VSR\(number)", 0)
    }
    for number in 0..<4 { list.set("SPRG\(number)", 0) }
    if model.facilities.vector > 0 {
      for number in 0..<32 { list.set("VR\(number)", 0) }
      list.set("VSCR", 0)
    }
    list.set("MSR", 1 << 63)
    list.set("PVR", UInt128(model.version))
    list.set("LPCR", 0)
    return list
  }

  private static let ends: [(ProcessorModel, CompatibilityLevel?)] = ProcessorModel.all.flatMap {
    model in
    ([nil] + CompatibilityLevel.allCases.filter { model.supports($0) }).map { (model, $0) }
  }

  /// Every processor's own list can move to itself: it lacks nothing that is required.
  @Test(arguments: ProcessorModel.all.map(\.name))
  func everyProcessorHasWhatIsRequired(_ name: String) throws {
    let model = try #require(ProcessorModel.named(name))
    let list = try Self.list(model, nil)
    let comparison = try RegisterComparison(list, list, purpose: .move)
    #expect(comparison.isAccepted, "\(comparison.reasons)")
  }

  /// Whether the version stands in the way is what the rule of live migration says.
  @Test func versionsByTheRule() throws {
    for (source, level) in Self.ends {
      let list = try Self.list(source, level)
      for destination in ProcessorModel.all {
        let verdict = MigrationVerdict(
          from: MigrationProcessor(model: source, level: level),
          to: MigrationProcessor(model: destination))
        var reasons: [String] = []
        do throws(RestoreError) { _ = try Book3SState.trial(list, on: destination) } catch {
          if case .refused(let lines) = error { reasons = lines }
        }
        let isRefused = reasons.contains { $0.hasPrefix("PVR: ") }
        #expect(
          isRefused == !verdict.isAllowed, "\(source.name) \(level?.name ?? "") \(destination.name)"
        )
      }
    }
  }
}
