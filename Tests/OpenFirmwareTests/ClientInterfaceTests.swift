import DeviceTree
import GuestMemory
import OpenFirmware
import PowerISA
import Testing

@Suite("Client interface: device tree")
struct ClientDeviceTreeTests {
  let machine: FakePlatform
  init() throws { machine = try FakePlatform() }

  @Test("the tree can be walked")
  func walk() throws {
    var paths: [String] = []
    func visit(_ node: UInt32) throws {
      let length = try #require(
        machine.call1("package-to-path", .cell(node), .cell(FakePlatform.buffer), 256))
      paths.append(machine.bufferText(length))
      var child = try #require(machine.call1("child", .cell(node)))
      while child != 0 {
        #expect(machine.call1("parent", .cell(child)) == node)
        try visit(child)
        child = try #require(machine.call1("peer", .cell(child)))
      }
    }
    try visit(try #require(machine.call1("peer", 0)))
    #expect(paths.first == "/")
    #expect(paths.contains("/cpus/PowerPC,POWER9@8"))
    #expect(paths.contains("/openprom"))
    #expect(Set(paths).count == paths.count)
    #expect(paths.count == machine.firmware.tree.nodeCount)
  }

  @Test("paths, with and without unit addresses")
  func paths() {
    #expect(machine.call1("finddevice", "/nowhere") == .max)
    #expect(machine.call1("finddevice", "/memory") == machine.call1("finddevice", "/memory@0"))
    #expect(machine.call1("finddevice", "/interrupt-controller") == 0x1111)
    #expect(machine.call1("canon", "/vdevice/vty:9600", .cell(FakePlatform.buffer), 64) == 26)
    #expect(machine.bufferText(26) == "/vdevice/vty@71000000:9600")
    // Cut, and the whole length all the same.
    #expect(machine.call1("canon", "/memory", .cell(FakePlatform.buffer), 3) == 9)
    #expect(machine.call1("canon", "/nowhere", .cell(FakePlatform.buffer), 64) == .max)
    #expect(machine.call1("finddevice", "hvterm") == machine.call1("finddevice", "/vdevice/vty"))
    let options = machine.find("/options")
    #expect(machine.call1("getprop", options, "real-mode?", .cell(FakePlatform.buffer), 8) == 5)
    #expect(machine.bufferText(4) == "true")
  }

  @Test("properties")
  func properties() throws {
    let chosen = machine.find("/chosen")
    #expect(machine.call1("getproplen", chosen, "bootargs") == 13)
    #expect(machine.call1("getprop", chosen, "bootargs", .cell(FakePlatform.buffer), 7) == 13)
    #expect(machine.bufferText(7) == "console")
    #expect(machine.call1("getprop", chosen, "none", .cell(FakePlatform.buffer), 4) == .max)
    #expect(machine.call1("getprop", chosen, "bootargs", 0xffff_fff0, 7) == .max)
    #expect(machine.call1("getprop", chosen, "name", .cell(FakePlatform.buffer), 7) == 7)
    #expect(machine.bufferText(6) == "chosen")
    #expect(machine.call1("getprop", 0x7777, "name", .cell(FakePlatform.buffer), 7) == .max)
    try machine.memory.write([1, 2, 3, 4], at: 0x20_9000)
    #expect(machine.call1("setprop", chosen, "linux,rtas-base", 0x20_9000, 4) == 4)
    #expect(machine.call1("getprop", chosen, "linux,rtas-base", .cell(FakePlatform.buffer), 4) == 4)
    #expect(try machine.memory.read(UInt32.self, at: UInt64(FakePlatform.buffer)) == 0x0102_0304)
  }

  @Test("nextprop goes through all names, long ones too")
  func nextProperty() throws {
    let node = machine.find("/interrupt-controller")
    var names: [String] = []
    var previous = ""
    while machine.call1("nextprop", node, .text(previous), .cell(FakePlatform.buffer)) == 1 {
      previous = try machine.memory.readString(at: UInt64(FakePlatform.buffer))
      names.append(previous)
    }
    #expect(names == ["name", "phandle", "ibm,a-name-longer-than-thirty-one-characters"])
    #expect(machine.call1("nextprop", node, 0, .cell(FakePlatform.buffer)) == 1)
    #expect(machine.call1("nextprop", node, "other", .cell(FakePlatform.buffer)) == .max)
  }

