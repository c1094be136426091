internal import GuestMemory
internal import CallInterface

extension Phandle: GuestArgument {}
extension Ihandle: GuestArgument {}

/// A property name; a null pointer is no name (`nextprop`).
struct PropertyNameArgument: GuestArgument {
  let text: String

  static func decode(_ cells: inout CallCells, _ memory: GuestMemory) -> Self? {
    guard let address = cells.take() else { return nil }
    if address == 0 { return Self(text: "") }
    return (try? memory.readString(at: address)).map(Self.init(text:))
  }
}

/// A buffer for a result of any length, as (address, length): longer results are truncated. Only
/// the bytes that are stored must be memory.
struct ResultBuffer: GuestArgument {
  let address: UInt64
  let limit: Int

  static var cellCounts: CellCounts { CellCounts(2, 2) }

  static func decode(_ cells: inout CallCells, _: GuestMemory) -> Self? {
    guard let address = cells.take(), let limit = cells.take().flatMap({ Int(exactly: $0) })
    else { return nil }
    return Self(address: address, limit: limit)
  }

  /// Stores as much as fits.
  /// - Returns: the whole length, or nil when the buffer is not memory.
  func store(_ bytes: [UInt8], _ memory: GuestMemory) -> Int32? {
    guard (try? memory.write(Array(bytes.prefix(limit)), at: address)) != nil else { return nil }
    return Int32(exactly: bytes.count)
  }

  /// Stores text, with a terminating zero byte if there is room; the length excludes it.
  func store(_ text: String, _ memory: GuestMemory) -> Int32? {
    let bytes = Array(text.utf8)
    guard store(bytes + [0], memory) != nil else { return nil }
    return Int32(exactly: bytes.count)
  }
}
