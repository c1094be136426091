import Devices
import Glibc
import GuestTestSupport
import Machine
import MigrationCompatibility
import MachineDescription
import PowerISA
import SavedState
import Synchronization

@testable import MachineControl

/// Files that a machine has written, by name.
final class WrittenFiles: Sendable {
  private let contents = Mutex<[String: [UInt8]]>([:])

  subscript(name: String) -> [UInt8]? {
    get { contents.withLock { $0[name] } }
    set { contents.withLock { $0[name] = newValue } }
  }
}

/// A running machine with a control socket, on a thread of its own.
final class RunningMachine: @unchecked Sendable {
  // Safety: the thread writes before it puts into `ended`, others read after they took from it.

  let control: SocketAddress
  /// What was written to files by pieces.
  let files = WrittenFiles()
  private let ended = Mailbox<MachineOutcome?>()
  private let output: ConsolePipe
  private var inputEnds: [Int32] = [-1, -1]
  private(set) var failure: String?
  private let disk: String?
  /// How the guest reaches it.
  private let bus: StorageDevice.Bus

  /// A machine that boots a program, or waits for a guest.
  init(
    in folder: TestFolder, _ name: String, program: [UInt8]? = nil, processors: Int = 1,
    processor: ProcessorModel = .power9, incoming: SocketAddress? = nil,
    version: MachineVersion = .newest, disk: String? = nil,
    bus: StorageDevice.Bus = .virtio
  ) throws {
    (self.disk, self.bus) = (disk, bus)
    control = try SocketAddress("unix:\(folder.path)/\(name).control")
    output = try ConsolePipe()
    pipe(&inputEnds)
    let callbacks = MachineSupervisor.HostCallbacks(
      save: { _, _ throws(ControlError) in throw ControlError("not here") },
      write: { _, _ throws(ControlError) in throw ControlError("not here") },
      writePieces: { [files] name, body throws(ControlError) in
        var bytes: [UInt8] = []
        try body { bytes += $0 }
        files[name] = bytes
      }, report: { _ in })
    let supervisor = try MachineSupervisor(control: control, callbacks)
    supervisor.parameters.machineVersion = version
    let listener = try incoming.map { try ListeningSocket(at: $0) }
    let parts = Unshared((supervisor, listener))
    try HostThread.start { [self] in
      let (supervisor, listener) = parts.value
      let console = HostConsole(input: inputEnds[0], output: output.writing)
      do {
        let machine: PowerMachine
        if let listener {
          machine = try receive(listener, supervisor, console, processor)
        } else {
          var description = MachineDescription(
            processor: processor, topology: try ProcessorTopology(processors: processors),
            memory: 512 << 20)
          description.maximumLevel = .power8
          if disk != nil { Self.addDisk(to: &description, bus) }
          var configuration = MachineConfiguration(
            description: description, program: .file(GuestFile(program ?? [], name: "writer")))
          configuration.isDeterministic = true
          configuration.timeout = 120
          if let disk, let place = description.devices.storage.first?.address {
            configuration.storage[place] = try RawFile(opening: disk)
          }
          machine = try PowerMachine(configuration, console: console)
          try machine.powerOn()
        }
        machine.service = supervisor
        let outcome = machine.run()
        supervisor.end(outcome)
        ended.put(outcome)
      } catch {
        failure = "\(error)"
        ended.put(nil)
      }
    }
  }

  private static func addDisk(
    to description: inout MachineDescription, _ bus: StorageDevice.Bus
  ) {
    let unit = SCSIDevice(.disk, target: 0, serial: "")
    switch bus {
    case .virtio:
      description.devices.pci = [PCIDevice(.block(PCIDevice.Disk(serial: "")), number: 1)]
    case .nvme:
      description.devices.pci = [PCIDevice(.nvme(PCIDevice.Disk(serial: "")), number: 1)]
    case .scsi:
      description.devices.pci = [PCIDevice(.scsi(PCIDevice.SCSIHost(units: [unit])), number: 1)]
    case .vscsi:
      description.devices.scsiAdapters = [VIODevice(.scsi([unit]), at: 0x7100_0002)]
    }
  }

  private func receive(
    _ listener: ListeningSocket, _ supervisor: MachineSupervisor, _ console: HostConsole,
    _ processor: ProcessorModel
  ) throws -> PowerMachine {
    let incoming = try supervisor.receive(from: listener) { false }
    let saved: SavedMachine
    do throws(StateError) { saved = try SavedMachine(from: incoming.source) } catch {
      incoming.refuse("\(error)")
      throw error
    }
    var configuration = MachineConfiguration(description: saved.head.description)
    configuration.description.processor = processor
    configuration.isDeterministic = true
    configuration.timeout = 120
    if let disk, let place = configuration.description.devices.storage.first?.address {
      configuration.storage[place] = try RawFile(opening: disk, isClaimed: false)
    }
    let machine = try PowerMachine(configuration, console: console)
    try incoming.accept()
    do {
      try machine.restore(saved)
    } catch {
      incoming.refuse("\(error)")
      throw error
    }
    supervisor.arrived(machine, wasHalted: try incoming.start())
    return machine
  }

  /// Connects to the control socket.
  func connect() throws -> ControlConnection { try ControlConnection(to: control) }

  /// Types something, which a ``MemoryWriter`` ends at, and waits for the end.
  /// - Returns: the outcome, nil when there was no machine, and what the guest printed.
  func wait() -> (outcome: MachineOutcome?, text: String) {
    write(inputEnds[1], "\n", 1)
    let outcome = ended.take()
    for end in inputEnds { close(end) }
    return (outcome, output.text())
  }
}

/// Something that only one thread uses after it was handed over.
private struct Unshared<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
