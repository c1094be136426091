import DeviceTree
import Devices
import Glibc
import GuestTestSupport
import MachineDescription
import MigrationCompatibility
import OpenFirmware
import PowerISA
import SavedState
import Testing

@testable import Machine

/// Booting from disks: the program of each prints a letter and calls a service of the firmware.
@Suite struct BootingTests {
  /// A program that prints a letter and calls a client service.
  static func program(_ letter: Character, _ service: String, _ argument: String? = nil)
    -> [UInt8]
  {
    let print = UInt32(letter.asciiValue ?? 0)
    let words: [UInt32] = [
      0x7CBF_2B78,  // mr r31,r5: the client interface
      0x3C80_7100, 0x3860_0058, 0x38A0_0001,  // r4: the terminal; r3: H_PUT_TERM_CHAR; r5: 1 byte
      0x38C0_0000 | print, 0x78C6_C1C6,  // r6: the letter, in the first byte
      0x4400_0022,  // sc 1
      0x3C60_0040, 0x6063_0080,  // r3: the argument array, behind the code
      0x7FE9_03A6, 0x4E80_0421,  // mtctr r31; bctrl
      0x4800_0000,  // b .
    ]
    func bytes(_ word: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
    }
    var code = words.flatMap(bytes)
    code += [UInt8](repeating: 0, count: 0x80 - code.count)
    code += [0x40_00A0, argument == nil ? 0 : 1, 0, 0x40_00B0].flatMap { bytes($0) }
    code += [UInt8](repeating: 0, count: 0xA0 - code.count) + Array(service.utf8) + [0]
    code += [UInt8](repeating: 0, count: 0xB0 - code.count) + Array((argument ?? "").utf8) + [0]
    return TestProgram.elf(code: code)
  }

