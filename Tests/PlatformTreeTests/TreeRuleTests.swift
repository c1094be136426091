import DeviceTree
import Foundation
import PlatformTree
import PowerISA
import Testing

@Suite struct TreeRuleTests {
  @Test(arguments: GoldenTree.all.filter { !$0.file.hasPrefix("qemu/") })
  func ourTreesHaveNoFindings(_ golden: GoldenTree) throws {
    let findings = try TreeRule.findings(in: tree(golden.machine()))
      // A machine without NVRAM or terminal still has their calls; one before 2.04 has no attributes.
      .filter { $0.rule != "pa-features-missing" || golden.file != "lopar/power5+.dts" }
    #expect(findings.map(\.description) == [])
  }

  @Test func namesAreUniqueAndReferencesThere() {
    let names = TreeRule.all.map(\.name)
    #expect(Set(names).count == names.count)
    for rule in TreeRule.all { #expect(!rule.reference.isEmpty && !rule.summary.isEmpty) }
  }

  /// The article lists the rules as they are.
  @Test func articleIsUpToDate() throws {
    let file = packageRoot.appendingPathComponent(
      "Sources/PlatformTree/PlatformTree.docc/Findings.md")
    let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("| `") }.map(String.init)
    #expect(rows == TreeRule.all.map { "| `\($0.name)` | \($0.summary) | \($0.reference) |" })
  }

  @Test func findingsAreOneLineEach() throws {
    var tree = try PlatformTreeTests.tree(machine())
    tree.update("/chosen") { $0["stdout-path"] = .string("/a\nb\u{1b}[2J") }
    let findings = TreeRule.findings(in: tree).map(\.description)
    #expect(findings.count == 1)
    #expect(findings.first?.contains("/a?b?[2J") == true)
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var rule: String
    var change: @Sendable (inout DeviceTree) -> Void
    var testDescription: String { rule }

    init(_ rule: String, _ change: @escaping @Sendable (inout DeviceTree) -> Void) {
      self.rule = rule
      self.change = change
    }

    /// A property of a node set, or taken away.
    init(_ rule: String, _ path: String, _ property: String, _ value: PropertyValue?) {
      self.init(rule) { tree in tree.update(path) { $0[property] = value } }
    }
  }

  private static let cpu = "/cpus/PowerPC,POWER9@0"
  private static let drmem = "/ibm,dynamic-reconfiguration-memory"

