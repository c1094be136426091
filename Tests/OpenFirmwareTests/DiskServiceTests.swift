import DeviceTree
import DiskFormats
import GuestMemory
import OpenFirmware
import SavedState
import Testing

/// Disks as packages of the client interface.
@Suite struct DiskServiceTests {
  let machine: FakePlatform
  let disk: FakeDisk
  private static let path = "/pci@800000020000000/scsi@1"
  private static let other = "/pci@800000020000000/scsi@2"

  /// Sectors whose bytes are their number; partition 1 is PReP, at sector 4, of 3 sectors.
  init() throws {
    machine = try FakePlatform(hasDisks: true)
    var bytes = (0..<64).flatMap { [UInt8](repeating: $0, count: 512) }
    bytes.replaceSubrange(
      446..<512,
      with: [0x80, 0, 0, 0, 0x41, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0]
        + [UInt8](repeating: 0, count: 48) + [0x55, 0xAA])
    disk = FakeDisk(bytes)
    machine.disks = [Self.path: disk, Self.other: FakeDisk([UInt8](repeating: 0, count: 2048))]
  }

  private func buffer(_ count: Int) throws -> [UInt8] {
    try machine.memory.read(count, at: UInt64(FakePlatform.buffer))
  }

  private func open(_ specifier: String) -> FakePlatform.Argument {
    .cell(machine.call1("open", .text(specifier)) ?? 0)
  }

  private func read(_ handle: FakePlatform.Argument, _ count: UInt32) -> UInt32? {
    machine.call1("read", handle, .cell(FakePlatform.buffer), .cell(count))
  }

  /// The results of a method, without the catch result, which must be 0.
  private func method(
    _ name: String, _ handle: FakePlatform.Argument, _ arguments: FakePlatform.Argument...
  ) -> UInt32? {
    let results: [UInt32]? =
      switch arguments.count {
      case 0: machine.call("call-method", .text(name), handle, results: 2)
      case 1: machine.call("call-method", .text(name), handle, arguments[0], results: 2)
      case 2:
        machine.call(
          "call-method", .text(name), handle, arguments[0], arguments[1], results: 2)
      default:
        machine.call(
          "call-method", .text(name), handle, arguments[0], arguments[1], arguments[2], results: 2)
      }
    guard let results, results[0] == 0 else { return nil }
    return results[1]
  }

