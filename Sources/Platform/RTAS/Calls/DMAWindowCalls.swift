internal import CallInterface
internal import Hypervisor

/// Windows of bus addresses (LoPAR "DMA Window Manipulation Calls"). A bridge is one partitionable
/// endpoint: its functions share its windows.
enum DMAWindowCalls {
  /// Bits of "I/O page sizes" by base-2 logarithm of the size.
  private static let pageSizeBits: [UInt64: UInt32] = [
    12: 1, 16: 2, 24: 4, 25: 8, 26: 0x10, 27: 0x20, 28: 0x40, 34: 0x80,
  ]

  /// ibm,query-pe-dma-window with five outputs: the number of entries in one cell. Pages cannot be
  /// moved by H_MIGRATE_DMA.
  static func query(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32
  ) throws(RTASStatus) -> (UInt32, UInt32, UInt32, UInt32) {
    let resources = try PCICalls.bridge(call, unitHigh, unitLow).windowResources
    let sizes = resources.pageShifts.reduce(0) { $0 | (pageSizeBits[$1] ?? 0) }
    return (resources.windows, UInt32(clamping: resources.entries), sizes, 0)
  }

  /// ibm,create-pe-dma-window: the bus number and the first bus address.
  static func create(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32, pageShift: UInt32,
    sizeShift: UInt32
  ) throws(RTASStatus) -> (UInt32, UInt32, UInt32) {
    let bridge = try PCICalls.bridge(call, unitHigh, unitLow)
    do throws(PCIBridgeError) {
      let table = try bridge.createWindow(
        pageShift: UInt64(pageShift), sizeShift: UInt64(sizeShift), call.partition)
      return (
        table.bus, UInt32(truncatingIfNeeded: table.start >> 32),
        UInt32(truncatingIfNeeded: table.start)
      )
    } catch {
      throw .parameter
    }
  }

  /// ibm,remove-pe-dma-window
  static func remove(_ call: RTASContext, bus: UInt32) throws(RTASStatus) {
    guard let bridge = call.partition.bridge(bus: bus) else { throw .parameter }
    do throws(PCIBridgeError) { try bridge.removeWindow(bus: bus, call.partition) } catch {
      throw .parameter
    }
  }

  /// ibm,reset-pe-dma-windows
  static func reset(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32
  ) throws(RTASStatus) {
    try PCICalls.bridge(call, unitHigh, unitLow).resetWindows(call.partition)
  }
}
