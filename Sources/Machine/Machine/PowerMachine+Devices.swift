package import Devices
internal import Hypervisor
public import MachineDescription
internal import SavedState

/// A device of the description that has nothing behind it.
public struct MissingStorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the device is.
  public var address: StoragePlace

  /// The device's place.
  public var description: String { "no storage for the disk at \(address)" }
}

/// A network card of the description that leads nowhere, or whose link cannot be waited for because
/// the host has no descriptors left.
public struct MissingLinkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the card is.
  public var address: NetworkPlace

  /// The card's place.
  public var description: String { "no network for the card at \(address)" }
}

/// A shared folder of the description that has no server.
public struct MissingShareError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The folder's tag.
  public var tag: String

  /// The folder's tag.
  public var description: String { "no --share for the folder with the tag '\(tag)'" }
}

/// A console of the description whose ports lead nowhere, or cannot be waited for because the host has
/// no descriptors left.
public struct MissingPortError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Number of the device on its bus.
  public var number: UInt8

  /// The device's number.
  public var description: String { "no sockets for the ports of device \(number)" }
}

/// A TPM of the description that has no emulator behind it.
public struct MissingTPMError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is missing.
  public var description: String { "no emulator for the TPM" }
}

extension PowerMachine {
  /// Makes the devices of the VIO bus.
  func addVirtualDevices() throws {
    var terminals = 0
    for device in description.devices.vio {
      switch device.kind {
      case .terminal:
        partition.add(virtualTerminal(device, place: terminals), interrupt: device.interrupt)
        terminals += 1
      case .nvram: break  // RTAS calls reach it, with or without a node.
      case .scsi(let units):
        let adapter = VirtualSCSIAdapter(
          device, units,
          try storage(of: units) { .virtual(device.unitAddress, target: $0) },
          partition, work: work, log: { [configuration] in configuration.observers.log?($0) })
        partition.add(adapter, interrupt: device.interrupt)
        scsiAdapters.append(adapter)
      case .network(let card):
        let place = NetworkPlace.virtual(device.unitAddress)
        let connection = try connection(at: place)
        guard
          let adapter = LogicalLANAdapter(
            device, card, connection.link, partition, work: work)
        else { throw MissingLinkError(address: place) }
        partition.add(adapter, interrupt: device.interrupt)
        logicalLANs.append(adapter)
        cardPorts[place] = adapter.firmwarePort
      case .tpm:
        guard !configuration.isDeterministic else {
          throw MachineDescriptionError(
            .tpm, "it answers at times of the host, of which a deterministic clock has none")
        }
        guard let emulator = configuration.tpm else { throw MissingTPMError() }
        partition.add(
          VirtualTPM(device, emulator, partition, work: work), interrupt: device.interrupt)
      }
    }
  }

  /// A terminal; the console comes first.
  private func virtualTerminal(_ device: VIODevice, place: Int) -> VirtualTerminal {
    guard place > 0 else { return terminal }
    return VirtualTerminal(
      unitAddress: device.unitAddress, output: configuration.terminalOutputs[place] ?? { _ in })
  }

  /// Makes the PCI host bridges and their devices.
  func addPCIDevices() throws {
    let pool = MessagePool()
    for device in description.devices.pci {
      let bridge =
        bridges[device.place.bridge]
        ?? VirtualPCIBridge(
          device.place.layout, partition, pool: pool, maximumMemory: description.maximumMemory)
      bridges[device.place.bridge] = bridge
      bridge.add(try model(of: device, on: bridge), device)
    }
  }

  private var bridgesInOrder: [VirtualPCIBridge] {
    bridges.sorted { $0.key < $1.key }.map(\.value)
  }

