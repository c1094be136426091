/// hcall-term: client virtual terminals (LoPAR "Client Vterm"). Two registers carry up to sixteen
/// characters, the first one in the most significant byte.
enum TerminalCalls {
  /// H_GET_TERM_CHAR
  static func getCharacters(
    _ call: HypercallContext, unit: UInt64
  ) throws(HypercallStatus) -> (UInt64, UInt64, UInt64) {
    let bytes = try call.partition.terminal(unit).read(limit: 16)
    var (high, low): (UInt64, UInt64) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      let shift = UInt64(56 - 8 * (index & 7))
      if index < 8 { high |= UInt64(byte) << shift } else { low |= UInt64(byte) << shift }
    }
    return (UInt64(bytes.count), high, low)
  }

  /// H_PUT_TERM_CHAR
  static func putCharacters(
    _ call: HypercallContext, unit: UInt64, count: UInt64, high: UInt64, low: UInt64
  ) throws(HypercallStatus) {
    let terminal = try call.partition.terminal(unit)
    guard count <= 16 else { throw .parameter }
    terminal.write(
      (0..<Int(count)).map { index in
        UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index & 7)))
      })
  }

  /// H_VIO_SIGNAL: enables or disables the first interrupt of a virtual adapter.
  static func signal(
    _ call: HypercallContext, unit: UInt64, mode: UInt64
  ) throws(HypercallStatus) {
    let partition = call.partition
    guard let unit = UInt32(exactly: unit), let adapter = partition.adapters[unit] else {
      throw .parameter
    }
    guard mode <= 1, mode == 0 || adapter.source != nil else { throw .parameter }
    partition.setInterrupt(of: unit, isEnabled: mode == 1)
  }
}

extension Partition {
  /// The virtual terminals in the order of the device tree. The caller holds the lock.
  package var terminals: [any TerminalDevice] {
    virtualDevices.compactMap { $0 as? any TerminalDevice }
  }

  /// The open terminal at `unit`; 0 is the first one, for guests that have not read the tree.
  func terminal(_ unit: UInt64) throws(HypercallStatus) -> any TerminalDevice {
    guard
      let terminal = unit == 0 ? terminals.first : virtualDevice(at: unit) as? any TerminalDevice
    else { throw .parameter }
    guard terminal.isOpen else { throw .closed }
    return terminal
  }
}
