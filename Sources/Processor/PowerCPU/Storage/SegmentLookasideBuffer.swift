import PowerISA

/// One segment lookaside buffer entry, as `slbmte` gives it (Book III 6.7.8.1).
struct SLBEntry {
  /// ESID in bits 0:35, V in bit 36 (0x0800_0000).
  var effective: UInt64 = 0
  /// B, VSID, Ks, Kp, N, L, C, LP as in RS of `slbmte`.
  var virtual: UInt64 = 0

  static let valid: UInt64 = 0x0800_0000

  var isValid: Bool { effective & Self.valid != 0 }
  /// B: 1 TiB segment.
  var isLarge: Bool { virtual >> 62 == 1 }
  /// Base-2 logarithm of the segment size.
  var segmentShift: UInt64 { isLarge ? 40 : 28 }
  var supervisorKey: Bool { virtual & 0x800 != 0 }
  var problemKey: Bool { virtual & 0x400 != 0 }
  var noExecute: Bool { virtual & 0x200 != 0 }
  /// Class.
  var isClass1: Bool { virtual & 0x80 != 0 }
  /// L and LP.
  var pageSizeEncoding: UInt64 { virtual & 0x130 }

  func matches(_ ea: UInt64) -> Bool {
    isValid && (ea ^ effective) >> segmentShift == 0
  }
}

extension VirtualProcessor {
  func segment(of ea: UInt64) -> SLBEntry? {
    for entry in slb where entry.matches(ea) { return entry }
    return nil
  }

  /// `slbmte`.
  func slbMoveTo(rs: UInt64, rb: UInt64) {
    let index = Int(rb & 0xFFF)
    guard index < slb.count else { return }
    let replaces = slb[index].isValid
    slb[index] = SLBEntry(effective: rb & 0xFFFF_FFFF_F800_0000, virtual: rs)
    if replaces { invalidateTranslations() }
  }

  /// `slbmfee` and `slbmfev`: zero for an invalid entry.
  func slbEntry(_ rb: UInt64) -> SLBEntry {
    let index = Int(rb & 0xFFF)
    return index < slb.count ? slb[index] : SLBEntry()
  }

  /// `slbie`: the entry that translates the effective address.
  func slbInvalidate(rb: UInt64) {
    let ea = rb & ~0xFFF_FFFF
    for index in slb.indices where slb[index].matches(ea) {
      slb[index].effective &= ~SLBEntry.valid
    }
    invalidateTranslations()
  }

  /// `slbia` with its IH hint; 0 keeps entry 0 (Book III 6.9.3.2).
  func slbInvalidateAll(hint: UInt64) {
    for index in slb.indices {
      let spare =
        switch hint {
        // Class 1 entries only, or those that software sets, except the first.
        case 3: !slb[index].isClass1
        case 4: false
        case 7: false
        default: index == 0
        }
      if !spare { slb[index].effective &= ~SLBEntry.valid }
    }
    invalidateTranslations()
  }

  /// `slbfee.`: the virtual half of the matching entry.
  func slbFind(_ rb: UInt64) -> SLBEntry? {
    slb.first { $0.matches(rb & ~0xFFF_FFFF) }
  }

  // MARK: for the machine

  /// The valid entries in order, for saving state and for display.
  public var segments: [(index: Int, effective: UInt64, virtual: UInt64)] {
    slb.enumerated().compactMap { index, entry in
      entry.isValid ? (index, entry.effective, entry.virtual) : nil
    }
  }
}
