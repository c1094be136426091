internal import GuestMemory
internal import PowerISA

/// The flags parameter of the page table calls (LoPAR "Page Frame Table Access flags").
enum PageTableFlags {
  static let exact: UInt64 = 1 << 39
  static let read4: UInt64 = 1 << 37
  static let avpn: UInt64 = 1 << 31
  static let andcond: UInt64 = 1 << 30
  static let icacheInvalidate: UInt64 = 1 << 23
  static let icacheSynchronize: UInt64 = 1 << 22
  static let zeroPage: UInt64 = 1 << 15
  static let copyPage: UInt64 = 1 << 14
}

/// A hash page table entry, decoded.
struct HashPageTableEntry: Equatable {
  var first: UInt64
  var second: UInt64

  var isValid: Bool { first & HPTE.valid != 0 }

  /// Logarithms of the base and the actual page size; nil for an encoding that the machine does not
  /// have.
  func pageShifts(_ segments: [ProcessorModel.SegmentPageSize]) -> (base: Int, actual: Int)? {
    guard first & HPTE.large != 0 else { return (12, 12) }
    for segment in segments {
      for page in segment.pages where page.shift > 12 {
        if page.isEncoded(in: second) { return (segment.shift, page.shift) }
      }
    }
    return nil
  }

  /// Real address of the page's first byte.
  func realAddress(shift: Int) -> UInt64 {
    second & HPTE.realPage & ~(1 << UInt64(shift) - 1)
  }

  var segmentShift: UInt64 { (first >> HPTE.segmentSizeShift) & 3 == 1 ? 40 : 28 }

  /// The virtual page that the entry maps. The bits of its address that the abbreviated page number
  /// omits are in the number of the entry's group.
  func virtualPage(group: UInt64, groupMask: UInt64, shifts: (base: Int, actual: Int))
    -> VirtualPage
  {
    let base = UInt64(shifts.base)
    // The abbreviated number counts units of 2^23 bytes, and ends at the page offset.
    var number = (first << 2) >> 9
    if base > 23 { number &= ~(1 << (base - 23) - 1) }
    let perSegment = segmentShift - 23
    let segment = number >> perSegment
    var offset = (number & (1 << perSegment - 1)) << 23
    if base < 23 {
      let primary = first & HPTE.secondary != 0 ? ~group : group
      let low = (Self.segmentHash(segment, segmentShift) ^ primary) & groupMask
      offset |= low << base & (1 << 23 - 1)
    }
    return VirtualPage(
      segment: segment, offset: offset & (1 << segmentShift - 1), segmentShift: segmentShift,
      baseShift: base, shift: UInt64(shifts.actual))
  }

  /// The part of the primary hash that comes from the segment (Book III "Page Table Search").
  static func segmentHash(_ segment: UInt64, _ segmentShift: UInt64) -> UInt64 {
    segmentShift == 40 ? segment ^ segment << 25 : segment
  }
}

extension VirtualPage {
  /// The primary hash, before a table's mask.
  var hash: UInt64 {
    HashPageTableEntry.segmentHash(segment, segmentShift) ^ offset >> baseShift
  }
}