  @Test("callers of both widths; calls that cannot be invoked")
  func calls() throws {
    #expect(machine.call("finddevice", "/rtas", sixtyFourBit: true) != nil)
    #expect(machine.call("no-such-service", 1) == nil)
    #expect(machine.call("getprop", 1) == nil)
    #expect(machine.call("finddevice", 0xffff_fff0) == nil)
    #expect(machine.firmware.call(arguments: .max - 3, sixtyFourBit: true) == -1)
    #expect(machine.firmware.call(arguments: 0x03ff_fff8, sixtyFourBit: false) == -1)
    // Counts that are too large, and a results area that ends outside memory.
    for words: [UInt32] in [[17, 1], [1, 17], [.max, 1], [1, .max]] {
      try machine.memory.write(UInt32(0x20_1000), at: 0x20_0000)
      try machine.memory.write(words[0], at: 0x20_0004)
      try machine.memory.write(words[1], at: 0x20_0008)
      #expect(machine.firmware.call(arguments: 0x20_0000, sixtyFourBit: false) == -1)
    }
  }

  @Test("test and test-method answer from the tables")
  func tests() {
    for service in ["test", "canon", "start-cpu", "milliseconds", "quiesce", "get-time"] {
      #expect(machine.call1("test", .text(service)) == 0)
    }
    #expect(machine.call1("test", "stop-self") == .max)
    let root = machine.find("/")
    #expect(machine.call1("test-method", root, "ibm,client-architecture-support") == 0)
    #expect(machine.call1("test-method", root, "instantiate-rtas") == .max)
    #expect(machine.call1("test-method", machine.find("/rtas"), "instantiate-rtas") == 0)
    #expect(machine.call("interpret", "1 2 +", results: 2)?.first == UInt32(bitPattern: -13))
  }
}

@Suite("Client interface: devices, memory, control")
struct ClientDeviceTests {
  let machine: FakePlatform
  init() throws { machine = try FakePlatform(loaded: [0x40_0000..<0x80_0000]) }

  private func chosen(_ name: String) -> FakePlatform.Argument {
    .cell(machine.firmware.tree["/chosen"]?[name]?.cell ?? 0)
  }

  @Test("the console is open from the start")
  func console() throws {
    try machine.memory.write(Array("hello".utf8), at: 0x20_9000)
    #expect(machine.call1("write", chosen("stdout"), 0x20_9000, 5) == 5)
    #expect(machine.console == Array("hello".utf8))
    #expect(machine.call1("write", chosen("stdout"), 0x03ff_fffe, 5) == nil)
    #expect(machine.call1("read", chosen("stdin"), .cell(FakePlatform.buffer), 4) == 0xffff_fffe)
    machine.typed = Array("boot".utf8)
    #expect(machine.call1("read", chosen("stdin"), .cell(FakePlatform.buffer), 3) == 3)
    #expect(machine.bufferText(3) == "boo")
    let length = machine.call1("instance-to-path", chosen("stdout"), .cell(FakePlatform.buffer), 64)
    #expect(machine.bufferText(length ?? 0) == "/vdevice/vty@71000000")
    let package = machine.call1("instance-to-package", chosen("stdout"))
    #expect(package == machine.call1("finddevice", "/vdevice/vty"))
    #expect(machine.call("close", chosen("stdin"), results: 0) == [])
    #expect(machine.call1("instance-to-package", chosen("stdin")) == .max)
  }

  @Test("NVRAM reads, writes and seeks")
  func nvram() throws {
    let nvram = chosen("nvram")
    #expect(machine.call("call-method", "size", nvram, results: 2) == [0, 256])
    #expect(machine.call1("seek", nvram, 0, 250) == 0)
    try machine.memory.write([1, 2, 3, 4, 5, 6, 7, 8], at: 0x20_9000)
    #expect(machine.call1("write", nvram, 0x20_9000, 8) == 6)
    #expect(machine.nvram[250...] == [1, 2, 3, 4, 5, 6])
    #expect(machine.call1("read", nvram, .cell(FakePlatform.buffer), 8) == 0)
    #expect(machine.call1("seek", nvram, 0, 252) == 0)
    #expect(machine.call1("read", nvram, .cell(FakePlatform.buffer), 8) == 4)
    #expect(machine.call1("seek", nvram, 1, 0) == .max)
    #expect(machine.call1("seek", chosen("stdout"), 0, 0) == .max)
  }

