/// Where translated code looks for the code of an effective address: a table of one context, with
/// room for one address at each place.
final class EntryCache {
  private static let count = 4096
  private static let empty: UInt64 = ~0
  /// Of places, in bytes.
  static let offsetMask = (count - 1) << 4

  private struct Slot {
    /// Effective address, or ``empty``: the addresses of instructions are even.
    var tag: UInt64 = EntryCache.empty
    var code: UInt = 0
  }

  private struct Counter {
    var tag: UInt32 = 0
    var count: UInt32 = 0
  }

  // Safety: allocated and freed with this object; indices are masked.
  private let slots: UnsafeMutablePointer<Slot>
  private let counters: UnsafeMutablePointer<Counter>
  /// Whether any slot has been filled since they were cleared.
  private var isUsed = false
  /// A bit for each page, modulo 64, of which there may be an entry.
  private var pages: UInt64 = 0

  init() {
    slots = .allocate(capacity: Self.count)
    slots.initialize(repeating: Slot(), count: Self.count)
    counters = .allocate(capacity: Self.count)
    counters.initialize(repeating: Counter(), count: Self.count)
  }

  deinit {
    slots.deallocate()
    counters.deallocate()
  }

  /// What translated code has.
  var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(slots) }

  /// Where an address has its place, in bytes from the beginning.
  static func offset(of address: UInt64) -> Int {
    Int(truncatingIfNeeded: (address << 2) ^ (address >> 10)) & offsetMask
  }

  private static func index(_ address: UInt64) -> Int { offset(of: address) >> 4 }

  /// Host address of the code of an effective address.
  func code(at address: UInt64) -> UInt? {
    let slot = slots + Self.index(address)
    return slot.pointee.tag == address ? slot.pointee.code : nil
  }

  func setCode(_ code: UInt, at address: UInt64) {
    slots[Self.index(address)] = Slot(tag: address, code: code)
    isUsed = true
    pages |= 1 << (address >> 12 & 63)
  }

  /// Counts a visit of an address.
  /// - Returns: how often it has been visited, as far as remembered.
  func count(_ address: UInt64) -> UInt32 {
    let counter = counters + Self.index(address)
    let tag = UInt32(truncatingIfNeeded: address >> 2)
    if counter.pointee.tag == tag {
      counter.pointee.count &+= 1
    } else {
      counter.pointee = Counter(tag: tag, count: 1)
    }
    return counter.pointee.count
  }

  /// Forgets every entry.
  func clear() {
    guard isUsed else { return }
    slots.update(repeating: Slot(), count: Self.count)
    // So that the next visit looks for the code that there is.
    counters.update(repeating: Counter(), count: Self.count)
    isUsed = false
    pages = 0
  }

  /// Forgets the entries of an effective page.
  func clear(page: UInt64) {
    guard isUsed, pages & 1 << (page >> 12 & 63) != 0 else { return }
    for word in 0..<1024 as Range<UInt64> {
      let address = page &+ word << 2
      let index = Self.index(address)
      if slots[index].tag == address {
        slots[index] = Slot()
        counters[index] = Counter()
      }
    }
  }
}