  @Test func `disks have aliases and their paths`() throws {
    let aliases = machine.find("/aliases")
    for (alias, path) in [("disk", Self.path), ("disk1", Self.other)] {
      let length = try #require(
        machine.call1("getprop", aliases, .text(alias), .cell(FakePlatform.buffer), 64))
      #expect(machine.bufferText(length - 1) == path)
    }
    let handle = open("disk1:0")
    let length = try #require(
      machine.call1("instance-to-path", handle, .cell(FakePlatform.buffer), 64))
    #expect(machine.bufferText(length) == Self.other + ":0")
    #expect(machine.call1("instance-to-package", handle) == machine.call1("finddevice", "disk1"))
    let package = machine.find(Self.path)
    for name in ["read", "seek", "load", "block-size", "#blocks", "max-transfer"] {
      #expect(machine.call1("test-method", package, .text(name)) == 0)
    }
    #expect(machine.call1("test-method", package, "claim") == .max)
  }

  @Test func `reads begin at the position and end with the disk`() throws {
    let handle = open("disk")
    #expect(machine.call1("seek", handle, 0, .cell(1020)) == 0)
    #expect(read(handle, 8) == 8)
    #expect(try buffer(8) == [1, 1, 1, 1, 2, 2, 2, 2])
    #expect(read(handle, 4) == 4)
    #expect(try buffer(4) == [2, 2, 2, 2])
    #expect(machine.call1("seek", handle, 0, .cell(63 * 512)) == 0)
    #expect(read(handle, 4096) == 512)
    #expect(read(handle, 4096) == 0)
    #expect(machine.call1("seek", handle, 0, .cell(64 * 512)) == 0)
    #expect(machine.call1("seek", handle, 0, .cell(64 * 512 + 1)) == .max)
    #expect(machine.call1("seek", handle, 1, 0) == .max)
    #expect(machine.call1("seek", handle, .cell(.max), .cell(.max)) == .max)
    #expect(method("block-size", handle) == 512)
    #expect(method("#blocks", handle) == 64)
    #expect(method("max-transfer", handle) == 1 << 20)
    // What is stored is memory, or nothing.
    #expect(machine.call1("seek", handle, 0, 0) == 0)
    #expect(machine.call1("read", handle, 0xFFFF_F000, 512) != 512)
    disk.isDamaged = true
    #expect(read(handle, 4) == .max)
  }

  @Test func `arguments name a partition, and nothing else of the disk is reached`() throws {
    let handle = open("disk:1")
    #expect(read(handle, 4096) == 1536)
    #expect(try buffer(1) == [4])
    #expect(machine.call1("seek", handle, 0, .cell(3 * 512 + 1)) == .max)
    // Topmost first: the high half of the position.
    #expect(method("seek", handle, 0, 512) == 0)
    #expect(method("read", handle, 1024, .cell(FakePlatform.buffer)) == 1024)
    #expect(try buffer(1) == [5])
    for arguments in ["2", "1,\\file", "x", "5"] {
      #expect(machine.call1("open", .text("disk:" + arguments)) == 0)
    }
    #expect(machine.call1("open", "disk1:1") == 0)
    #expect(machine.call1("open", "/pci@800000020000000:1") != 0)
  }

  @Test func `writes reach the disk, and not one that cannot be written`() throws {
    let handle = open("disk:1")
    try machine.memory.write([1, 2, 3, 4], at: UInt64(FakePlatform.buffer))
    #expect(machine.call1("seek", handle, 0, .cell(3 * 512 - 2)) == 0)
    #expect(machine.call1("write", handle, .cell(FakePlatform.buffer), 4) == 2)
    #expect(Array(disk.bytes[7 * 512 - 3..<7 * 512 + 1]) == [6, 1, 2, 7])
    disk.isReadOnly = true
    #expect(machine.call1("seek", handle, 0, 0) == 0)
    #expect(machine.call1("write", handle, .cell(FakePlatform.buffer), 4) == .max)
    #expect(disk.bytes[4 * 512] == 4)
  }

  @Test func `blocks are those of the whole disk`() throws {
    let handle = open("disk:1")
    #expect(method("read-blocks", handle, 2, 62, .cell(FakePlatform.buffer)) == 2)
    #expect(try buffer(513).suffix(2) == [62, 63])
    #expect(method("read-blocks", handle, 3, 62, .cell(FakePlatform.buffer)) == 0)
    #expect(
      method("read-blocks", handle, .cell(.max), .cell(.max), .cell(FakePlatform.buffer)) == 0)
    try machine.memory.write([UInt8](repeating: 9, count: 512), at: UInt64(FakePlatform.buffer))
    #expect(method("write-blocks", handle, 1, 63, .cell(FakePlatform.buffer)) == 1)
    #expect(disk.bytes[63 * 512] == 9)
    #expect(method("write-blocks", handle, .cell(.max), 0, .cell(FakePlatform.buffer)) == 0)
  }

  @Test func `load reads the boot program`() throws {
    #expect(method("load", open("disk"), .cell(FakePlatform.buffer)) == 1536)
    #expect(try buffer(1025).last == 6)
    #expect(method("load", open("disk:1"), .cell(FakePlatform.buffer)) == 1536)
    #expect(method("load", open("disk1"), .cell(FakePlatform.buffer)) == nil)
    #expect(method("load", open("disk"), .cell(UInt32(machine.memory.size - 512))) == nil)
  }

  @Test func `configuration variables are in the options`() throws {
    let other = try FakePlatform(hasDisks: true)
    other.configurationVariables = [("boot-device", "disk:2"), ("real-base", "123")]
    let options = other.find("/options")
    #expect(other.call1("getprop", options, "boot-device", .cell(FakePlatform.buffer), 64) == 7)
    #expect(other.bufferText(6) == "disk:2")
    #expect(other.call1("getprop", options, "real-base", .cell(FakePlatform.buffer), 64) == 4)
  }

  @Test func `variables that the client sets are kept`() throws {
    let options = machine.find("/options")
    func set(_ name: String, _ value: String) throws -> Bool {
      try machine.memory.write(Array(value.utf8) + [0], at: 0x20_9000)
      let count = UInt32(value.utf8.count + 1)
      return machine.call1("setprop", options, .text(name), 0x20_9000, .cell(count)) == count
    }
    #expect(try set("boot-device", "disk1"))
    #expect(try set("boot-device", "disk2:3"))
    // How this firmware is does not change.
    #expect(try set("real-base", "4000"))
    #expect(machine.configurationVariables.map(\.name) == ["boot-device"])
    #expect(machine.configurationVariables.map(\.value) == ["disk2:3"])
    #expect(machine.call1("getprop", options, "real-base", .cell(FakePlatform.buffer), 64) == 5)
    machine.variableRoom = 3
    #expect(try !set("diag-device", "disk1"))
    #expect(machine.call1("getproplen", options, "diag-device") == .max)
  }
}
