import DeviceTree
import GuestMemory
import OpenFirmware
import SavedState
import Testing

/// Clients that try to make the firmware grow, or to have it believe what they wrote into the tree.
@Suite("Client interface: hostile clients")
struct HostileFirmwareClientTests {
  let machine: FakePlatform
  init() throws { machine = try FakePlatform() }

  private static let value: UInt32 = 0x100_0000

  /// Claims apart from each other, as many as a client can have, or fewer.
  private func claim(_ count: UInt32) -> Int {
    (0..<count).count { index in
      let address = 0x200_0000 + index * 0x2000
      return machine.call1("claim", .cell(address), 0x1000, 0) == address
    }
  }

  private func available() -> PropertyValue? {
    machine.firmware.tree["/memory@0"]?["available"]
  }

  /// Three thousand claims, then a `reg` of many ranges, then another claim.
  @Test("what is available is the machine's memory, whatever the client wrote")
  func memory() throws {
    #expect(claim(3000) == 3000)
    let before = try #require(available())
    let node = machine.find("/memory@0")
    let size: UInt32 = 1 << 19
    for place in stride(from: UInt64(0), to: UInt64(size), by: 16) {
      try machine.memory.write(UInt64(0), at: UInt64(Self.value) + place)
      try machine.memory.write(UInt64(0x4000_0000), at: UInt64(Self.value) + place + 8)
    }
    #expect(machine.call1("setprop", node, "reg", .cell(Self.value), .cell(size)) == size)
    #expect(machine.call1("getproplen", node, "reg") == size)
    #expect(machine.call1("claim", 0x3F0_0000, 0x1000, 0) == 0x3F0_0000)
    let after = try #require(available())
    #expect(after.bytes.count == before.bytes.count + 16)
    #expect(machine.call("release", 0x3F0_0000, 0x1000, results: 0) == [])
    #expect(available() == before)
  }

