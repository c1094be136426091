internal import CallInterface
internal import GuestMemory

/// hcall-tce and hcall-multi-tce: the windows of bus addresses through which devices reach memory
/// (LoPAR "Translation Control Entry Access").
enum TranslationControlCalls {
  /// The most entries that a call sets.
  private static let mostEntries: UInt64 = 512

  /// H_GET_TCE
  static func get(
    _ call: HypercallContext, bus: UInt32, address: UInt64
  ) throws(HypercallStatus) -> UInt64 {
    let (table, index) = try entries(call, bus, address, count: 1)
    return table[index]
  }

  /// H_PUT_TCE
  static func put(
    _ call: HypercallContext, bus: UInt32, address: UInt64, entry: UInt64
  ) throws(HypercallStatus) {
    let (table, index) = try entries(call, bus, address, count: 1)
    table[index] = try valid(entry, call, table)
  }

  /// H_STUFF_TCE: one entry for a run of pages.
  static func stuff(
    _ call: HypercallContext, bus: UInt32, address: UInt64, entry: UInt64, count: UInt64
  ) throws(HypercallStatus) {
    // Bus number and address are looked at before the count.
    _ = try entries(call, bus, address, count: 1)
    guard count <= mostEntries else { throw .parameter4 }
    let (table, index) = try entries(call, bus, address, count: count)
    let entry = try valid(entry, call, table)
    for place in index..<index + count { table[place] = entry }
  }

  /// H_PUT_TCE_INDIRECT: entries from a page of memory. Negative bus numbers belong to the multi-TCE
  /// table option, which is not offered.
  static func putIndirect(
    _ call: HypercallContext, bus: UInt64, address: UInt64, list: UInt64, count: UInt64
  ) throws(HypercallStatus) {
    if Int64(bitPattern: bus) < 0 { throw .function }
    guard count <= mostEntries, list.isMultiple(of: 0x1000),
      let bus = UInt32(exactly: bus)
    else { throw .parameter }
    let (table, index) = try entries(call, bus, address, count: count)
    guard let page = try? call.partition.memory.read(0x1000, at: list) else { throw .parameter }
    var checked: [UInt64] = []
    checked.reserveCapacity(Int(count))
    for place in 0..<Int(count) {
      let entry = page[8 * place..<8 * place + 8].reduce(0) { $0 << 8 | UInt64($1) }
      checked.append(try valid(entry, call, table))
    }
    for (place, entry) in checked.enumerated() { table[index + UInt64(place)] = entry }
  }

  /// H_PUT_RTCE_INDIRECT: the bus numbers are those of tables that a remote partition's entries are
  /// redirected to. No partition here has one.
  static func putRedirectedIndirect(
    _ call: HypercallContext, bus: UInt64
  ) throws(HypercallStatus) {
    throw .parameter
  }

  /// The table of a bus number, and the index of `count` entries from an address on.
  private static func entries(
    _ call: HypercallContext, _ bus: UInt32, _ address: UInt64, count: UInt64
  ) throws(HypercallStatus) -> (TCETable, UInt64) {
    guard let table = call.partition.tceTable(bus: bus),
      let index = table.index(of: address, count: count)
    else { throw .parameter }
    return (table, index)
  }

  /// An entry whose page is memory, unless it allows nothing.
  private static func valid(
    _ entry: UInt64, _ call: HypercallContext, _ table: TCETable
  ) throws(HypercallStatus) -> UInt64 {
    guard entry & 3 != 0 else { return entry }
    let page = entry & ~(table.pageSize - 1)
    guard call.partition.memory.contains(page, count: table.pageSize) else { throw .parameter }
    return page | entry & 3
  }
}
