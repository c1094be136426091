import OpenFirmware
import MachineDescription
import PlatformTree
import PowerISA
import SavedState
import Testing

@testable import MigrationCompatibility

@Suite struct StateHeadTests {
  private static func head(
    _ processor: ProcessorModel, _ level: CompatibilityLevel?
  ) throws -> StateHead {
    var description = MachineDescription(
      processor: processor, topology: try ProcessorTopology(processors: 2), memory: 512 << 20)
    description.numaNodes = [.init(memory: 512 << 20, processors: [0...1])]
    return StateHead(
      description: description, isDeterministic: true, level: level,
      capabilities: try .offered(by: description, at: level))
  }

  /// A stream of the head and one section more.
  private static func stream(
    _ head: StateHead, _ version: MachineVersion
  ) throws(StateError) -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = try StateWriter(for: version) { bytes += $0 }
    try head.write(to: &writer, version: version)
    try writer.section(StateSection("time")) { coder throws(StateError) in
      var timebase: UInt64 = 1
      try coder.field("tb", &timebase)
    }
    try writer.finish()
    return bytes
  }

  private static func read(_ bytes: [UInt8]) throws(StateError) -> (StateHead, next: String?) {
    var reader = try StateReader(
      ofMachine: StateReader.source(of: bytes), known: StateSection.head)
    let head = try StateHead(from: &reader)
    return (head, try reader.next()?.key)
  }

  @Test(arguments: MachineVersion.allCases)
  func everyVersionIsRead(version: MachineVersion) throws {
    let sent = try Self.head(.power9, version < .v1_1 ? nil : .power8)
    let (head, next) = try Self.read(Self.stream(sent, version))
    #expect(next == "time")
    #expect(head.description == sent.description)
    #expect(head.isDeterministic)
    #expect(head.level == sent.level)
    #expect(head.capabilities == (version < .v1_2 ? nil : sent.capabilities))
  }

  /// What only some machines have comes along, and is not in the streams of others.
  @Test func whatCameLater() throws {
    var sent = try Self.head(.power9, .power8)
    let usual = try Self.stream(sent, .newest)
    sent.description.numaNodes = [
      .init(memory: 256 << 20, processors: [0...0], distances: [1: 40]),
      .init(memory: 256 << 20, processors: [1...1], distances: [0: 40]),
    ]
    sent.description.devices.clockSource = .vm
    sent.description.devices.terminals = [0x3000_0000]
    sent.description.devices.nvram?.unitAddress = 0x3000
    sent.description.hasPerformanceMonitor = false
    let special = try Self.stream(sent, .newest)
    #expect(try Self.read(special).0.description == sent.description)
    for name in ["dist", "clksrc", "pmu"] {
      #expect(usual.firstRange(of: Array(name.utf8)) == nil)
      #expect(special.firstRange(of: Array(name.utf8)) != nil)
    }
  }

  /// A level that changes nothing on its processor can be left out; others cannot.
  @Test func versionsThatDoNotKnowLevels() throws {
    for processor in ProcessorModel.all {
      for level in CompatibilityLevel.allCases where processor.supports(level) {
        let head = try Self.head(processor, level)
        let isRefused = (try? head.check(.v1_0)) == nil
        #expect(isRefused == (processor.effectivePCR(at: level).rawValue != 0))
        try head.check(.v1_1)
      }
    }
    let error = try #require(throws: StateError.self) {
      try Self.stream(Self.head(.power9, .power8), .v1_0)
    }
    #expect(
      error.description
        == "level: machine version 1.0 cannot say that the guest runs at level power8: the "
        + "destination would run it as power9 without a PCR at offset 12")
    let (head, _) = try Self.read(Self.stream(Self.head(.power9, .power9), .v1_0))
    #expect(head.level == nil)
  }

  @Test func destinations() throws {
    let head = try Self.head(.power9, .power8)
    #expect(try head.destination(processor: .power8).processor == .power8)
    #expect(try head.destination() == head.description)
    #expect(throws: MigrationError.self) { try head.destination(processor: .power7) }
    #expect(throws: MigrationError.self) {
      try head.destination(processor: .power8, limit: .power7)
    }
    // A limit that the other processor does not have is none.
    var limited = head
    limited.description.maximumLevel = .power9
    #expect(try limited.destination(processor: .power8).maximumLevel == nil)
    // Eight threads of a core do not fit where there are four.
    var wide = try Self.head(.power8, .power7)
    wide.description.topology = try ProcessorTopology(processors: 8, threads: 8)
    wide.description.numaNodes = []
    let refusal = #expect(throws: MigrationError.self) {
      try wide.destination(processor: .power7)
    }
    #expect(
      refusal?.description
        == "power7 cannot be the guest's machine: --smp: 8 threads to a core; a power7 core has 4")
  }

  /// Nodes with less memory than the machine leave memory to be described by blocks: what the guest's
  /// tree advertises of that, its machine offers.
  @Test func nodesOfAMachineThatCannotGrow() throws {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 2), memory: 512 << 20)
    description.numaNodes = [
      .init(memory: 256 << 20, processors: [0...0]), .init(memory: 256 << 20, processors: [1...1]),
    ]
    let served = ServedCalls(for: description)
    let tree = try PlatformTree.build(
      description, served: served,
      negotiated: description.platformOffer(served: served).everything(at: nil))
    let head = StateHead(
      description: description, isDeterministic: false, level: nil,
      capabilities: MachineCapabilities(advertisedBy: tree))
    #expect(
      head.capabilities?["options of vector 5"]?.contains("dynamic-reconfiguration-memory") == true)
    #expect(try head.destination() == description)
  }

  /// A refusal by capabilities is one line that names each.
  @Test func missingCapabilities() throws {
    var head = try Self.head(.power9, nil)
    head.capabilities?.entries = [
      .init(name: "SLB entries", values: ["64"]),
      .init(name: "interrupt controller", values: ["XICS", "XIVE exploitation"]),
    ]
    let refusal = #expect(throws: MigrationError.self) { try head.destination() }
    #expect(
      refusal?.description
        == "SLB entries: the guest's tree advertises 64, the destination has 32; "
        + "interrupt controller: the guest's tree advertises XIVE exploitation, "
        + "the destination has XICS")
    // A stream without capabilities is judged by the rule alone.
    head.capabilities = nil
    #expect(try head.destination() == head.description)
  }

  /// A level the stream's own processor does not have is no level of the guest.
  @Test func levelOfAnotherProcessor() throws {
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    var head = try Self.head(.power8, nil)
    try writer.section(.machine) { coder throws(StateError) in
      try coder.field("det", &head.isDeterministic)
      try head.description.code(&coder)
    }
    try writer.section(.level) { coder throws(StateError) in
      var (name, version) = ("power10", UInt32(0x0f00_0006))
      try coder.field("name", &name)
      try coder.field("pvr", &version)
    }
    try writer.finish()
    let error = try #require(throws: StateError.self) { try Self.read(bytes) }
    #expect(error.reason == .value("power8 has no level power10"))
  }
}
