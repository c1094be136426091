import PowerISA

/// One segment lookaside buffer entry (Book III 6.7.8.1).
struct SLBEntry {
  /// RB of `slbmte` without the index.
  var effective: UInt64 = 0
  /// RS of `slbmte`.
  var virtual: UInt64 = 0

  var isValid: Bool { effective & SLB.valid != 0 }
  /// 1 TiB segment.
  var isLarge: Bool { virtual & SLB.segmentSize == 1 << 62 }
  /// Base-2 logarithm of the segment size.
  var segmentShift: UInt64 { isLarge ? 40 : 28 }
  var supervisorKey: Bool { virtual & SLB.supervisorKey != 0 }
  var problemKey: Bool { virtual & SLB.problemKey != 0 }
  var noExecute: Bool { virtual & SLB.noExecute != 0 }
  var isClass1: Bool { virtual & SLB.class1 != 0 }
  var pageSizeEncoding: UInt64 { virtual & SLB.pageSize }
  var virtualSegment: UInt64 { (virtual & SLB.virtualSegment) >> (isLarge ? 24 : 12) }

  /// Whether its segment belongs to a process.
  var isInQuadrant0: Bool { effective >> 62 == 0 }

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
    let index = Int(rb & SLB.index)
    guard index < slb.count else { return }
    let former = slb[index]
    slb[index] = SLBEntry(effective: rb & (SLB.effectiveSegment | SLB.valid), virtual: rs)
    if former.isValid { invalidateTranslations(isQuadrant0: former.isInQuadrant0) }
  }

  /// `slbmfee` and `slbmfev`: zero for an invalid entry.
  func slbEntry(_ rb: UInt64) -> SLBEntry {
    let index = Int(rb & SLB.index)
    return index < slb.count ? slb[index] : SLBEntry()
  }

  /// After entries have gone: a process's leave the system's translations as they are.
  private func invalidateTranslations(isQuadrant0: Bool) {
    if isQuadrant0 { invalidateQuadrant0() } else { invalidateTranslations() }
  }

  /// `slbie`: the entry that translates the effective address.
  func slbInvalidate(rb: UInt64) {
    let ea = rb & SLB.effectiveSegment
    for index in slb.indices where slb[index].matches(ea) {
      slb[index].effective &= ~SLB.valid
    }
    invalidateTranslations(isQuadrant0: ea >> 62 == 0)
  }

  /// `slbia` with its IH hint; 0 keeps entry 0 (Book III 6.9.3.2).
  func slbInvalidateAll(hint: UInt64) {
    var isQuadrant0 = true
    for index in slb.indices where slb[index].isValid {
      let spare =
        switch hint {
        // Class 1 entries only, or those that software sets, except the first.
        case 3: !slb[index].isClass1
        case 4: false
        case 7: false
        default: index == 0
        }
      guard !spare else { continue }
      slb[index].effective &= ~SLB.valid
      isQuadrant0 = isQuadrant0 && slb[index].isInQuadrant0
    }
    invalidateTranslations(isQuadrant0: isQuadrant0)
  }

  /// `slbfee.`: the virtual half of the matching entry.
  func slbFind(_ rb: UInt64) -> SLBEntry? {
    slb.first { $0.matches(rb & SLB.effectiveSegment) }
  }

  // MARK: for the machine

  /// The valid entries in order, for saving state and for display.
  public var segments: [(index: Int, effective: UInt64, virtual: UInt64)] {
    slb.enumerated().compactMap { index, entry in
      entry.isValid ? (index, entry.effective, entry.virtual) : nil
    }
  }
}