  /// A client finds a console device that is not there, and Linux stays silent: it panics when the
  /// property is missing.
  @Test("without a terminal the console is the null instance")
  func noTerminal() throws {
    let machine = try FakePlatform(hasTerminal: false)
    let package = machine.find("/chosen")
    for name in ["stdin", "stdout"] {
      #expect(
        machine.call1("getprop", package, .text(name), .cell(FakePlatform.buffer), 4) == 4,
        "\(name)"
      )
      #expect(try machine.memory.read(UInt32.self, at: UInt64(FakePlatform.buffer)) == 0)
    }
    #expect(machine.call1("instance-to-package", 0) == .max)
    #expect(machine.call1("instance-to-path", 0, .cell(FakePlatform.buffer), 64) == .max)
    #expect(machine.call1("write", 0, .cell(FakePlatform.buffer), 5) == .max)
    #expect(machine.call1("read", 0, .cell(FakePlatform.buffer), 5) == .max)
    #expect(machine.call("close", 0, results: 0) == [])
    #expect(machine.console.isEmpty)
  }

  @Test("memory is claimed once")
  func claims() throws {
    #expect(machine.call1("claim", 0x100_0000, 0x1000, 0) == 0x100_0000)
    #expect(machine.call1("claim", 0x100_0fff, 1, 0) == .max)
    #expect(machine.call1("claim", 0x40_0000, 0x1000, 0) == .max, "the program is there")
    #expect(machine.call1("claim", 0x4000, 0x10, 0) == .max, "the firmware is there")
    #expect(machine.call1("claim", 0x3ff_f000, 0x2000, 0) == .max, "not memory")
    #expect(machine.call1("claim", 0x100_0000, 0, 0) == .max)
    #expect(machine.call1("claim", 0, 0x1000, 0x30_0000) == 0x3c0_0000)
    #expect(machine.call("release", 0x100_0000, 0x800, results: 0) == [])
    #expect(machine.call1("claim", 0x100_0000, 0x800, 0) == 0x100_0000)
    #expect(machine.call("release", 0x100_0400, 0x400, results: 0) == [])
    let cells = try #require(machine.firmware.tree["/memory@0"]?["available"]?.cells)
    #expect(
      cells == [
        0, 0x1_0000, 0, 0x3f_0000, 0, 0x80_0000, 0, 0x80_0000, 0, 0x100_0400, 0, 0x400,
        0, 0x100_1000, 0, 0x2bf_f000, 0, 0x3c0_1000, 0, 0x3f_f000,
      ])
    let memory = chosen("memory")
    #expect(
      machine.call("call-method", "claim", memory, 0, 0x1000, 0x20_0000, results: 2)
        == [0, 0x20_0000])
    #expect(
      machine.call("call-method", "claim", memory, 0, 0x1000, 0x20_0000, results: 2)?[0] == .max)
  }

  @Test("instantiate-rtas copies the stub")
  func rtas() throws {
    let instance = FakePlatform.Argument.cell(machine.call1("open", "/rtas") ?? 0)
    #expect(
      machine.call("call-method", "instantiate-rtas", instance, 0x300_0000, results: 2)
        == [0, 0x300_0000])
    #expect(machine.rtasBase == 0x300_0000)
    #expect(try machine.memory.read(UInt32.self, at: 0x300_0000) == 0x7c64_1b78)
    for base: UInt32 in [0, 0x300_0002, 0x3ff_fff0, 0xffff_fff0] {
      #expect(
        machine.call("call-method", "instantiate-rtas", instance, .cell(base), results: 2)?[0]
          == .max)
    }
    #expect(machine.call("call-method", "no-method", instance, results: 1) == [.max])
    #expect(
      machine.call("call-method", "instantiate-rtas", 0x77, 0x300_0000, results: 2)?[0] == .max)
  }

  @Test("processors are started by package")
  func startProcessor() {
    let processor = machine.find("/cpus/PowerPC,POWER9@8")
    #expect(machine.call("start-cpu", processor, 0x60, 7, results: 0) == [])
    #expect(machine.started[8]?.address == 0x60)
    #expect(machine.started[8]?.argument == 7)
    #expect(machine.call("start-cpu", processor, 0x60, 7, results: 0) == nil)
    #expect(machine.call("start-cpu", machine.find("/rtas"), 0x60, 7, results: 0) == nil)
  }

  @Test("control and time")
  func control() {
    #expect(machine.call("exit", results: 0) == [])
    #expect(machine.call("boot", "disk:1 quiet", results: 0) == [])
    #expect(machine.ends == [.exit, .boot("disk:1 quiet")])
    #expect(machine.call("enter", results: 0) == [])
    #expect(machine.call1("milliseconds") == 0x1234)
    #expect(machine.call("get-time", results: 6) == [5, 30, 7, 21, 11, 2026])
    #expect(!machine.firmware.isQuiescent)
    #expect(machine.call("quiesce", results: 0) == [])
    #expect(machine.firmware.isQuiescent)
  }
}