  /// Every rule, broken once at least.
  static let faults: [Fault] = [
    Fault("duplicate-node") { $0.add(Node("vdevice"), to: "/") },
    Fault("duplicate-property") { tree in
      tree.update("/chosen") { $0.properties.append($0.properties[0]) }
    },
    Fault("unit-address", "/memory@0", "reg", .cells([0, 4096, 0, 0x4000_0000])),
    Fault("unit-address", "/vdevice/vty", "reg", nil),
    Fault("duplicate-phandle", "/vdevice", "phandle", .cell(0x1111)),
    Fault("interrupt-parent", "/vdevice/vty", "interrupt-parent", .cell(77)),
    Fault("reservation") { $0.reservations.append(.init(address: .max, size: 2)) },
    Fault("root-device-type", "/", "device_type", .string("pc")),
    Fault("root-property", "/", "model", nil),
    Fault("root-cells", "/", "#address-cells", .cell(3)),
    Fault("required-node") { $0.remove("/rtas") },
    Fault("stdout", "/chosen", "stdout-path", .string("/nowhere")),
    Fault("initrd", "/chosen", "linux,initrd-start", .cell(4096)),
    Fault("initrd") { tree in
      tree.update("/chosen") {
        $0["linux,initrd-start"] = .u64(1 << 40)
        $0["linux,initrd-end"] = .u64((1 << 40) + 1)
      }
    },
    Fault("vector-5", "/chosen", "ibm,architecture-vec-5", .bytes([9, 0])),
    Fault("platform-support", "/chosen", "ibm,arch-vec-5-platform-support", .bytes([23])),
    Fault("cpu-property", cpu, "cpu-version", nil),
    Fault("boot-processor") { $0.bootProcessor = 99 },
    Fault("cpus-alike", "/cpus/PowerPC,POWER9@1", "cpu-version", .cell(0x0f00_0004)),
    Fault("interrupt-server", "/cpus/PowerPC,POWER9@1", "ibm,ppc-interrupt-server#s", .cell(0)),
    Fault("interrupt-server", "/cpus/PowerPC,POWER9@1", "ibm,ppc-interrupt-server#s", .cell(9)),
    Fault("page-sizes", cpu, "ibm,segment-page-sizes", .cells([12, 0, 9, 1])),
    Fault("associativity", cpu, "ibm,associativity", .cells([4, 0])),
    Fault("associativity", cpu, "ibm,associativity", .cells([1, 0])),
    Fault("unknown-level", cpu, "cpu-version", .cell(0x0f00_0009)),
    Fault("level-vmx", cpu, "ibm,vmx", .cell(3)),
    Fault("level-dfp", cpu, "ibm,dfp", nil),
    Fault("pa-features-form", cpu, "ibm,pa-features", .bytes([9, 0, 1])),
    Fault("pa-features-missing", cpu, "ibm,pa-features", nil),
    Fault("pa-features-level") { tree in
      let newer = ProcessorAttributes(isa: .v3_1, level: nil)?.property ?? []
      tree.update(cpu) { $0["ibm,pa-features"] = .bytes(newer) }
    },
    Fault("level-radix", cpu, "ibm,processor-radix-AP-encodings", nil),
    Fault("level-radix", cpu, "cpu-version", .cell(0x0f00_0004)),
    Fault("level-decrementer", cpu, "cpu-version", .cell(0x0f00_0003)),
    Fault("level-storage-keys", cpu, "ibm,processor-storage-keys", .cells([32])),
    Fault("level-storage-keys") { tree in
      tree.update(cpu) { $0["cpu-version"] = .cell(0x0f00_0003) }
    },
    Fault("level-threads") { tree in
      tree.update(cpu) {
        $0["ibm,ppc-interrupt-server#s"] = .cells(Array(0...8))
      }
    },
    Fault("memory-reg", "/memory@0", "reg", .cells([0, 0, 1])),
    Fault("memory-at-0", "/memory@0", "reg", .cells([0, 0, 0, 0])),
    Fault("memory-overlap") { tree in
      tree.add(
        Node(
          "memory@10000000",
          properties: [
            Property("device_type", .string("memory")),
            Property("reg", .cells([0, 0x1000_0000, 0, 0x1000_0000])),
          ]), to: "/")
    },
    Fault("drmem-form", drmem, "ibm,dynamic-memory-v2", .cells([2, 0])),
    Fault("drmem-form", drmem, "ibm,lmb-size", nil),
    Fault("drmem-associativity", drmem, "ibm,associativity-lookup-arrays", .cells([0, 4])),
    Fault("drc-incomplete", "/cpus", "ibm,drc-indexes", .cells([1, 1])),
    Fault("drc-length", "/cpus", "ibm,drc-indexes", .cells([2, 1])),
    Fault("drc-length") { tree in
      tree.update("/cpus") {
        $0["ibm,drc-indexes"] = .cells([2, 1, 2])
        $0["ibm,drc-power-domains"] = .cells([1, .max])
      }
    },
    Fault("drc-duplicate", "/cpus", "ibm,drc-indexes", .cells([2, 1, 1])),
    Fault("drc-my-index") { tree in
      tree.update("/cpus") { $0["ibm,drc-indexes"] = .cells([1, 1]) }
      tree.update(cpu) { $0["ibm,my-drc-index"] = .cell(2) }
    },
    Fault("drc-without-connector", "/cpus", "ibm,drc-indexes", .cells([1, 1])),
    Fault("rtas-property", "/rtas", "rtas-size", nil),
    Fault("required-rtas-call", "/rtas", "event-scan", nil),
    Fault("rtas-token", "/rtas", "event-scan", .cell(0x2000)),
    Fault("rtas-token", "/rtas", "event-scan", .string("x")),
    Fault("announced-without-token", "/rtas", "ibm,os-term", nil),
    Fault("function-set-duplicate") { tree in
      tree.update("/rtas") {
        $0["ibm,hypertas-functions"]?.append(string: "hcall-pft")
      }
    },
    Fault("function-set-unknown", "/rtas", "ibm,hypertas-functions", .strings(["hcall-x"])),
    Fault("function-set-missing", "/rtas", "ibm,hypertas-functions", .strings(["hcall-pft"])),
    Fault("several-processors", "/rtas", "start-cpu", nil),
    Fault("device-without-calls", "/rtas", "ibm,hypertas-functions", .strings(["hcall-pft"])),
    Fault("device-without-calls", "/rtas", "nvram-store", nil),
    Fault("events-without-calls", "/rtas", "check-exception", nil),
    Fault("terminal-number", "/rtas", "ibm,termno", .cells([0x7100_0004, 1])),
    Fault("interrupt-controller") { $0.remove("/interrupt-controller") },
  ]

  @Test(arguments: faults)
  func faultIsFound(_ fault: Fault) throws {
    let description = try machine(.power9, compat: .power9) {
      $0.topology = try ProcessorTopology(processors: 2)
      $0.memory = 17 << 30
      $0.maximumMemory = 17 << 30
      $0.dynamicMemory = .v2
    }
    var tree = try PlatformTreeTests.tree(description)
    #expect(TreeRule.findings(in: tree).map(\.description) == [])
    fault.change(&tree)
    let findings = TreeRule.findings(in: tree)
    #expect(findings.contains { $0.rule == fault.rule }, "\(findings.map(\.description))")
  }

  @Test func everyRuleIsBrokenSomewhere() {
    let broken = Set(Self.faults.map(\.rule))
    #expect(TreeRule.all.map(\.name).filter { !broken.contains($0) } == [])
  }
}
