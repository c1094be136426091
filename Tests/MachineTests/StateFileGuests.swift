import Devices
import Glibc
import GuestMemory
import MachineDescription
import MigrationCompatibility
import PowerISA
import SavedState
import Testing

@testable import Hypervisor
@testable import Machine

/// The guests of the files in `Tests/States`.
enum StateFileGuest: String, CaseIterable {
  /// The built-in test guest, while it translates addresses, at a level that is not its processor's.
  case testGuest = "test-guest"
  /// Every device in another state than after power-on.
  case devices
  /// Two processors that take turns, in the middle of what they print.
  case two

  static let folder = "\(#filePath)".replacing(
    "MachineTests/StateFileGuests.swift", with: "States")

  /// Instructions after which its state is saved.
  var pause: UInt64 {
    switch self {
    case .testGuest: 100_000
    case .devices: 200_000
    case .two: 500_000
    }
  }

  var description: MachineDescription {
    get throws {
      var description = MachineDescription(
        processor: self == .devices ? .power10 : .power9,
        topology: try ProcessorTopology(processors: self == .testGuest ? 1 : 2),
        memory: MachineDescription.memoryBlock)
      description.devices.nvram?.size = 8 << 10
      switch self {
      case .testGuest: description.maximumLevel = .power8
      case .devices:
        description.devices.terminals = [0x7100_0000, 0x7100_0001]
        description.devices.nvram?.unitAddress = 0x7100_0002
        description.entry = .flat
      case .two: description.entry = .flat
      }
      return description
    }
  }

  /// A machine that has been switched on.
  func machine(output: Int32 = -1, limit: UInt64? = nil) throws -> PowerMachine {
    var configuration = MachineConfiguration(description: try description)
    if self != .testGuest {
      configuration.program = .file(GuestFile(try Self.program(rawValue), name: rawValue))
    }
    configuration.isDeterministic = true
    configuration.instructionLimit = limit
    let machine = try PowerMachine(
      configuration, console: HostConsole(input: -1, output: output))
    try machine.powerOn()
    return machine
  }

  /// What no guest can do by itself, before the state is saved.
  func prepare(_ machine: PowerMachine) throws {
    guard self == .devices else { return }
    machine.terminal.receive(Array("typed, ".utf8))
    machine.waitingInput = Array("more ".utf8)
    (machine.partition.terminals[1] as? VirtualTerminal)?.receive(Array("also here ".utf8))
    machine.pressPowerButton()
    machine.partition.processTable = ProcessTable(
      base: 0x20_0000, size: 0x1_0000, isRadix: false)
    machine.partition.processors[0].isProdded = true
    machine.partition.processors[1].reportsMachineCheck = true
    let prepared = try #require(HashPageTable(sizeLog2: 18))
    prepared.entries[0] = 0x1234
    machine.partition.preparedHashPageTable = prepared
    machine.partition.hashPageTable?.entries[2] = 0x5678
  }

  /// A program of `Tests/States/guests` as a big-endian ELF file.
  private static func program(_ name: String) throws -> [UInt8] {
    let code = try contents("guests/\(name).bin")
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 2, 1] + [UInt8](repeating: 0, count: 9)
    func put<T: FixedWidthInteger>(_ values: T...) {
      for value in values { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }
    }
    put(2 as UInt16, 21)
    put(1 as UInt32)
    put(0 as UInt64, 64, 0)
    put(0 as UInt32)
    put(64 as UInt16, 56, 1, 0, 0, 0)
    put(1 as UInt32, 7)
    put(120 as UInt64, 0, 0, UInt64(code.count), UInt64(code.count), 0x1000)
    return bytes + code
  }

  static func contents(_ name: String) throws -> [UInt8] {
    let descriptor = open("\(folder)/\(name)", O_RDONLY)
    try #require(descriptor >= 0, "no file \(name)")
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 {
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// What `body` makes a machine print.
  static func printed(_ body: (Int32) throws -> Void) throws -> String {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    do {
      defer { close(ends[1]) }
      try body(ends[1])
    }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = read(ends[0], &chunk, chunk.count), count > 0 { text += chunk[..<count] }
    return String(decoding: text, as: UTF8.self)
  }
}
