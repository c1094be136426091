internal import Glibc
internal import Synchronization

/// What a device may do with a page: the page mapping and control bits of a translation control
/// entry (LoPAR "Translation and Control Entry").
public struct DMAAccess: OptionSet, Hashable, Sendable {
  /// The bits as an entry has them.
  public let rawValue: UInt64
  /// Accesses from the bits of an entry.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The device may read memory.
  public static let read = DMAAccess(rawValue: 1)
  /// The device may write memory.
  public static let write = DMAAccess(rawValue: 2)
}

/// The translation control entries (TCEs) of a window of bus addresses.
///
/// Devices read entries on any thread while processors write them.
public final class TCETable: @unchecked Sendable {
  // Safety: the entries are atomic, and live as long as this object.

  /// Logical I/O bus number (LIOBN).
  public let bus: UInt32
  /// The first bus address.
  public let start: UInt64
  /// Base-2 logarithm of the page size in bytes.
  public let pageShift: UInt64
  /// Entries.
  public let count: UInt64

  private let entries: UnsafeMutablePointer<Atomic<UInt64>>

  /// An empty table; the host's memory is taken as entries are written.
  /// - Parameters:
  ///   - bus: logical I/O bus number.
  ///   - start: the first bus address, a multiple of the page size.
  ///   - pageShift: base-2 logarithm of the page size, 12 to 34.
  ///   - sizeShift: base-2 logarithm of the window's size, at least `pageShift`.
  /// - Returns: nil when the window's addresses wrap or the host has no room.
  public init?(bus: UInt32, start: UInt64, pageShift: UInt64, sizeShift: UInt64) {
    guard (12...34).contains(pageShift), (pageShift..<60).contains(sizeShift),
      !start.addingReportingOverflow(1 << sizeShift).overflow,
      let bytes = Int(exactly: 8 << (sizeShift - pageShift)),
      let mapping = mmap(
        nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      mapping != MAP_FAILED
    else { return nil }
    (self.bus, self.start, self.pageShift) = (bus, start, pageShift)
    count = 1 << (sizeShift - pageShift)
    // Zero bytes are an atomic zero.
    entries = mapping.bindMemory(to: Atomic<UInt64>.self, capacity: Int(count))
  }

  deinit { munmap(entries, Int(count) * 8) }

  /// Bytes of a page.
  public var pageSize: UInt64 { 1 << pageShift }
  /// Bytes of the window.
  public var size: UInt64 { count << pageShift }

  /// The index of the entry of a bus address.
  /// - Returns: nil when `count` entries from there on are not all of the table.
  func index(of address: UInt64, count: UInt64 = 1) -> UInt64? {
    guard address >= start else { return nil }
    let index = (address - start) >> pageShift
    guard index < self.count, count <= self.count - index else { return nil }
    return index
  }

  /// The entry of an index below ``count``: the real address of a page, and ``DMAAccess`` in the
  /// two least significant bits.
  public subscript(index: UInt64) -> UInt64 {
    get { entries[Int(index)].load(ordering: .acquiring) }
    set { entries[Int(index)].store(newValue, ordering: .releasing) }
  }

  /// Makes all entries zero.
  public func clear() { for index in 0..<count where self[index] != 0 { self[index] = 0 } }

  /// Entries in a row.
  /// - Returns: none when they are all zero.
  public func entries(_ range: Range<UInt64>) -> [UInt64] {
    guard range.contains(where: { self[$0] != 0 }) else { return [] }
    return range.map { self[$0] }
  }

  /// Where a device finds a bus address.
  /// - Returns: the real address, and the bytes from there to the page's end; nil when the address is
  ///   not of the window or the page does not allow the access.
  public func translate(
    _ address: UInt64, _ access: DMAAccess
  ) -> (real: UInt64, available: UInt64)? {
    guard let index = index(of: address) else { return nil }
    let entry = self[index]
    guard access.isSubset(of: DMAAccess(rawValue: entry)) else { return nil }
    let offset = (address - start) & (pageSize - 1)
    return (entry & ~(pageSize - 1) | offset, pageSize - offset)
  }
}
