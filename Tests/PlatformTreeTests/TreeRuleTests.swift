import DeviceTree
import Foundation
import MachineDescription
import PlatformTestSupport
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

  /// What is printed of each property makes the same bytes again.
  @Test(arguments: GoldenTree.all)
  func printedValuesAreRead(_ golden: GoldenTree) throws {
    var copy = try tree(golden.machine())
    let nodes = copy
    var count = 0
    try nodes.forEachNode { _, node in
      for property in node.properties {
        let source = try PropertySource(parsing: property.value.sourceText)
        #expect(try copy.value(of: source) { _ in [] } == property.value, "\(property.name)")
        count += 1
      }
    }
    #expect(count > 50 && copy == nodes)
  }

  /// Linux refuses a virtio device whose node has several children (`virtio_device_of_init`).
  @Test(arguments: [0, 1, 2, 5])
  func `a virtio function has one child at most`(count: UInt8) throws {
    let units = (0..<count).map { SCSIDevice(.disk, target: $0, serial: "") }
    let machine = try PlatformTestSupport.machine {
      $0.devices.pci = [PCIDevice(.scsi(.init(units: units)), number: 1)]
    }
    var children: [Int] = []
    try tree(machine).forEachNode { _, node in
      if node.name == "scsi@1" { children.append(node.children.count) }
    }
    #expect(children == [count == 1 ? 1 : 0])
  }

  @Test func namesAreUniqueAndReferencesThere() {
    let names = TreeRule.all.map(\.name)
    #expect(Set(names).count == names.count)
    for rule in TreeRule.all { #expect(!rule.reference.isEmpty && !rule.summary.isEmpty) }
  }

  /// The article lists the rules as they are.
  @Test func articleIsUpToDate() throws {
    let file = packageRoot.appendingPathComponent(
      "Sources/Platform/PlatformTree/PlatformTree.docc/Findings.md")
    let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("| `") }.map(String.init)
    #expect(rows == TreeRule.all.map { "| `\($0.name)` | \($0.summary) | \($0.reference) |" })
  }

  @Test func findingsAreOneLineEach() throws {
    var tree = try PlatformTestSupport.tree(machine())
    tree.update("/chosen") { $0["stdout-path"] = .string("/a\nb\u{1b}[2J") }
    let findings = TreeRule.findings(in: tree).map(\.description)
    #expect(findings.count == 1)
    #expect(findings.first?.contains("/a\\nb\\x1b[2J") == true)
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
  private static let power11 = "/cpus/PowerPC,POWER11@0"
  private static let drmem = "/ibm,dynamic-reconfiguration-memory"

  private static func reg(_ unit: UInt32) -> Property { Property("reg", .cell(unit)) }

  /// A host bridge with an interrupt map that has nothing wrong, but for one property.
  private static func pci(_ tree: inout DeviceTree, _ property: String, _ value: PropertyValue?) {
    let unit: [UInt32] = [0x0800_0000, 0x2000_0000]
    var node = Node(
      "pci@800000020000000",
      properties: [
        Property("device_type", .string("pci")), Property("reg", .cells(unit + [0, 0])),
        Property("#address-cells", .cell(3)), Property("#size-cells", .cell(2)),
        Property("#interrupt-cells", .cell(1)), Property("bus-range", .cells([0, 0])),
        Property("ranges", .cells([0x0200_0000, 0, 0, 1, 0, 0, 0x1000])),
        Property("interrupt-map-mask", .cells([0xf800, 0, 0, 7])),
        Property("interrupt-map", .cells([0, 0, 0, 1, 0x1111, 1, 2])),
      ])
    node[property] = value
    tree.add(node, to: "/")
  }

  private static func pciReg(_ high: UInt32) -> Property {
    Property("reg", .cells([high, 0, 0, 0, 0]))
  }

  private static func device(_ tree: inout DeviceTree, _ node: Node) {
    pci(&tree, "bus-range", .cells([0, 0]))
    tree.add(node, to: "/pci")
  }

  /// What the rules find nothing wrong with.
  @Test func aBridgeWithDevices() throws {
    var tree = try PlatformTestSupport.tree(machine())
    Self.device(&tree, Node("a@2", properties: [Self.pciReg(0x0000_1000)]))
    tree.add(Node("b@2,1", properties: [Self.pciReg(0x0000_1100)]), to: "/pci")
    tree.add(
      Node("aliases", properties: [Property("con-0", .string("/vdevice/vty"))]), to: "/")
    tree.add(
      Node("__symbols__", properties: [Property("l", .string("/pci@800000020000000/b@2,1"))]),
      to: "/")
    #expect(TreeRule.findings(in: tree).filter { $0.rule != "required-rtas-call" } == [])
  }

  /// Numbers whose product has 64 bits.
  @Test func hugeNumbersAreFindings() throws {
    let description = try machine(.power9) {
      $0.memory = 17 << 30
      $0.maximumMemory = 17 << 30
      $0.dynamicMemory = .v2
    }
    var tree = try PlatformTestSupport.tree(description)
    tree.update(Self.drmem) {
      $0["ibm,associativity-lookup-arrays"] = .cells([.max, .max])
      $0["ibm,dynamic-memory-v2"] = .cells([.max])
    }
    tree.update("/vdevice") {
      $0["#address-cells"] = .cell(.max)
      $0["#size-cells"] = .cell(.max)
      $0["#interrupt-cells"] = .cell(.max)
      $0["ranges"] = .cell(1)
      $0["interrupt-map"] = .cell(1)
    }
    let rules = Set(TreeRule.findings(in: tree).map(\.rule))
    #expect(rules.isSuperset(of: ["drmem-associativity", "drmem-form", "reg-form", "ranges-form"]))
  }

  /// Siblings, processors, devices and properties in numbers for which a search among all for each
  /// would not come to an end.
  @Test(.timeLimit(.minutes(3))) func wideTrees() throws {
    var tree = try PlatformTestSupport.tree(machine())
    let count: UInt32 = 8_000
    for node in [Self.power11, "/vdevice", "/rtas", "/chosen"] {
      tree.update(node) { node in
        node.properties += (0..<20_000).map { Property("p\($0)", .empty) }
      }
    }
    tree.root.children += (0..<count).map { Node("n\($0)") }
    let processor = try #require(tree[Self.power11])
    tree.update("/cpus") { cpus in
      cpus.children += (1...count).map { index in
        var node = Node(
          "PowerPC,POWER11@\(String(index, radix: 16))",
          properties: Array(processor.properties.prefix { $0.name != "p0" }))
        node["reg"] = .cell(index)
        node["ibm,ppc-interrupt-server#s"] = .cell(index)
        return node
      }
    }
    let terminal = try #require(tree["/vdevice/vty"])
    tree.update("/vdevice") { vdevice in
      vdevice.children += (1...count).map { index in
        var node = terminal
        node.name = "vty@\(String(0x7200_0000 + index, radix: 16))"
        node["reg"] = .cell(0x7200_0000 + index)
        return node
      }
    }
    tree.update("/interrupt-controller") {
      $0["ibm,interrupt-server-ranges"] = .cells((0...count).flatMap { [$0, 1] })
    }
    tree.add(
      Node(
        "aliases", properties: (0..<count).map { Property("a\($0)", .string("/n\($0)")) }), to: "/")
    let findings = TreeRule.findings(in: tree)
    #expect(Set(findings.map(\.rule)) == ["terminal-number"])
    #expect(findings.count == count)
  }

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
    Fault("node-name") { $0.add(Node("a#b"), to: "/") },
    Fault("node-name") { $0.add(Node("a@1@2"), to: "/") },
    Fault("node-name") { $0.add(Node("@1"), to: "/") },
    Fault("node-name-length") { $0.add(Node(String(repeating: "n", count: 32)), to: "/") },
    Fault("property-name", "/chosen", "a:b", .empty),
    Fault("property-name", "/chosen", "a@b", .empty),
    Fault("name-property", "/vdevice/vty", "name", .string("vty@71000000")),
    Fault("name-property", "/vdevice/vty", "name", .bytes([0x76])),
    Fault("name-clash", "/", "vdevice", .empty),
    Fault("unit-address-form") { $0.add(Node("a@0x5", properties: [reg(5)]), to: "/vdevice") },
    Fault("unit-address-form") { $0.add(Node("a@05", properties: [reg(5)]), to: "/vdevice") },
    Fault("duplicate-unit-address") {
      $0.add(Node("a@71000000", properties: [reg(0x7100_0000)]), to: "/vdevice")
    },
    Fault("phandle-form", "/vdevice", "phandle", .cells([0, 5])),
    Fault("phandle-form", "/vdevice", "linux,phandle", .empty),
    Fault("phandle-form") { tree in
      tree.update("/chosen") {
        $0["phandle"] = .cell(0x77)
        $0["ibm,phandle"] = .cell(0x78)
      }
    },
    Fault("cell-count", "/vdevice", "#size-cells", .cells([0, 0])),
    Fault("cell-count", "/vdevice", "#interrupt-cells", .empty),
    Fault("default-cells", "/vdevice", "#size-cells", nil),
    Fault("string-property", "/vdevice/vty", "device_type", .bytes([1])),
    Fault("string-property", "/", "model", .strings(["a", "b"])),
    Fault("string-property", "/vdevice/vty", "status", .bytes([0x6f])),
    Fault("string-property", "/chosen", "bootargs", .empty),
    Fault("string-list", "/vdevice/vty", "compatible", .bytes([0xff, 0])),
    Fault("string-list", "/vdevice", "clock-names", .bytes([0x61])),
    Fault("reg-form", "/vdevice/vty", "reg", .cells([])),
    Fault("reg-form", cpu, "reg", .bytes([0, 0, 0, 0, 0])),
    Fault("reg-form", "/", "reg", .cell(0)),
    Fault("ranges-form", "/vdevice", "ranges", .empty),
    Fault("ranges-form", "/vdevice", "dma-ranges", .cells([0, 0, 0, 0])),
    Fault("interrupt-cells", "/vdevice", "#interrupt-cells", nil),
    Fault("interrupt-cells", "/cpus", "#interrupt-cells", .cell(1)),
    Fault("interrupts-form", "/vdevice/vty", "interrupts", .cell(1)),
    Fault("interrupts-form", "/cpus", "interrupts", .cell(1)),
    Fault("interrupt-map-form") { pci(&$0, "interrupt-map", .cells([0, 0, 0, 0x1111, 1, 2])) },
    Fault("interrupt-map-form") { pci(&$0, "interrupt-map", .cells([0, 0, 0, 1, 0x77, 1, 2])) },
    Fault("interrupt-map-form") { pci(&$0, "interrupt-map", .bytes([1])) },
    Fault("interrupt-map-form") { pci(&$0, "interrupt-map-mask", .cell(7)) },
    Fault("pci-bridge") { pci(&$0, "ranges", nil) },
    Fault("pci-bridge") { pci(&$0, "#size-cells", .cell(1)) },
    Fault("pci-bridge") { pci(&$0, "bus-range", .cells([1, 0])) },
    Fault("pci-bridge") { pci(&$0, "bus-range", .cells([0, 256])) },
    Fault("pci-bridge") { tree in
      pci(&tree, "ranges", nil)
      tree.update("/pci") { $0.name = "bridge@800000020000000" }
    },
    Fault("pci-device") { device(&$0, Node("a@1", properties: [pciReg(0x0000_1000)])) },
    Fault("pci-device") { device(&$0, Node("a@2", properties: [pciReg(0x0000_1100)])) },
    Fault("pci-device") { device(&$0, Node("a@2", properties: [pciReg(0x8200_1000)])) },
    Fault("pci-device") { device(&$0, Node("a@2", properties: [pciReg(0x0001_1000)])) },
    Fault("chosen") { $0.add(Node("chosen"), to: "/vdevice") },
    Fault("alias") { $0.add(Node("aliases", properties: [Property("a", .string("/x"))]), to: "/") },
    Fault("alias") { $0.add(Node("aliases", properties: [Property("a", .empty)]), to: "/") },
    Fault("alias") { $0.add(Node("aliases", properties: [Property("A", .string("/"))]), to: "/") },
    Fault("label") {
      $0.add(Node("__symbols__", properties: [Property("l", .string("/x"))]), to: "/")
    },
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
    Fault("rtas-token", "/rtas", "ibm,new-call", .cell(0x2040)),
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
    var tree = try PlatformTestSupport.tree(description)
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
