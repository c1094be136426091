public import Hypervisor
internal import MachineDescription
public import SavedState

extension StateSection {
  /// The windows of a PCI host bridge; the instance is its number.
  public static let pciBridge = StateSection("phb")
  /// A PCI function; the instance is its bridge, and its device and function number.
  public static let pciFunction = StateSection("pci")
}

extension VirtualPCIBridge {
  /// Saves or restores the windows while no processor runs and no work is being done for devices.
  public func codeWindows(
    _ sections: inout some SectionCoder, _ partition: Partition
  ) throws(StateError) {
    try sections.section(.pciBridge, instance: layout.number) { coder throws(StateError) in
      try code(&coder, partition)
    }
  }

  /// Saves or restores the devices, after all windows.
  public func codeDevices(_ sections: inout some SectionCoder) throws(StateError) {
    for (number, slot) in devices {
      let instance = layout.number << 16 | UInt32(number) << 11
      try sections.section(.pciFunction, instance: instance) { coder throws(StateError) in
        try codeMessages(&coder, number, slot)
        try slot.function.code(&coder)
        var endpoint = slot.endpoint
        try coder.field("pe", &endpoint, default: .ready)
        setEndpoint(endpoint, of: number)
      }
      try slot.device.code(&sections, instance: instance)
    }
  }

  // MARK: what is on the host

  /// Claims what is behind the devices, or nothing.
  public func claim() throws(BlockStorageError) { try claimable.claim() }

  /// Releases what is behind the devices.
  public func release() throws(BlockStorageError) { try claimable.release() }

  private var claimable: [any Claimable] { devices.map(\.1.device) }

  // MARK: windows

  private func code(
    _ coder: inout FieldCoder, _ partition: Partition
  ) throws(StateError) {
    var windows = dma.tables.map { table in
      (
        bus: table.bus, start: table.start, page: UInt8(table.pageShift),
        size: UInt8(table.size.trailingZeroBitCount)
      )
    }
    if coder.isReading { partition.lock.withLock { removeWindows(partition) } }
    try coder.list("win", &windows, initial: (0, 0, 0, 0)) { window, coder throws(StateError) in
      try coder.field("bus", &window.bus)
      try coder.field("start", &window.start)
      try coder.field("page", &window.page)
      try coder.field("size", window.size) { size throws(InvalidValue) in
        window.size = size
        try restore(window, partition)
      }
    }
  }

  private func restore(
    _ window: (bus: UInt32, start: UInt64, page: UInt8, size: UInt8), _ partition: Partition
  ) throws(InvalidValue) {
    guard owns(bus: window.bus), !dma.tables.contains(where: { $0.bus == window.bus }),
      UInt64(window.size) <= largestWindowShift,
      let table = TCETable(
        bus: window.bus, start: window.start, pageShift: UInt64(window.page),
        sizeShift: UInt64(window.size))
    else { throw InvalidValue("there is no such window") }
    partition.lock.withLock { add(table, partition) }
  }

  // MARK: messages

  private func codeMessages(
    _ coder: inout FieldCoder, _ number: UInt8, _ slot: Slot
  ) throws(StateError) {
    try coder.field("msi", slot.messages) { sources throws(InvalidValue) in
      guard sources.count <= slot.function.messages?.count ?? 0, pool.take(sources) else {
        throw InvalidValue("not sources that the function can have")
      }
      setMessages(sources, of: number)
      slot.function.messages?.use(sources.map(interrupt))
    }
    if let messages = slot.function.messages { try messages.code(&coder) }
  }
}
