import GuestMemory
import HostSupport
import PowerISA

/// How a processor that does not run translates addresses, for display. The guest's state does not
/// change.
extension VirtualProcessor {
  /// A page that the current context has used.
  package struct CachedTranslation: Hashable {
    package var effective: UInt64
    package var real: UInt64
    package var isReadable = false
    package var isWritable = false
  }

  /// The pages of the current context whose data translations are cached, by effective address.
  package var cachedTranslations: [CachedTranslation] {
    var pages: [UInt64: CachedTranslation] = [:]
    let data = tlbs[currentTLB].data
    for index in 0..<2 * ContextTLB.dataCount where data[index].page != ProcessorState.noPage {
      let entry = data[index]
      var page = pages[entry.page] ?? CachedTranslation(effective: entry.page, real: entry.real)
      if entry.readTag == entry.page { page.isReadable = true }
      if entry.writeTag == entry.page { page.isWritable = true }
      pages[entry.page] = page
    }
    return pages.values.sorted { $0.effective < $1.effective }
  }

  /// The real address, or the fault, of each kind of access to an effective address.
  package func explainedTranslations(of address: UInt64) -> [(access: String, result: String)] {
    let kinds: [(String, StorageAccess)] = [
      ("load", .load), ("store", .store), ("fetch", .fetch),
    ]
    return kinds.map { name, access in
      let address = address & state.pointee.addressMask
      switch translate(address, access, updatesEntry: false) {
      case .real(let real, _, _):
        let place = memory.contains(real, count: 1) ? "memory" : "no memory"
        return (name, "\(real.hexadecimal()), \(place)")
      case .segmentFault: return (name, "segment interrupt")
      case .storageFault(let cause):
        return (name, "storage interrupt, \(cause.hexadecimal())")
      }
    }
  }

  /// An entry of the hashed page table.
  package struct HashedEntry {
    package let index: UInt64
    package let first: UInt64
    package let second: UInt64
    package let isSecondary: Bool
    /// Whether it translates the address.
    package let isMatch: Bool
  }

  /// The valid entries of the two groups in which the entry of an effective address may be.
  /// - Returns: nil where the processor has no segment for the address, or uses no hashed table.
  package func hashedEntries(of address: UInt64) -> [HashedEntry]? {
    guard processTable?.isRadix != true, let table = hashPageTable,
      let segment = segment(of: address & state.pointee.addressMask),
      let search = HashedSearch(of: address & state.pointee.addressMask, segment, hardware)
    else { return nil }
    return [false, true].flatMap { isSecondary in
      search.places(in: table, isSecondary: isSecondary).compactMap { index in
        let entry = table[index]
        guard entry.first & HPTE.valid != 0 else { return nil }
        return HashedEntry(
          index: index, first: entry.first, second: entry.second, isSecondary: isSecondary,
          isMatch: search.pageShift(ofMatching: entry, isSecondary: isSecondary) != nil)
      }
    }
  }
}