@Suite("ibm,client-architecture-support")
struct ClientArchitectureSupportTests {
  let machine: FakePlatform
  init() throws { machine = try FakePlatform() }

  /// Calls the method: the catch result and err?.
  private func negotiate(_ bytes: [UInt8], at address: UInt32 = 0x21_0000) throws -> [UInt32]? {
    try machine.memory.write(bytes, at: UInt64(address))
    let root = FakePlatform.Argument.cell(machine.call1("open", "/") ?? 0)
    return machine.call(
      "call-method", "ibm,client-architecture-support", root, .cell(address), results: 2)
  }

  @Test("the tree is rewritten; handles and the client's properties stay")
  func rewritten() throws {
    var printed: [String] = []
    machine.firmware.negotiationTrace = { printed.append($0) }
    let processor = machine.find("/cpus/PowerPC,POWER9@8")
    let chosen = machine.find("/chosen")
    let stdout = machine.firmware.tree["/chosen"]?["stdout"]?.cell
    _ = machine.call1("setprop", chosen, "linux,stdout-path", 0x20_9000, 4)
    machine.offer.maximumLevel = .power8
    #expect(try negotiate(SampleVector.linux61().bytes) == [0, 0])
    #expect(machine.call1("getprop", processor, "cpu-version", .cell(FakePlatform.buffer), 4) == 4)
    #expect(try machine.memory.read(UInt32.self, at: UInt64(FakePlatform.buffer)) == 0x0f00_0004)
    #expect(machine.call1("getproplen", chosen, "ibm,architecture-vec-5") == 27)
    #expect(machine.call1("getproplen", chosen, "linux,stdout-path") == 4)
    #expect(machine.call1("finddevice", "/ibm,platform-facilities") != .max)
    #expect(machine.firmware.tree["/chosen"]?["stdout"]?.cell == stdout)
    #expect(
      machine.call1("instance-to-package", .cell(stdout ?? 0))
        == machine.call1("finddevice", "/vdevice/vty@71000000"))
    #expect(machine.firmware.architectureVectors == [SampleVector.linux61().bytes])
    #expect(machine.firmware.architecture?.level == .power8)
    #expect(printed.count == 1)
  }

  /// A guest that moved before it negotiated has been told the name of the processor it came from.
  @Test func processorsKeepTheirHandlesOnAnotherHost() throws {
    let processor = machine.find("/cpus/PowerPC,POWER9@0")
    machine.host = "POWER10"
    #expect(try negotiate(SampleVector.linux61().bytes) == [0, 0])
    #expect(machine.call1("getproplen", processor, "cpu-version") == 4)
  }

  @Test("several calls: the last one counts")
  func several() throws {
    #expect(try negotiate(SampleVector.grub.bytes) == [0, 0])
    #expect(machine.firmware.architecture?.translation == .hash)
    #expect(try negotiate(SampleVector.linux61(modes: SampleVector.radix).bytes) == [0, 0])
    #expect(machine.firmware.architecture?.translation == .radix)
    #expect(machine.firmware.architectureVectors.count == 2)
    for _ in 0..<20 { #expect(try negotiate(SampleVector.grub.bytes) == [0, 0]) }
    #expect(machine.firmware.architectureVectors.count == 16)
  }

  @Test("err? is TRUE for bad structures and while others run")
  func errors() throws {
    let bytes = SampleVector.linux61().bytes
    #expect(try negotiate(Array(bytes.prefix(40)), at: 0x3ff_ffd8) == [0, .max])
    var received: [[UInt8]] = []
    machine.firmware.vectorTrace = { received.append($0) }
    machine.otherProcessorsRun = true
    #expect(try negotiate(bytes) == [0, .max])
    #expect(received == [bytes])
    #expect(machine.firmware.architecture == nil)
    #expect(machine.ends.isEmpty)
  }

  @Test("no match ends the client program, or is an error with QEMU's rules")
  func bootFailure() throws {
    var sample = SampleVector.linux61()
    sample.processors = [(0xffff_ffff, 0x0f00_0001), (0xffff_ff00, 0x1234_5678)]
    _ = try negotiate(sample.bytes)
    #expect(machine.ends == [.bootFailure(.processorNotSupported)])
    machine.offer.flavor = .qemu
    #expect(try negotiate(sample.bytes) == [0, .max])
    #expect(machine.ends.count == 1)
  }
}
