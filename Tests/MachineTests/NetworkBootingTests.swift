import DeviceTree
import Devices
import Glibc
import GuestTestSupport
import MachineDescription
import MigrationCompatibility
import NetworkSamples
import OpenFirmware
import PowerISA
import SavedState
import Synchronization
import Testing

@testable import Machine

/// A network with a server that answers at once.
final class ServerLink: NetworkLink {
  private struct State: Sendable {
    var server: SampleServer
    var frames: [[UInt8]] = []
    var isSilent = false
  }

  private let state: Mutex<State>
  private let ends: (reading: Int32, writing: Int32)

  init(_ server: SampleServer, isSilent: Bool = false) {
    let initial = State(server: server, isSilent: isSilent)
    state = Mutex(initial)
    var ends: [Int32] = [-1, -1]
    _ = pipe(&ends)
    self.ends = (ends[0], ends[1])
  }

  deinit {
    close(ends.reading)
    close(ends.writing)
  }

  var requests: [String] { state.withLock { $0.server.requests } }
  var descriptor: Int32 { ends.reading }
  var format: LinkFormat { .wire }
  var isUp: Bool { true }
  var hasFrame: Bool { false }
  func hasRoom() -> Bool { true }
  func flush() -> Bool { true }
  func setReceiveOffload(_ offload: ReceiveOffload) {}

  func send(_ frame: UnsafeRawBufferPointer) {
    state.withLock { state in
      if !state.isSilent { state.frames += state.server.answer(Array(frame)) }
    }
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> NetworkArrival {
    state.withLock { state in
      guard !state.frames.isEmpty else { return .nothing }
      let frame = state.frames.removeFirst()
      buffer.copyBytes(from: frame)
      return .frame(frame.count)
    }
  }
}

/// Booting from a network: the program prints a letter and ends.
@Suite struct NetworkBootingTests {
  private static let unit: UInt32 = 0x7100_0002
  private static let card = PCIDevice.Network(address: NetworkDriver.address)
  private static let paths: [NetworkDevice.Model: String] = [
    .virtio: "/pci@800000020000000/ethernet@1", .vlan: "/vdevice/l-lan@71000002",
  ]

  private let output = TerminalText()

  private func machine(
    _ model: NetworkDevice.Model, _ link: any NetworkLink, order: [String], input: Int32 = -1,
    respond: @escaping @Sendable (_ text: String) -> Void = { _ in }
  ) throws -> PowerMachine {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 256 << 20)
    switch model {
    case .virtio: description.devices.pci = [PCIDevice(.network(Self.card), number: 1)]
    case .vlan:
      description.devices.logicalLANs = [VIODevice(.network(Self.card), at: Self.unit)]
    }
    description.bootOrder = order
    var configuration = MachineConfiguration(description: description, program: .disks)
    configuration.networks[description.devices.networks[0].address] = NetworkConnection(link)
    configuration.instructionLimit = 100_000
    configuration.timeout = 60
    configuration.terminalOutputs[0] = { [output] in
      output.add($0)
      respond(output.text)
    }
    let machine = try PowerMachine(configuration, console: HostConsole(input: input, output: -1))
    try machine.powerOn()
    return machine
  }

  private static func server() -> SampleServer {
    SampleServer(
      files: ["a.elf": BootingTests.program("N", "exit"), "text": [1, 2, 3]], bootFile: "a.elf")
  }

  @Test(arguments: NetworkDevice.Model.allCases)
  func `a program starts from the network`(model: NetworkDevice.Model) throws {
    let path = try #require(Self.paths[model])
    let link = ServerLink(Self.server())
    let machine = try machine(model, link, order: ["net"])
    #expect(machine.run() == .clientExited)
    #expect(output.text == "Booting net from the network; Esc or F12 stops it.\r\nN")
    let chosen = try #require(machine.firmware?.tree["/chosen"])
    #expect(
      chosen["bootpath"]?.string
        == path + ":10.0.2.2,a.elf,10.0.2.15,10.0.2.2,4,5,255.255.255.0")
    // The answer of the DHCP server.
    let response = try #require(chosen["bootp-response"]?.bytes)
    #expect(response.starts(with: [2, 1, 6, 0]) && response[16..<20] == [10, 0, 2, 15])
    #expect(machine.firmware?.tree["/aliases"]?["net"]?.string == path)
    // A saved machine has both.
    var state: [UInt8] = []
    try machine.save { state += $0 }
    let saved = try SavedMachine(from: StateReader.source(of: state))
    #expect(saved.head.description.bootProgram == machine.description.bootProgram)
  }

  @Test func `what does not boot is said, and the next device follows`() throws {
    let path = try #require(Self.paths[.vlan])
    let order = [path + ":,text", "net:,none", "net:x", "disk", "net:,a.elf"]
    let machine = try machine(.vlan, ServerLink(Self.server()), order: order)
    #expect(machine.run() == .clientExited)
    #expect(output.text.contains("\(path):,text: not an ELF file\r\n"))
    #expect(output.text.contains("none from 10.0.2.2: the server reports error 1: File not found"))
    #expect(output.text.hasSuffix("\r\nN"))
  }

  @Test func `without an answer the firmware gives up, with every reason`() throws {
    let machine = try machine(
      .virtio, ServerLink(Self.server(), isSilent: true), order: ["net:,,,,0", "net:x"])
    #expect(
      machine.run()
        == .bootFailure(
          reason: "nothing is bootable: net:,,,,0: no DHCP server answers; "
            + "net:x: these are no arguments of a network card"))
  }

  @Test func `a key stops it and shows the menu`() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let link = ServerLink(Self.server(), isSilent: true)
    let writing = ends[1]
    let machine = try machine(.vlan, link, order: ["net:,,,,0"], input: ends[0]) { text in
      // Esc, once it has begun; then the same device without it, and what is booted without the menu.
      let hasStopped = text.contains("Stopped.")
      if text.hasSuffix("stops it.\r\n"), !hasStopped { _ = write(writing, "\u{1B}", 1) }
      let isAgain = text.contains("no DHCP server answers")
      if text.hasSuffix("in this order.\r\n") { _ = write(writing, isAgain ? "\r" : "1", 1) }
    }
    #expect(
      machine.run()
        == .bootFailure(
          reason: "nothing is bootable: net:,,,,0: no DHCP server answers"))
    #expect(output.text.contains("Stopped.\r\nBoot menu\r\n  1  net:,,,,0  network\r\n"))
    #expect(output.text.contains("net:,,,,0: no DHCP server answers\r\nBoot menu\r\n"))
  }
}