  @Test("methods, processors and RTAS are the machine's, whatever the client wrote")
  func kinds() throws {
    let nvram = machine.find("/vdevice/nvram")
    let processor = machine.find("/cpus/@8")
    try machine.memory.write(Array("serial\0".utf8), at: 0x20_9000)
    try machine.memory.write(UInt32(1 << 30), at: 0x20_9010)
    for (node, name, place, length): (FakePlatform.Argument, String, UInt32, UInt32) in [
      (nvram, "device_type", 0x20_9000, 7), (processor, "device_type", 0x20_9000, 7),
      (processor, "reg", 0x20_9010, 4), (machine.find("/rtas"), "rtas-size", 0x20_9010, 4),
    ] {
      #expect(
        machine.call1("setprop", node, .text(name), .cell(place), .cell(length)) == length)
    }
    let instance = try #require(machine.call1("open", "/vdevice/nvram"))
    #expect(machine.call("call-method", "size", .cell(instance), results: 2) == [0, 256])
    #expect(machine.call("start-cpu", processor, 0x3000, 7, results: 0) == [])
    #expect(machine.started.keys.sorted() == [8])
    let rtas = try #require(machine.call1("open", "/rtas"))
    #expect(
      machine.call("call-method", "instantiate-rtas", .cell(rtas), 0x8000, results: 2)
        == [0, 0x8000])
  }

  @Test("what a client sets is bounded, and counts once")
  func properties() throws {
    let chosen = machine.find("/chosen")
    let share: UInt32 = 1 << 16
    // The same property again and again.
    for _ in 0..<40 {
      #expect(machine.call1("setprop", chosen, "a", .cell(Self.value), .cell(share)) == share)
    }
    var kept = 1
    for index in 0..<40 {
      let name = FakePlatform.Argument.text("b\(index)")
      if machine.call1("setprop", chosen, name, .cell(Self.value), .cell(share)) == share {
        kept += 1
      }
    }
    #expect(kept == 15)
    // Smaller ones find room again.
    #expect(machine.call1("setprop", chosen, "a", .cell(Self.value), 8) == 8)
    #expect(machine.call1("setprop", chosen, "c", .cell(Self.value), 8) == 8)
    #expect(machine.call1("setprop", chosen, "d", 0, .cell(48 << 20)) == .max)
    #expect(machine.call1("setprop", chosen, "d", .cell(Self.value), .cell(1 << 20)) == .max)
    let long = FakePlatform.Argument.text(String(repeating: "n", count: 256))
    #expect(machine.call1("setprop", chosen, long, .cell(Self.value), 8) == .max)
  }

  /// A client that has all it can have: the state can be written, and is read back.
  @Test func theLargestStateCanBeSaved() throws {
    #expect(claim(4000) == 4000)
    while machine.call1("open", "/vdevice/vty:9600") != 0 {}
    var handles: [UInt32] = []
    for path in ["/", "/chosen", "/cpus", "/rtas", "/aliases"] {
      handles.append(try #require(machine.call1("finddevice", .text(path))))
    }
    var count: UInt32 = 0
    for handle in handles {
      for _ in 0..<250 {
        let name = FakePlatform.Argument.text("p\(count)")
        let size: UInt32 = 15 << 6
        if machine.call1("setprop", .cell(handle), name, .cell(Self.value), .cell(size)) == size {
          count += 1
        }
      }
    }
    #expect(count > 1000)
    var stream: [UInt8] = []
    var writer = try StateWriter { stream += $0 }
    try writer.section(.firmware) { coder throws(StateError) in
      try machine.firmware.code(&coder)
    }
    try writer.finish()
    #expect(stream.count < StateReader.largestPayload)

    let restored = try FakePlatform()
    var reader = try StateReader(from: StateReader.source(of: stream))
    try reader.section(.firmware) { coder throws(StateError) in
      try restored.firmware.code(&coder)
    }
    #expect(restored.firmware.tree == machine.firmware.tree)
  }

  /// The stream has the tree as the client sees it; the machine's own comes from the machine.
  @Test func aRestoredMachineHasItsOwnTree() throws {
    let node = machine.find("/memory@0")
    try machine.memory.write(UInt64(0), at: UInt64(Self.value))
    try machine.memory.write(UInt64(1 << 20), at: UInt64(Self.value) + 8)
    // More ranges than a machine has, of which the first is looked at below.
    let size: UInt32 = 1 << 19
    #expect(machine.call1("setprop", node, "reg", .cell(Self.value), .cell(size)) == size)
    var stream: [UInt8] = []
    var writer = try StateWriter { stream += $0 }
    try writer.section(.firmware) { coder throws(StateError) in
      try machine.firmware.code(&coder)
    }
    try writer.finish()

    let restored = try FakePlatform()
    var reader = try StateReader(from: StateReader.source(of: stream))
    try reader.section(.firmware) { coder throws(StateError) in
      try restored.firmware.code(&coder)
    }
    restored.firmware.restoreMachineTree(from: FakePlatform.tree(version: 0x004e_1202))
    let reg = try #require(restored.firmware.tree["/memory@0"]?["reg"]?.bytes)
    #expect(reg.count == 1 << 19 && reg[13] == 0x10)
    #expect(restored.firmware.machineTree["/memory@0"]?["reg"]?.cells == [0, 0, 0, 64 << 20])
    #expect(restored.call1("claim", 0x3F0_0000, 0x1000, 0) == 0x3F0_0000)
    #expect(
      restored.firmware.tree["/memory@0"]?["available"]?.cells
        == [0, 0x1_0000, 0, 0x3EF_0000, 0, 0x3F0_1000, 0, 0xF_F000])
  }

  /// A tree whose names are shared and whose paths are long: refused before a path is built.
  @Test func aStateWithLongPathsIsRefused() throws {
    // Fifteen thousand nodes, fifty deep, under names of a hundred characters.
    let name = String(repeating: "n", count: 100)
    var tree = Node(name, children: (0..<15_000).map { Node("leaf@\($0)") })
    for _ in 0..<50 { tree = Node(name, children: [tree]) }
    try refuse(
      DeviceTree(root: Node("", children: [tree])), "a node with a path of more than 4096 bytes")
    try refuse(
      DeviceTree(root: Node("", children: (0..<70_000).map { Node("n@\($0)") })), "nodes")
  }

  private func refuse(_ tree: DeviceTree, _ reason: String) throws {
    let blob = try tree.blob()
    var stream: [UInt8] = []
    var writer = try StateWriter { stream += $0 }
    try writer.section(.firmware) { coder throws(StateError) in
      var blob = blob
      try coder.field("tree", &blob)
    }
    try writer.finish()
    var reader = try StateReader(from: StateReader.source(of: stream))
    let section = try reader.next(.firmware)
    let error = #expect(throws: StateError.self) {
      try section.fields(of: .firmware) { coder throws(StateError) in
        try machine.firmware.code(&coder)
      }
    }
    #expect(error?.description.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
  }
}
