package import Devices
internal import Hypervisor
internal import MachineDescription
internal import SavedState

/// A device of the description that has nothing behind it.
public struct MissingStorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Number of the device on its bus.
  public var number: UInt8

  /// The device's number.
  public var description: String { "no storage for the disk that is device \(number)" }
}

extension PowerMachine {
  /// Makes the devices of the VIO bus.
  func addVirtualDevices() {
    var terminals = 0
    for device in description.devices.vio {
      switch device.kind {
      case .terminal:
        partition.add(virtualTerminal(device, place: terminals), interrupt: device.interrupt)
        terminals += 1
      case .nvram: break  // RTAS calls reach it, with or without a node.
      }
    }
  }

  /// A terminal; the console comes first.
  private func virtualTerminal(_ device: VIODevice, place: Int) -> VirtualTerminal {
    guard place > 0 else { return terminal }
    return VirtualTerminal(
      unitAddress: device.unitAddress, output: configuration.terminalOutputs[place] ?? { _ in })
  }

  /// Makes the PCI host bridge and its devices.
  func addPCIDevices() throws {
    guard !description.devices.pci.isEmpty else { return }
    let bridge = VirtualPCIBridge(
      PCIBridgeLayout(number: 0), partition, pool: MessagePool(),
      maximumMemory: description.maximumMemory)
    for device in description.devices.pci {
      bridge.add(try model(of: device, on: bridge), device)
    }
    self.bridge = bridge
  }

  /// What a device of the description is made of: a case for each kind.
  private func model(
    of device: PCIDevice, on bridge: VirtualPCIBridge
  ) throws -> any PCIDeviceModel {
    switch device.kind {
    case .block(let disk):
      guard let storage = configuration.storage[device.number] else {
        throw MissingStorageError(number: device.number)
      }
      return VirtIOTransport.block(disk, device, storage, dma: bridge.dma, work: work)
    case .random:
      return VirtIOTransport.random(device, dma: bridge.dma, source: partition.randomSource)
    case .balloon:
      let (transport, balloon) = VirtIOTransport.balloon(device, dma: bridge.dma)
      self.balloon = balloon
      return transport
    }
  }

  /// Puts devices into the state after power-on.
  func resetDevices() {
    guard let bridge else { return }
    bridge.reset()
    partition.lock.withLock { bridge.resetWindows(partition) }
  }

  /// Follows up an access of the guest to a device, a hypercall or an RTAS call. With time that is
  /// counted in instructions, what the device does is done with this instruction.
  func devicesAccessed() {
    if bridge != nil, work.isImmediate { work.followUp() }
    partition.deliverInterrupts()
  }

  // MARK: saved state

  /// Finishes what is being done for devices, so that nothing of it has to be saved. Memory may be
  /// written. Called while no processor runs, on the machine's thread.
  package func finishDeviceWork() {
    guard bridge != nil else { return }
    work.finish()
    partition.deliverInterrupts()
  }

  /// Saves or restores the devices.
  func codeDevices(_ sections: inout some SectionCoder) throws(StateError) {
    guard let bridge else { return }
    try bridge.code(&sections, partition)
    if sections.isReading { partition.deliverInterrupts() }
  }

  /// Claims for this machine what devices have on the host. Until then a guest cannot use it.
  package func claimStorage() throws(BlockStorageError) { try bridge?.claim() }

  /// Lets another machine claim what devices have on the host, complete: the guest continues there.
  package func releaseStorage() throws(BlockStorageError) { try bridge?.release() }
}
