import Devices
import Glibc
import GuestMemory
import GuestTestSupport
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
    TestProgram.elf(code: try contents("guests/\(name).bin"))
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
}
