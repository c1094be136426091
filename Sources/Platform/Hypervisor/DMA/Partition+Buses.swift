/// PCI host bridges, and windows of bus addresses.
extension Partition {
  /// Adds a PCI host bridge.
  public func addBridge(_ bridge: any PCIHostBridge) {
    lock.withLock { bridges[bridge.unit] = bridge }
  }

  /// The PCI host bridge of a unit identifier. The caller holds the lock.
  public func bridge(unit: UInt64) -> (any PCIHostBridge)? { bridges[unit] }

  /// The bridge that has a logical I/O bus number. The caller holds the lock.
  package func bridge(bus: UInt32) -> (any PCIHostBridge)? {
    bridges.values.first { $0.owns(bus: bus) }
  }

  /// Adds a window of bus addresses. The caller holds the lock.
  public func addTCETable(_ table: TCETable) { tceTables[table.bus] = table }

  /// Takes the window of a logical I/O bus number away. The caller holds the lock.
  public func removeTCETable(bus: UInt32) { tceTables[bus] = nil }

  /// All windows, by their numbers. The caller holds the lock.
  public var allTCETables: [TCETable] { tceTables.values.sorted { $0.bus < $1.bus } }

  /// The window of a logical I/O bus number. The caller holds the lock.
  public func tceTable(bus: UInt32) -> TCETable? { tceTables[bus] }
}
