public import Hypervisor
internal import MachineDescription
public import SavedState

extension StateSection {
  /// The windows of a PCI host bridge; the instance is its number.
  public static let pciBridge = StateSection("phb")
  /// Translation control entries of a window, a piece of them; the instance counts the pieces.
  public static let translationEntries = StateSection("tce")
  /// A PCI function; the instance is its bridge, and its device and function number.
  public static let pciFunction = StateSection("pci")
}

extension VirtualPCIBridge {
  /// Saves or restores windows and devices while no processor runs and no work is being done for
  /// devices.
  public func code(
    _ sections: inout some SectionCoder, _ partition: Partition
  ) throws(StateError) {
    try sections.section(.pciBridge, instance: layout.number) { coder throws(StateError) in
      try codeWindows(&coder, partition)
    }
    try codeEntries(&sections)
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
  public func claim() throws(BlockStorageError) {
    for (index, (_, slot)) in devices.enumerated() {
      do throws(BlockStorageError) { try slot.device.claim() } catch {
        for (_, slot) in devices[..<index] { try? slot.device.release() }
        throw error
      }
    }
  }

  /// Releases what is behind the devices.
  public func release() throws(BlockStorageError) {
    for (_, slot) in devices { try slot.device.release() }
  }

  // MARK: windows

  private func codeWindows(
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

  /// Entries in pieces, but for those whose entries are all zero.
  private func codeEntries(_ sections: inout some SectionCoder) throws(StateError) {
    var piece: UInt32 = 0
    if sections.isReading {
      while try sections.has(.translationEntries, true) {
        try sections.section(.translationEntries, instance: piece) { coder throws(StateError) in
          try codePiece(&coder, 0, 0, [])
        }
        piece += 1
      }
      return
    }
    for table in dma.tables {
      for first in stride(from: 0, to: table.count, by: Int(Self.pieceEntries)) {
        let entries = table.entries(first..<min(first + Self.pieceEntries, table.count))
        guard !entries.isEmpty else { continue }
        try sections.section(.translationEntries, instance: piece) { coder throws(StateError) in
          try codePiece(&coder, table.bus, first, entries)
        }
        piece += 1
      }
    }
  }

  /// Entries of a piece, which has half a mebibyte.
  private static var pieceEntries: UInt64 { 1 << 16 }

  private func codePiece(
    _ coder: inout FieldCoder, _ bus: UInt32, _ first: UInt64, _ entries: [UInt64]
  ) throws(StateError) {
    var (table, start) = (dma.tables.first { $0.bus == bus }, first)
    try coder.field("bus", bus) { bus throws(InvalidValue) in
      table = dma.tables.first { $0.bus == bus }
      guard table != nil else { throw InvalidValue("there is no window \(bus)") }
    }
    try coder.field("first", &start)
    try coder.field("tce", entries) { entries throws(InvalidValue) in
      guard let table, start <= table.count, UInt64(entries.count) <= table.count - start else {
        throw InvalidValue("the window has no so many entries")
      }
      for (index, entry) in entries.enumerated() { table[start + UInt64(index)] = entry }
    }
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
