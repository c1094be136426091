internal import GuestMemory
internal import PowerISA

/// Bits of the two doublewords of a hashed page table entry. Calls use the format of version 2.07
/// at every level; version 3.0 moved the B field in the tables that only a hypervisor sees.
enum HPTE {
  // First doubleword.
  static let valid: UInt64 = 1 << 0
  /// H: hashed by the secondary function.
  static let secondary: UInt64 = 1 << 1
  /// L: large page.
  static let large: UInt64 = 1 << 2
  /// Software bit by which Linux marks entries it cannot lose; LoPAR calls it "bolted".
  static let bolted: UInt64 = 1 << 4
  /// Software bits that firmware reserves (57 and 58).
  static let firmware: UInt64 = 3 << 5
  /// AVPN with B, bits 0:56.
  static let virtualPage: UInt64 = ~0x7F
  /// B: segment size, 0 for 256 MiB, 1 for 1 TiB.
  static let segmentSizeShift: UInt64 = 62

  // Second doubleword.
  static let change: UInt64 = 1 << 7
  static let reference: UInt64 = 1 << 8
  /// W, I, M, G.
  static let storageControl: UInt64 = 0xF << 3
  static let writeThrough: UInt64 = 1 << 6
  static let cachingInhibited: UInt64 = 1 << 5
  static let coherent: UInt64 = 1 << 4
  static let noExecute: UInt64 = 1 << 2
  static let pp0: UInt64 = 1 << 63
  static let pp: UInt64 = 3
  static let keyHigh: UInt64 = 3 << 60
  static let keyLow: UInt64 = 7 << 9
  /// Real page number and LP.
  static let realPage: UInt64 = 0x0FFF_FFFF_FFFF_F000
}

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

/// An entry as the hypervisor reasons about it.
struct HashPageTableEntry: Equatable {
  var first: UInt64
  var second: UInt64

  var isValid: Bool { first & HPTE.valid != 0 }

  /// Logarithms of the base and the actual page size; nil for an encoding the machine does not
  /// have.
  func pageShifts(_ segments: [ProcessorModel.SegmentPageSize]) -> (base: Int, actual: Int)? {
    guard first & HPTE.large != 0 else { return (12, 12) }
    for segment in segments {
      for page in segment.pages where page.shift > 12 {
        // The low bits of the real page number, below the page size, hold LP.
        let low = (1 << UInt64(page.shift) - 1) & 0xF_F000 as UInt64
        if second & low == UInt64(page.pteEncoding) << 12 & low {
          return (segment.shift, page.shift)
        }
      }
    }
    return nil
  }

  /// Real address of the page's first byte.
  func realAddress(shift: Int) -> UInt64 {
    second & HPTE.realPage & ~(1 << UInt64(shift) - 1)
  }

  var segmentShift: UInt64 { (first >> HPTE.segmentSizeShift) & 3 == 1 ? 40 : 28 }

  /// The virtual page the entry maps. The bits of its address that the abbreviated page number
  /// leaves out are in the number of the group it lies in.
  func virtualPage(group: UInt64, groupMask: UInt64, shifts: (base: Int, actual: Int))
    -> VirtualPage
  {
    let base = UInt64(shifts.base)
    // The abbreviated number counts units of 2^23 bytes, and ends where the page begins.
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
