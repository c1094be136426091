internal import Devices
public import DeviceTree
internal import GuestMemory
internal import HostSupport
internal import Hypervisor
internal import MigrationCompatibility
public import OpenFirmware
internal import MachineDescription
internal import PlatformTree
internal import PowerCPU
internal import PowerISA
internal import RTAS

extension PowerMachine {
  /// The client interface, with its observers.
  func makeFirmware(_ tree: DeviceTree, loaded: [Range<UInt64>]) -> ClientInterface {
    let firmware = ClientInterface(memory: memory, tree: tree, loaded: loaded, platform: self)
    let observers = configuration.observers
    firmware.callTrace = observers.client
    firmware.traceClock = { [unowned self] in moment }
    firmware.negotiationTrace = observers.negotiation
    firmware.vectorTrace = observers.architectureVector
    return firmware
  }
}

/// The functions of the machine that its firmware calls.
extension PowerMachine: FirmwarePlatform {
  /// Writes to the first terminal.
  public func writeConsole(_ bytes: [UInt8]) { terminal.write(bytes) }
  /// Takes up to `limit` bytes that were typed at the first terminal; none where nothing was.
  public func readConsole(limit: Int) -> [UInt8] { terminal.read(limit: limit) }

  /// What this machine brings to `ibm,client-architecture-support`.
  public var offer: PlatformOffer { description.platformOffer(served: served) }

  /// True if a processor other than the first one is not stopped.
  public var otherProcessorsRun: Bool {
    slots.dropFirst().contains { partition.state(of: $0.processor) != .stopped }
  }

  /// Sets up the processors for a negotiated level and makes the tree again; nil where it cannot be
  /// made.
  public func adopt(_ architecture: NegotiatedArchitecture) -> DeviceTree? {
    do throws(MachineDescriptionError) {
      let tree = try PlatformTree.build(description, served: served, negotiated: architecture)
      setLevel(architecture.level)
      setHomeNodes(tree)
      advertisedCapabilities = MachineCapabilities(advertisedBy: tree)
      reportTree(tree, isNegotiated: true)
      if configuration.stopsAtNegotiation { outcome = .stopped(at: "cas") }
      return tree
    } catch {
      log("no tree for the negotiated architecture: \(error)")
      return nil
    }
  }

  /// Sets the level on every processor.
  func setLevel(_ level: CompatibilityLevel?) {
    let isa = description.processor.problemStateISA(at: level)
    for slot in slots {
      slot.engine.write(.pcr, description.processor.effectivePCR(at: level).rawValue)
      slot.engine.activeCompatibilityLevel = level
      slot.engine.usesLargeDecrementer = description.processor.decrementerBits > 32 && isa >= .v3_0
    }
  }

  /// Sets the answers of H_HOME_NODE_ASSOCIATIVITY from the associativity in the tree.
  func setHomeNodes(_ tree: DeviceTree) {
    for core in tree["/cpus"]?.children ?? [] {
      guard let list = core["ibm,associativity"]?.cells else { continue }
      for server in core["ibm,ppc-interrupt-server#s"]?.cells ?? []
      where partition.processor(server: server) != nil {
        // The call's six registers hold at most 24 numbers.
        partition.homeNodes[server] = Array(list.dropFirst().prefix(24))
      }
    }
  }

  /// Gives the tree to the observer of the configuration, if there is one.
  func reportTree(_ tree: DeviceTree, isNegotiated: Bool) {
    guard let observer = configuration.observers.tree else { return }
    do {
      observer(try tree.blob(), isNegotiated)
    } catch {
      log("the tree cannot be flattened: \(error)")
    }
  }

  /// Starts a stopped processor in real mode with `argument` in r3; false where there is none to
  /// start.
  public func startProcessor(_ number: UInt32, at address: UInt64, argument: UInt64) -> Bool {
    guard let processor = partition.processor(server: number),
      partition.state(of: processor) == .stopped
    else { return false }
    partition.start(processor, at: address, argument: argument)
    return true
  }

  /// Ends the run, or begins it again, as the client program asked by `exit` or `boot`.
  public func endClientProgram(_ end: ClientProgramEnd) {
    switch end {
    case .exit: if !bootNext() { outcome = .clientExited }
    case .boot(let specifier):
      let device = specifier.split(separator: " ").first.map(String.init)
      if let device, isBootable(device) { remainingBootDevices = [device] }
      partition.post(.reboot)
    case .bootFailure(let failure): outcome = .bootFailure(reason: "\(failure)")
    }
  }

  /// Milliseconds since the machine was switched on.
  public var milliseconds: UInt64 { clock.nanoseconds / 1_000_000 }

  /// The guest's calendar time, UTC.
  public var time: FirmwareTime {
    let now = partition.clock.now
    return FirmwareTime(
      year: now.year, month: now.month, day: now.day, hour: now.hour, minute: now.minute,
      second: now.second)
  }

  /// Bytes of the non-volatile memory; 0 for a machine without.
  public var nvramSize: Int { description.devices.nvram == nil ? 0 : partition.nvram.count }

  /// The bytes at `offset`; nil unless the non-volatile memory has them all.
  public func readNVRAM(_ count: Int, at offset: Int) -> [UInt8]? {
    partition.nvram.read(count, at: offset)
  }

  /// Changes the bytes at `offset`; false, and without effect, unless the non-volatile memory has
  /// them all.
  public func writeNVRAM(_ bytes: [UInt8], at offset: Int) -> Bool {
    partition.nvram.write(bytes, at: offset)
  }

  /// Notes where the client put RTAS: its error logs and save areas are there.
  public func rtasInstantiated(at base: UInt64) {
    let size = RTASArea.size(processors: description.topology.maximum)
    partition.lock.withLock { partition.rtasArea = RTASArea(base: base, size: size) }
  }

  /// The private hypercall of the client interface's stub: r4 holds what the caller had in r3.
  func callFirmware(_ slot: ProcessorSlot) {
    let status =
      firmware?.call(
        arguments: slot.engine[gpr: 4], sixtyFourBit: slot.engine.machineState & MSR.sf != 0) ?? -1
    slot.engine[gpr: 3] = UInt64(bitPattern: status)
  }
}
