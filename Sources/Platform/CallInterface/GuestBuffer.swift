public import GuestMemory

/// A buffer of the guest's, as (address, length) in two cells; all of it is guest memory.
@frozen
public struct GuestBuffer: GuestArgument, Hashable, Sendable {
  /// The real address of the first byte.
  public let address: UInt64
  /// Length in bytes.
  public let count: Int

  /// Two cells: address and length in bytes.
  @inlinable public static var cellCounts: CellCounts { CellCounts(2, 2) }

  /// - Returns: nil when the bytes are not all guest memory. An empty buffer may be anywhere.
  public init?(address: UInt64, count: UInt64, in memory: GuestMemory) {
    guard let length = Int(exactly: count), count == 0 || memory.contains(address, count: count)
    else { return nil }
    self.address = address
    self.count = length
  }

  /// Takes two cells; nil unless they name bytes that are all guest memory.
  public static func decode(_ cells: inout CallCells, _ memory: GuestMemory) -> GuestBuffer? {
    guard let address = cells.take(), let count = cells.take() else { return nil }
    return GuestBuffer(address: address, count: count, in: memory)
  }
}

/// The address of a zero-terminated string, read while decoding.
public struct GuestString: GuestArgument, Hashable, Sendable {
  /// Bytes looked at for the terminating zero; the longest names are paths and boot arguments.
  public static let limit = 4096

  /// The text without its NUL.
  public let text: String

  /// Takes an address and reads the text there; nil where no NUL comes within ``limit`` bytes.
  public static func decode(_ cells: inout CallCells, _ memory: GuestMemory) -> GuestString? {
    guard let address = cells.take(),
      let text = try? memory.readString(at: address, limit: limit)
    else { return nil }
    return GuestString(text: text)
  }
}
