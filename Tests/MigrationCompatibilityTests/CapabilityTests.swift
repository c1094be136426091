import DeviceTree
import OpenFirmware
import MachineDescription
import PlatformTestSupport
import PlatformTree
import PowerISA
import ProcessorCatalog
import Testing

@testable import MigrationCompatibility

@Suite struct CapabilityTests {
  /// Every capability of a guest that asks for everything exists where the rule lets it move.
  @Test func capabilitiesAgreeWithTheRule() throws {
    for (source, destination) in MigrationVerdictTests.pairs {
      let answer = try MigrationAnswer(from: .processor(source), to: .processor(destination))
      #expect(answer.isAllowed == answer.verdict.isAllowed, "\(source) to \(destination)")
      #expect(answer.missing.isEmpty, "\(source) to \(destination)")
      guard let level = answer.helpfulLevel else { continue }
      let helped = MigrationProcessor(model: source.model, level: level)
      #expect(
        try MigrationAnswer(from: .processor(helped), to: .processor(destination)).isAllowed,
        "\(helped) to \(destination)")
    }
  }

  /// Guests of either flavor, whether the user or they themselves chose the level.
  @Test(arguments: MachineDescription.Flavor.allCases)
  func destinationsOfBothFlavors(_ flavor: MachineDescription.Flavor) throws {
    for (source, destination) in MigrationVerdictTests.pairs {
      guard MigrationVerdict(from: source, to: destination).isAllowed else { continue }
      for limit in Set([source.level, nil]) {
        let description = try machine(source.model) {
          $0.flavor = flavor
          $0.maximumLevel = limit
        }
        let served = ServedCalls(for: description)
        let tree = try PlatformTree.build(
          description, served: served,
          negotiated: description.platformOffer(served: served).everything(at: source.level))
        let head = StateHead(
          description: description, isDeterministic: false, level: source.level,
          capabilities: MachineCapabilities(advertisedBy: tree))
        // By QEMU's rule a guest that takes power6 by itself keeps what POWER6 does not have.
        let keepsMore =
          flavor == .qemu && limit == nil && source.level == .power6 && source.model != .power6
        let refusal: MigrationError?
        do throws(MigrationError) {
          _ = try head.destination(processor: destination.model)
          refusal = nil
        } catch {
          refusal = error
        }
        #expect(
          refusal?.missing?.map(\.name)
            == (keepsMore && destination.model == .power6
              ? ["vector facilities", "decimal floating point"] : nil),
          "\(source) to \(destination)")
      }
    }
  }

  /// Every row finds what is missing of it, and of nothing else.
  @Test func everyRow() throws {
    let advertised = try MachineCapabilities.offered(by: machine(.power10), at: nil)
    #expect(advertised.entries.map(\.name) == CapabilityRow.all.map(\.name))
    #expect(advertised.missing(in: advertised).isEmpty)
    for (index, row) in CapabilityRow.all.enumerated() {
      var (less, more) = (advertised, advertised)
      let values = advertised.entries[index].values
      switch row.rule {
      case .subset:
        less.entries[index].values = Array(values.dropLast())
        more.entries[index].values.append("more")
      case .equal, .atLeast:
        let number = try #require(values.first.flatMap { UInt64($0) })
        // Nothing has fewer than none, and there are facilities that POWER10 does not have.
        less.entries[index].values = number == 0 ? [] : [String(number - 1)]
        more.entries[index].values = [String(number + 1)]
      }
      let lost = less.entries[index].values != values
      #expect(advertised.missing(in: less).map(\.name) == (lost ? [row.name] : []))
      #expect(advertised.missing(in: more).map(\.name) == (row.rule == .equal ? [row.name] : []))
    }
  }

  @Test func valuesOfAProcessor() throws {
    let capabilities = try #require(
      MachineCapabilities(advertisedBy: tree(machine(.power10))))
    #expect(capabilities["translation"] == ["hash", "radix"])
    #expect(capabilities["SLB entries"] == ["32"])
    #expect(capabilities["segment sizes"] == ["256M", "1T"])
    #expect(
      capabilities["pages of hash translation"] == [
        "4K in segments of 4K (0x0, 0x0)", "64K in segments of 64K (0x110, 0x1)",
      ])
    #expect(
      capabilities["pages of radix translation"] == ["4K (0)", "64K (5)", "2M (1)", "1G (2)"])
    #expect(capabilities["DAWRs"] == ["2"])
    #expect(capabilities["bits of the decrementer"] == ["56"])
    #expect(capabilities["vector facilities"] == ["VMX", "VSX"])
    #expect(capabilities["interrupt controller"] == ["XICS"])
    #expect(capabilities["hypercalls"]?.contains("hcall-imtt") == true)
    #expect(capabilities["RTAS calls"]?.contains("power-off 0x2003") == true)
    #expect(capabilities["options of vector 5"] == nil)
  }

  /// LoPAR gives every call a property of its name: one that no machine here serves is missing there.
  @Test func callsThatAreNotServedCount() throws {
    var tree = try tree(machine(.power10))
    tree.update("/rtas") {
      $0["ibm,get-vpd"] = .cell(0x2050)
      $0["ibm,new-call"] = .cell(0x2051)
    }
    let guest = try #require(MachineCapabilities(advertisedBy: tree))
    let host = try MachineCapabilities.offered(by: machine(.power10), at: nil)
    #expect(
      guest.missing(in: host).map(\.advertised) == [
        ["ibm,get-vpd 0x2050", "ibm,new-call 0x2051"]
      ])
    // Values of LoPAR's other properties are not tokens.
    #expect(
      guest["RTAS calls"]?.contains { $0.hasPrefix("rtas-") && !$0.hasPrefix("rtas-last-") }
        == false)
  }

  /// A machine that keeps something back is refused by the names of what it keeps back.
  @Test func machineWithoutRadix() throws {
    let guest = try MachineCapabilities.offered(by: machine(.power9), at: nil)
    let host = try MachineCapabilities.offered(
      by: machine(.power9) { $0.allowsRadix = false }, at: nil)
    let missing = guest.missing(in: host)
    #expect(
      missing.map(\.name) == [
        "translation", "pages of radix translation", "options of vector 5",
      ])
    #expect(
      missing.first?.description
        == "translation: the guest's tree advertises radix, the destination has hash")
    // At a level before radix it makes no difference.
    let older = try MachineCapabilities.offered(by: machine(.power9), at: .power8)
    #expect(
      older.missing(
        in: try .offered(by: machine(.power9) { $0.allowsRadix = false }, at: .power8)
      ).isEmpty)
  }

  /// A guest whose tree advertises little moves to where there is more.
  @Test func lessIsShown() throws {
    let bare = try machine(.power9) {
      $0.allowsRadix = false
      $0.allowsHashTableResize = false
      $0.devices.random = false
      $0.largestHashPageShift = 12
    }
    let advertised = try MachineCapabilities.offered(by: bare, at: nil)
    let whole = try MachineCapabilities.offered(by: machine(.power9), at: nil)
    #expect(advertised.missing(in: whole).isEmpty)
    #expect(
      whole.missing(in: advertised).map(\.name) == [
        "translation", "pages of hash translation", "pages of radix translation", "hypercalls",
        "options of vector 5",
      ])
  }

  @Test func unknownCapabilitiesAndNumbersAreRefused() throws {
    let host = try MachineCapabilities.offered(by: machine(.power9), at: nil)
    let odd = MachineCapabilities(entries: [
      .init(name: "telepathy", values: ["one way"]), .init(name: "SLB entries", values: ["many"]),
      .init(name: "DAWRs", values: []), .init(name: "RTAS calls", values: []),
    ])
    #expect(odd.missing(in: host).map(\.name) == ["telepathy", "SLB entries"])
  }

  /// Trees that show a level: the processor by the name of its node.
  @Test func processorsOfTrees() throws {
    for model in ProcessorModel.all {
      for level in [nil] + CompatibilityLevel.allCases.filter({ model.supports($0) }) {
        let told = try MigrationProcessor(tree(machine(model) { $0.maximumLevel = level }))
        #expect(told.level == level)
        #expect(told.isVersionKnown == (level == nil))
        #expect(RecognizedProcessor.areOfOneKind(version: told.version, model.version))
      }
    }
    var unnamed = try tree(machine(.power9) { $0.maximumLevel = .power8 })
    unnamed.update("/cpus/PowerPC,POWER9") { $0.name = "cpu@0" }
    #expect(throws: ProcessorIdentificationError.unknownNode("cpu@0", level: .power8)) {
      try MigrationProcessor(unnamed)
    }
  }
}
