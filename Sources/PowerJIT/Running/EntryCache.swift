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
    var count: UInt16 = 0
    /// ``epoch`` when it was last looked for code.
    var epoch: UInt16 = 0
  }

  // Safety: allocated and freed with this object; indices are masked.
  private let slots: UnsafeMutablePointer<Slot>
  private let counters: UnsafeMutablePointer<Counter>
  /// The slots filled since they were cleared; some of them twice.
  private let filled: UnsafeMutablePointer<UInt16>
  private var filledCount = 0
  private static let filledLimit = 1024
  /// How often the slots have been cleared.
  private var epoch: UInt16 = 1
  /// A bit for each page, modulo 64, of which there may be an entry.
  private var pages: UInt64 = 0

  init() {
    slots = .allocate(capacity: Self.count)
    slots.initialize(repeating: Slot(), count: Self.count)
    counters = .allocate(capacity: Self.count)
    counters.initialize(repeating: Counter(), count: Self.count)
    filled = .allocate(capacity: Self.filledLimit)
    filled.initialize(repeating: 0, count: Self.filledLimit)
  }

  deinit {
    slots.deallocate()
    counters.deallocate()
    filled.deallocate()
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
    let index = Self.index(address)
    slots[index] = Slot(tag: address, code: code)
    if filledCount < Self.filledLimit { filled[filledCount] = UInt16(truncatingIfNeeded: index) }
    filledCount += 1
    pages |= 1 << (address >> 12 & 63)
  }

  /// Counts a visit of an address.
  /// - Returns: how often it has been visited, as far as remembered; whether it is the first time
  ///   since entries were forgotten, so that there may be code.
  func count(_ address: UInt64) -> (visits: UInt32, isFirst: Bool) {
    let counter = counters + Self.index(address)
    let tag = UInt32(truncatingIfNeeded: address >> 2)
    if counter.pointee.tag == tag {
      counter.pointee.count = min(counter.pointee.count &+ 1, 0x7FFF)
    } else {
      counter.pointee = Counter(tag: tag, count: 1, epoch: 0)
    }
    let isFirst = counter.pointee.epoch != epoch
    counter.pointee.epoch = epoch
    return (UInt32(counter.pointee.count), isFirst)
  }

  /// Forgets every entry.
  func clear() {
    guard filledCount > 0 else { return }
    if filledCount <= Self.filledLimit {
      for place in 0..<filledCount { slots[Int(filled[place])].tag = Self.empty }
    } else {
      slots.update(repeating: Slot(), count: Self.count)
    }
    filledCount = 0
    pages = 0
    nextEpoch()
  }

  private func nextEpoch() { epoch = epoch == .max ? 1 : epoch + 1 }

  /// Forgets the entries of an effective page.
  func clear(page: UInt64) {
    guard pages & 1 << (page >> 12 & 63) != 0 else { return }
    var isChanged = false
    for word in 0..<1024 as Range<UInt64> {
      let address = page &+ word << 2
      let index = Self.index(address)
      if slots[index].tag == address {
        slots[index].tag = Self.empty
        isChanged = true
      }
    }
    if isChanged { nextEpoch() }
  }
}