  /// What a device of the description is made of: a case for each kind.
  private func model(
    of device: PCIDevice, on bridge: VirtualPCIBridge
  ) throws -> any PCIDeviceModel {
    switch device.kind {
    case .block(let disk):
      let storage = try storage(at: .pci(device.place))
      return VirtIOTransport.block(disk, device, storage, dma: bridge.dma, work: work)
    case .random:
      return VirtIOTransport.random(device, dma: bridge.dma, source: partition.randomSource)
    case .balloon:
      let (transport, balloon) = VirtIOTransport.balloon(device, memory: memory)
      self.balloon = balloon
      return transport
    case .scsi(let host):
      let storage = try storage(of: host.units) { .pci(device.place, target: $0) }
      return VirtIOTransport.scsi(host, device, storage, dma: bridge.dma, work: work)
    case .network(let network):
      let place = NetworkPlace.pci(device.place)
      let connection = try connection(at: place)
      guard
        let card = VirtIOTransport.network(
          network, device, connection.link, dma: bridge.dma, work: work)
      else { throw MissingLinkError(address: place) }
      cardPorts[place] = card.port
      return card.transport
    case .nvme(let disk):
      return NVMeController(
        disk, device, try storage(at: .pci(device.place)), dma: bridge.dma, work: work,
        machine: partition.identity.uuid)
    case .share(let share):
      guard let server = configuration.shares[device.place] else {
        throw MissingShareError(tag: share.tag)
      }
      return VirtIOTransport.share(
        share, device, server, dma: bridge.dma, work: work,
        log: { [configuration] in configuration.observers.log?($0) })
    case .console(let ports):
      guard !configuration.isDeterministic else {
        throw MachineDescriptionError(
          ports.terminals > 0 ? .virtioConsole : .channel,
          "input arrives at times of the host, of which a deterministic clock has none")
      }
      let sockets = configuration.ports[device.place] ?? []
      guard
        let (transport, console) = VirtIOTransport.console(
          ports, device, sockets, dma: bridge.dma, work: work)
      else { throw MissingPortError(number: device.number) }
      self.ports = console
      return transport
    }
  }

  private func connection(at address: NetworkPlace) throws -> NetworkConnection {
    guard !configuration.isDeterministic else {
      throw MachineDescriptionError(
        .net, "frames arrive at times of the host, of which a deterministic clock has none")
    }
    guard let connection = configuration.networks[address] else {
      throw MissingLinkError(address: address)
    }
    return connection
  }

  private func storage(at address: StoragePlace) throws -> any BlockStorage {
    guard let storage = configuration.storage[address] else {
      throw MissingStorageError(address: address)
    }
    return storage
  }

  private func storage(
    of units: [SCSIDevice], _ address: (UInt8) -> StoragePlace
  ) throws -> [UInt8: any BlockStorage] {
    var found: [UInt8: any BlockStorage] = [:]
    for unit in units { found[unit.target] = try storage(at: address(unit.target)) }
    return found
  }

  /// Whether a device may have work done.
  private var hasWork: Bool {
    !bridges.isEmpty || !logicalLANs.isEmpty || description.devices.vio.contains(where: \.hasQueue)
  }

  /// Puts devices into the state after power-on.
  func resetDevices() {
    for bridge in bridgesInOrder {
      bridge.reset()
      partition.lock.withLock { bridge.resetWindows(partition) }
    }
  }

  /// Follows up an access of the guest to a device, a hypercall or an RTAS call. With time that is
  /// counted in instructions, what the device does is done with this instruction.
  func devicesAccessed() {
    if hasWork, work.isImmediate { work.followUpFinished() }
    partition.deliverInterrupts()
  }

  // MARK: saved state

  /// Finishes what is being done for devices, so that nothing of it has to be saved. Memory may be
  /// written. Called while no processor runs, on the machine's thread.
  package func finishDeviceWork() {
    guard hasWork else { return }
    work.finish()
    partition.deliverInterrupts()
  }

  /// Saves or restores the devices.
  func codeDevices(_ sections: inout some SectionCoder) throws(StateError) {
    guard hasWork else { return }
    let bridges = bridgesInOrder
    for bridge in bridges { try bridge.codeWindows(&sections, partition) }
    try partition.codeTranslationEntries(&sections)
    for bridge in bridges { try bridge.codeDevices(&sections) }
    if sections.isReading { partition.deliverInterrupts() }
  }

  /// Claims for this machine what devices have on the host. Until then a guest cannot use it.
  package func claimStorage() throws(BlockStorageError) { try claimable.claim() }

  /// Lets another machine claim what devices have on the host, complete: the guest continues there.
  package func releaseStorage() throws(BlockStorageError) { try claimable.release() }

  private var claimable: [any Claimable] {
    bridgesInOrder as [any Claimable] + scsiAdapters + logicalLANs
  }
}