  /// A disk with a program in a PReP partition, or with something else in it.
  private static func disk(_ content: [UInt8]) -> MemoryStorage {
    let storage = MemoryStorage(sectors: 16)
    var bytes = [UInt8](repeating: 0, count: 16 * 512)
    bytes.replaceSubrange(
      446..<462, with: [0x80, 0, 0, 0, 0x41, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0])
    bytes.replaceSubrange(510..<512, with: [0x55, 0xAA])
    bytes.replaceSubrange(1024..<1024 + content.count, with: content)
    bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      try? storage.write([HostBytes(start: start, count: buffer.count)], at: 0)
    }
    return storage
  }

  private let output = TerminalText()

  private func machine(
    _ disks: [MemoryStorage], order: [String] = [], nvram: [UInt8]? = nil, menu: Double? = nil,
    input: Int32 = -1, isDeterministic: Bool = true,
    _ change: (inout MachineConfiguration) -> Void = { _ in }
  ) throws -> PowerMachine {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    description.devices.pci = disks.indices.map {
      PCIDevice(.block(PCIDevice.Disk(serial: "disk\($0)")), number: UInt8($0 + 1))
    }
    description.bootOrder = order
    var configuration = MachineConfiguration(description: description, program: .disks)
    for (index, disk) in disks.enumerated() {
      configuration.storage[.pci(PCIPlace(UInt8(index + 1)))] = disk
    }
    configuration.isDeterministic = isDeterministic
    configuration.nvram = nvram
    configuration.bootMenuSeconds = menu
    configuration.instructionLimit = 100_000
    configuration.timeout = 60
    configuration.terminalOutputs[0] = { [output] in output.add($0) }
    change(&configuration)
    let machine = try PowerMachine(configuration, console: HostConsole(input: input, output: -1))
    try machine.powerOn()
    return machine
  }

  private static let paths = (1...3).map { "/pci@800000020000000/scsi@\($0)" }

  @Test(arguments: [true, false])
  func `a program starts from its PReP partition`(isDeterministic: Bool) throws {
    let machine = try machine(
      [Self.disk(Self.program("A", "exit"))], isDeterministic: isDeterministic)
    #expect(machine.run() == .clientExited)
    #expect(output.text == "A")
    #expect(machine.description.bootProgram?.path == Self.paths[0])
    #expect(machine.firmware?.tree["/chosen"]?["bootpath"]?.string == Self.paths[0])
    #expect(machine.firmware?.tree["/chosen"]?.has("qemu,boot-kernel") == false)
  }

  @Test func `a program that ends is followed by the next device`() throws {
    let disks = [
      Self.disk(Self.program("A", "exit")), Self.disk(Array("nothing".utf8)),
      Self.disk(Self.program("C", "exit")),
    ]
    #expect(try machine(disks).run() == .clientExited)
    #expect(output.text == "AC")
  }

  @Test func `the order of the description comes first, then that of the NVRAM`() throws {
    let disks = ["A", "B", "C"].map { Self.disk(Self.program($0, "exit")) }
    let nvram = NVRAM()
    let isWritten = nvram.write(
      Array("x=1\0boot-device=disk2 disk1:1 /none\0\0".utf8), at: NVRAMPartitionHeader.size)
    #expect(isWritten)
    #expect(try machine(disks, nvram: nvram.contents).run() == .clientExited)
    // The rest of the disks follows; of the second one only a partition was listed.
    #expect(output.text == "CBAB")
    #expect(
      try machine(disks, order: [Self.paths[1] + ":1", "disk"], nvram: nvram.contents).run()
        == .clientExited)
    #expect(output.text == "CBABBA")
  }

  @Test func `variables that a client sets are those of the next start`() throws {
    let disks = ["A", "B"].map { Self.disk(Self.program($0, "exit")) }
    let machine = try machine(disks)
    #expect(machine.setConfigurationVariable("boot-device", to: Array("disk1".utf8)))
    #expect(machine.setConfigurationVariable("other", to: Array("a=b".utf8)))
    #expect(machine.setConfigurationVariable("boot-device", to: Array("disk1 disk".utf8)))
    #expect(machine.configurationVariables.map(\.name) == ["boot-device", "other"])
    #expect(!machine.setConfigurationVariable("big", to: [UInt8](repeating: 65, count: 4096)))
    #expect(NVRAM.damage(in: machine.nvramContents) == nil)
    let next = try self.machine(disks, nvram: machine.nvramContents)
    #expect(next.configurationVariables.map(\.value) == ["disk1 disk", "a=b"])
    #expect(next.run() == .clientExited && output.text == "BA")
  }

  @Test func `the boot service starts the device that it names`() throws {
    let disks = [
      Self.disk(Self.program("A", "boot", "disk1 text")), Self.disk(Self.program("B", "exit")),
    ]
    #expect(try machine(disks).run() == .clientExited)
    #expect(output.text == "AB")
    let ending = try machine(disks) { $0.allowsRestart = false }
    #expect(ending.run() == .rebooted)
  }

  @Test func `nothing bootable is one message with every reason`() throws {
    let disks = [MemoryStorage(), Self.disk(Array("text".utf8))]
    let machine = try machine(disks, order: Self.paths + [Self.paths[1] + ":2", "d"])
    #expect(
      machine.run()
        == .bootFailure(
          reason: "nothing is bootable: \(Self.paths[0]): no partition table; "
            + "\(Self.paths[1]): not an ELF file; \(Self.paths[2]): there is no such device; "
            + "\(Self.paths[1]):2: there is no partition 2; d: there is no such device"))
    #expect(output.text == "")
  }

  @Test func `a disk that cannot be read is a reason`() throws {
    // The second segment of the file is where the disk ends.
    var program = Self.program("A", "exit")
    program.replaceSubrange(
      64 + 32..<64 + 48, with: [0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
    guard case .bootFailure(let reason) = try machine([Self.disk(program)]).run() else {
      Issue.record("booted")
      return
    }
    #expect(reason.contains("the file ends before"), "\(reason)")
  }

  // MARK: menu

  private func pipe(_ text: String) throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    #expect(Glibc.pipe(&ends) == 0)
    #expect(write(ends[1], text, text.utf8.count) == text.utf8.count)
    return (ends[0], ends[1])
  }

  @Test func `a key shows the menu, and a number starts that device`() throws {
    let disks = [Self.disk(Self.program("A", "exit")), Self.disk(Self.program("B", "exit"))]
    let keys = try pipe("\u{1B}")
    defer { for end in [keys.reading, keys.writing] { close(end) } }
    let machine = try machine(disks, input: keys.reading, isDeterministic: false) {
      let output = output
      $0.terminalOutputs[0] = { bytes in
        output.add(bytes)
        // The menu is complete.
        if output.text.contains("in this order.\r\n"), !output.text.hasSuffix("B") {
          _ = write(keys.writing, "9x2", 3)
        }
      }
    }
    #expect(machine.run() == .clientExited)
    #expect(
      output.text == """
        Boot menu\r
          1  \(Self.paths[0])  PReP partition 1\r
          2  \(Self.paths[1])  PReP partition 1\r
        A number starts that device; Enter starts in this order.\r
        B
        """)
  }

  /// Writes keys each time that the menu is complete.
  private func writeKeys(_ keys: [String], to descriptor: Int32) -> @Sendable ([UInt8]) -> Void {
    let output = output
    return { bytes in
      output.add(bytes)
      let menus = output.text.ranges(of: "Boot menu").count
      guard output.text.hasSuffix("in this order.\r\n"), menus <= keys.count else { return }
      _ = write(descriptor, keys[menus - 1], keys[menus - 1].utf8.count)
    }
  }

  @Test(arguments: [
    "\u{1B}\u{1B}", "x\u{1B}", "\u{1B}[A\u{1B}[24~", "\u{1B}OB1\u{1B}", "\u{1B}\u{1B}[B",
  ])
  func `a key anywhere in what was typed shows the menu`(typed: String) throws {
    let keys = try pipe(typed)
    defer { for end in [keys.reading, keys.writing] { close(end) } }
    let disks = [Self.disk(Self.program("A", "exit")), Self.disk(Self.program("B", "exit"))]
    let writing = writeKeys(["\u{1B}[A2"], to: keys.writing)
    let machine = try machine(disks, menu: 60, input: keys.reading, isDeterministic: false) {
      $0.terminalOutputs[0] = writing
    }
    #expect(machine.run() == .clientExited)
    #expect(output.text.contains("Boot menu\r\n") && output.text.hasSuffix("\r\nB"))
  }

  @Test(arguments: ["\u{1B}[A", "\u{1B}OP", "24~", "\u{1B}["])
  func `other keys do not`(typed: String) throws {
    let keys = try pipe(typed)
    defer { for end in [keys.reading, keys.writing] { close(end) } }
    let machine = try machine(
      [Self.disk(Self.program("A", "exit"))], menu: 0.2, input: keys.reading,
      isDeterministic: false)
    #expect(machine.run() == .clientExited)
    #expect(output.text == "Press Esc or F12 for the boot menu.\r\nA")
  }

  @Test func `a chosen device without a program is followed by the menu`() throws {
    let keys = try pipe("\u{1B}")
    defer { for end in [keys.reading, keys.writing] { close(end) } }
    let disks = [Self.disk(Self.program("A", "exit")), Self.disk(Array("text".utf8))]
    let writing = writeKeys(["2", "1"], to: keys.writing)
    let machine = try machine(disks, input: keys.reading, isDeterministic: false) {
      $0.terminalOutputs[0] = writing
    }
    #expect(machine.run() == .clientExited)
    #expect(
      output.text.contains("in this order.\r\n\(Self.paths[1]): not an ELF file\r\nBoot menu\r\n"))
    #expect(output.text.hasSuffix("in this order.\r\nA"))
  }

  @Test func `the menu has every device`() throws {
    let keys = try pipe("\u{1B}")
    defer { for end in [keys.reading, keys.writing] { close(end) } }
    let disks = (0..<11).map { Self.disk(Self.program($0 == 10 ? "K" : "A", "exit")) }
    let writing = writeKeys(["b"], to: keys.writing)
    let machine = try machine(disks, input: keys.reading, isDeterministic: false) {
      $0.terminalOutputs[0] = writing
    }
    #expect(machine.run() == .clientExited)
    #expect(
      output.text.hasSuffix(
        """
          9  /pci@800000020000000/scsi@9  PReP partition 1\r
          a  /pci@800000020000000/scsi@a  PReP partition 1\r
          b  /pci@800000020000000/scsi@b  PReP partition 1\r
        A number or letter starts that device; Enter starts in this order.\r
        K
        """))
  }

  @Test(arguments: [true, false])
  func `without a key the firmware boots after its wait`(isDeterministic: Bool) throws {
    let machine = try machine(
      [Self.disk(Self.program("A", "exit"))], menu: 0.2, isDeterministic: isDeterministic)
    #expect(machine.run() == .clientExited)
    #expect(output.text == "Press Esc or F12 for the boot menu.\r\nA")
  }

  // MARK: saved state

  @Test func `a firmware that has not booted yet does so where it is restored`() throws {
    let disks = [Self.disk(Self.program("A", "exit"))]
    let first = try machine(disks, order: [Self.paths[0]])
    var state: [UInt8] = []
    try first.save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.bootOrder == [Self.paths[0]])
    var configuration = MachineConfiguration(
      description: try saved.head.destination(), program: .disks)
    configuration.isDeterministic = true
    configuration.storage[.pci(1)] = disks[0]
    configuration.instructionLimit = 100_000
    configuration.terminalOutputs[0] = { [output] in output.add($0) }
    let second = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try second.restore(saved)
    #expect(second.run() == .clientExited)
    #expect(output.text == "A")
    var later: [UInt8] = []
    try second.save { later += $0 }
    #expect(
      try SavedMachine(from: StateReader.source(of: later)).head.description.bootProgram?.path
        == Self.paths[0])
  }
}
