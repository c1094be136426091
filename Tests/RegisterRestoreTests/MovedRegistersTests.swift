import PowerISA
import ProcessorCatalog
import RegisterLists
import Testing

@testable import RegisterRestore

/// Lists of one processor on another.
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

  /// Every processor's own list can move to itself: it lacks nothing that is required.
  @Test(arguments: ProcessorModel.all.map(\.name))
  func everyProcessorHasWhatIsRequired(_ name: String) throws {
    let model = try #require(ProcessorModel.named(name))
    let list = try Self.list(model, nil)
    let comparison = try RegisterComparison(list, list, purpose: .move)
    #expect(comparison.isAccepted, "\(comparison.reasons)")
  }

  /// Processors of one kind take each other's lists, and keep their own version.
  @Test func processorsOfOneKind() throws {
    for source in ProcessorModel.all {
      let list = try Self.list(source, nil)
      for destination in ProcessorModel.all {
        var reasons: [String] = []
        do throws(RestoreError) {
          let taken = try Book3SState.trial(list, on: destination)
          #expect(taken["PVR"]?.bits == UInt128(destination.version))
        } catch {
          if case .refused(let lines) = error { reasons = lines }
        }
        let isOfOneKind = RecognizedProcessor.areOfOneKind(
          version: source.version, destination.version)
        #expect(
          reasons.contains { $0.hasPrefix("PVR: ") } == !isOfOneKind,
          "\(source.name) \(destination.name): \(reasons)")
      }
    }
  }
}
