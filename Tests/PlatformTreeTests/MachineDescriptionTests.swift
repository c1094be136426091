import DeviceTree
import MachineDescription
import PlatformTestSupport
import PowerISA
import Testing

@Suite struct MachineDescriptionTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var option: MachineDescriptionError.Option
    var change: @Sendable (inout MachineDescription) throws -> Void
    var testDescription: String { option.rawValue }

    init(
      _ option: MachineDescriptionError.Option,
      _ change: @escaping @Sendable (inout MachineDescription) throws -> Void
    ) {
      self.option = option
      self.change = change
    }
  }

  @Test(arguments: [
    Mistake(.compat) { $0.maximumLevel = .power10 },
    Mistake(.compat) {
      $0.processor = .ppc970; $0.maximumLevel = .power5Plus
    },
    Mistake(.compat) {
      $0.processor = .power8; $0.maximumLevel = .power5Plus
    },
    Mistake(.smp) { $0.topology = try ProcessorTopology(processors: 0) },
    Mistake(.smp) { $0.topology = try ProcessorTopology(processors: 2049) },
    Mistake(.smp) { $0.topology = try ProcessorTopology(processors: .max) },
    Mistake(.smp) { $0.topology = try ProcessorTopology(processors: 6, threads: 4) },
    Mistake(.smp) { $0.topology = try ProcessorTopology(processors: 6, threads: 3) },
    Mistake(.smp) { $0.topology = try ProcessorTopology(processors: 8, maximum: 4) },
    Mistake(.smp) {
      $0.topology = try ProcessorTopology(
        processors: 8, threads: 2, cores: 2, sockets: 1, maximum: 8)
    },
    Mistake(.smp) {
      $0.processor = .power6
      $0.maximumLevel = nil
      $0.topology = try ProcessorTopology(processors: 4, threads: 4)
    },
    Mistake(.memory) {
      $0.memory = 0; $0.maximumMemory = 0
    },
    Mistake(.memory) { $0.memory = 100 << 20 },
    Mistake(.memory) {
      $0.memory = 128 << 40; $0.maximumMemory = 128 << 40
    },
    Mistake(.maximumMemory) { $0.maximumMemory = 512 << 20 },
    Mistake(.maximumMemory) { $0.maximumMemory = (1 << 30) + 1 },
    Mistake(.maximumMemory) { $0.maximumMemory = 1 << 63 },
    Mistake(.numa) { $0.numaNodes = [.init(memory: 512 << 20)] },
    Mistake(.numa) { $0.numaNodes = [.init(memory: 1 << 63), .init(memory: 1 << 63)] },
    Mistake(.numa) { $0.numaNodes = [.init(memory: 1 << 30, processors: [1...1])] },
    Mistake(.numa) { $0.numaNodes = [.init(memory: 1 << 30, processors: [0...0, 0...0])] },
    Mistake(.numa) { $0.numaNodes = [.init(memory: 0), .init(memory: 1 << 30)] },
    Mistake(.initrd) { $0.initrd = .init(address: 1 << 30, size: 1) },
    Mistake(.initrd) { $0.initrd = .init(address: .max, size: 2) },
    Mistake(.initrd) { $0.initrd = .init(address: 0, size: 0) },
    Mistake(.kernel) { $0.kernel = .init(address: 0, size: 2 << 30) },
    Mistake(.rtas) { $0.rtasAddress = 1 << 30 },
    Mistake(.rtas) { $0.rtasAddress = 12 },
    Mistake(.uuid) { $0.identity.uuid = "x" },
    Mistake(.uuid) { $0.identity.uuid = "11111111-2222-3333-4444-55555555555g" },
    Mistake(.bootArguments) { $0.bootArguments = "a\0b" },
    Mistake(.vty) { $0.devices.terminals = [0] },
    Mistake(.vty) { $0.devices.terminals = [0x8000_0000] },
    // One interrupt source for two.
    Mistake(.vty) { $0.devices.terminals = [0x7100_0005, 0x7200_0005] },
    Mistake(.vty) { $0.devices.terminals = [0x3000_0000, 0x3001_0000] },
    Mistake(.vty) { $0.devices.terminals = [0x3000_1000, 0x000f_1000] },
    Mistake(.vty) { $0.devices.terminals = [0x7100_0000, 0x7100_0000] },
    Mistake(.nvram) { $0.devices.nvram = .init(unitAddress: 0x7100_0000, size: 65536) },
    Mistake(.nvram) { $0.devices.nvram = .init(unitAddress: 0x7100_0002, size: 1) },
  ])
  func mistakesNameTheirOption(_ mistake: Mistake) throws {
    let error = #expect(throws: MachineDescriptionError.self) {
      let description = try machine(.power9, compat: .power9, mistake.change)
      return try tree(description)
    }
    #expect(error?.option == mistake.option)
    #expect(error?.description.contains("\n") == false)
  }

  @Test func topologyFillsIn() throws {
    let smt = try ProcessorTopology(processors: 16, threads: 4)
    #expect(smt.cores == 4 && smt.sockets == 1 && smt.maximum == 16)
    let growing = try ProcessorTopology(processors: 4, threads: 2, maximum: 8)
    #expect(growing.cores == 4 && growing.processors == 4)
    let described = try ProcessorTopology(threads: 2, cores: 3, sockets: 2)
    #expect(described.processors == 12 && described.maximum == 12)
  }

  @Test func threadsAreCutToTheLevel() throws {
    let description = try machine(.power9, compat: .power6) {
      $0.topology = try ProcessorTopology(processors: 16, threads: 8)
    }
    let cpus = try #require(tree(description).root.child(named: "cpus")).children
      .filter { $0.has("cpu-version") }
    #expect(cpus.map(\.name) == ["PowerPC,POWER9@0", "PowerPC,POWER9@8"])
    #expect(cpus.map { $0["ibm,ppc-interrupt-server#s"]?.cells } == [[0, 1], [8, 9]])
  }

  @Test func memoryBeyondTheRealModeAreaIsTold() throws {
    var description = try machine {
      $0.memory = 20 << 30
      $0.maximumMemory = 24 << 30
    }
    var root = try tree(description).root
    #expect(
      root.children.filter { $0.baseName == "memory" }.map(\.name)
        == ["memory@0", "memory@400000000"])
    description.dynamicMemory = .v2
    root = try tree(description).root
    #expect(root.children.filter { $0.baseName == "memory" }.map(\.name) == ["memory@0"])
    let sets = root.child(named: "ibm,dynamic-reconfiguration-memory")?["ibm,dynamic-memory-v2"]
    #expect(
      sets?.cells == [
        3,
        64, 0, 0, 0, .max, 0xe0,
        16, 4, 0, 0, 0, 0x28,
        16, 5, 0, 0, .max, 0x60,
      ])
  }
}
