import PowerISA

/// State that only a saved state sets.
extension VirtualProcessor {
  /// The timebase at which DEC passes zero. Unlike DEC it does not change with time.
  public var decrementerExpiry: UInt64 {
    get { decrementerZero }
    set {
      decrementerZero = newValue
      updateDecrementer()
    }
  }

  /// Entries of the segment lookaside buffer.
  public var segmentCount: Int { slb.count }

  /// Replaces the segment lookaside buffer: entries not named are invalid.
  /// - Parameter entries: entry numbers, each below ``segmentCount``, with the ESID and V of RB of
  ///   `slbmte` and all of RS.
  public func replaceSegments(
    _ entries: [(index: Int, effective: UInt64, virtual: UInt64)]
  ) {
    for index in slb.indices { slb[index] = SLBEntry() }
    for entry in entries where slb.indices.contains(entry.index) {
      slb[entry.index] = SLBEntry(
        effective: entry.effective & (SLB.effectiveSegment | SLB.valid), virtual: entry.virtual)
    }
    invalidateTranslations()
  }
}
