import GuestMemory
import HostSupport
import OpenFirmware
import Testing

/// Random calls with arguments that are nearly right. A trap ends the test run.
@Suite("Client interface: random calls")
struct ClientCallFuzzTests {
  private static let services = [
    "test", "peer", "child", "parent", "instance-to-package", "getproplen", "getprop", "nextprop",
    "setprop", "canon", "finddevice", "instance-to-path", "package-to-path", "call-method",
    "test-method", "open", "close", "read", "write", "seek", "size", "claim", "release", "boot",
    "enter", "exit", "start-cpu", "quiesce", "interpret", "milliseconds", "get-time", "nonsense",
  ]
  private static let texts = [
    "/", "/chosen", "/rtas", "/cpus/@8", "/memory", "/vdevice/vty:1", "/vdevice/nvram", "", "//",
    "vty", "name", "reg", "stdout", "bootargs", "instantiate-rtas", "claim", "write", "seek",
    "ibm,client-architecture-support", "\u{fe}\u{ff}", ":", "@", "disk", "disk1:1", "disk:\\x",
    "read-blocks", "write-blocks", "load", "#blocks", "block-size",
  ]

  @Test("handled without a trap, and the firmware works afterwards", arguments: 1...4)
  func randomCalls(seed: UInt64) throws {
    let machine = try FakePlatform(hasDisks: true)
    for number in [1, 2] {
      machine.disks["/pci@800000020000000/scsi@\(number)"] = FakeDisk(
        [UInt8](repeating: 0xAA, count: 1 << 14))
    }
    var generator = SplitMix64(state: seed)
    let size = UInt32(truncatingIfNeeded: machine.memory.size)
    for (index, text) in Self.texts.enumerated() {
      try machine.memory.write(Array(text.utf8) + [0], at: 0x30_0000 + 64 * UInt64(index))
    }
    try machine.memory.write(SampleVector.linux61().bytes, at: 0x31_0000)
    var handles: [UInt32] = [0, 1, 0x1111, .max]
    for _ in 0..<8000 {
      let service = Self.services.randomElement(using: &generator) ?? "test"
      let place: UInt64 = 0x32_0000
      try machine.memory.write(Array(service.utf8) + [0], at: place)
      let counts = UInt32.random(in: 0...6, using: &generator)
      var words: [UInt32] = [UInt32(place), counts, UInt32.random(in: 0...4, using: &generator)]
      for _ in 0..<counts {
        let text =
          0x30_0000 + 64 * UInt32.random(in: 0..<UInt32(Self.texts.count), using: &generator)
        let near = UInt32.random(in: 0...64, using: &generator)
        let choices: [UInt32] = [
          text, text, text, handles.randomElement(using: &generator) ?? 0, near, size &- near,
          .max - near, 0x31_0000, 0x33_0000, UInt32(truncatingIfNeeded: generator.next()),
        ]
        words.append(choices.randomElement(using: &generator) ?? 0)
      }
      // Sometimes the array itself ends outside memory.
      let array: UInt64 =
        Int.random(in: 0..<50, using: &generator) == 0 ? machine.memory.size - 20 : 0x2f_0000
      for (index, word) in words.enumerated() {
        try? machine.memory.write(word, at: array + 4 * UInt64(index))
      }
      _ = machine.firmware.call(arguments: array, sixtyFourBit: false)
      let result = try? machine.memory.read(UInt32.self, at: array + 12 + 4 * UInt64(counts))
      if let result, handles.count < 64 { handles.append(result) }
      // What calls may have damaged.
      for (index, text) in Self.texts.enumerated() where index % 4 == 0 {
        try machine.memory.write(Array(text.utf8) + [0], at: 0x30_0000 + 64 * UInt64(index))
      }
    }
    #expect(machine.call1("finddevice", "/interrupt-controller") == 0x1111)
    #expect(machine.call1("getproplen", machine.find("/chosen"), "name") == 7)
  }
}
