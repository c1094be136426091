public import GuestMemory

/// A buffer of the guest's, as (address, length) in two cells; all of it is guest memory.
@frozen
public struct GuestBuffer: GuestArgument, Hashable, Sendable {
  public let address: UInt64
  /// Length in bytes.
  public let count: Int

  @inlinable public static var cellCounts: CellCounts { CellCounts(2, 2) }

  /// - Returns: nil when the bytes are not all guest memory. An empty buffer may be anywhere.
  public init?(address: UInt64, count: UInt64, in memory: GuestMemory) {
    guard let length = Int(exactly: count), count == 0 || memory.contains(address, count: count)
    else { return nil }
    self.address = address
    self.count = length
  }

  public static func decode(_ cells: inout CallCells, _ memory: GuestMemory) -> GuestBuffer? {
    guard let address = cells.take(), let count = cells.take() else { return nil }
    return GuestBuffer(address: address, count: count, in: memory)
  }
}

/// The address of a zero-terminated string, read while decoding.
public struct GuestString: GuestArgument, Hashable, Sendable {
  /// Bytes looked at for the terminating zero; the longest names are paths and boot arguments.
  public static let limit = 4096

  public let text: String

  public static func decode(_ cells: inout CallCells, _ memory: GuestMemory) -> GuestString? {
    guard let address = cells.take(),
      let text = try? memory.readString(at: address, limit: limit)
    else { return nil }
    return GuestString(text: text)
  }
}
