/// The pages at which accesses of translated code were last seen, so that they need not be looked up
/// again: a range for each access, or for several off one base register.
///
/// Ranges are arrays of their parts. Translated code fills them from the data translations, and says
/// so in ``isFilled``; whatever makes a data translation untrue clears them.
struct StorageRanges {
  static let count = 128
  static let byteCount = (4 * count + 8) * 8

  // Where translated code finds the parts, in bytes from the beginning.
  /// Effective address of the first byte.
  static let starts = 64
  /// Distances from the start below this are in the range. 0 when it is empty.
  static let limits = starts + 8 * count
  /// Host address minus effective address.
  static let addends = limits + 8 * count
  /// How often a range may still be filled: what changes its page all the time does
  /// better without.
  static let credits = addends + 8 * count
  static let isFilled = 0
  /// Whether some range has used up its credits.
  static let isExhausted = 8

  private static let granted: Int64 = 1024

  // Safety: the bank owns this memory, and every access is to one of `byteCount` bytes.
  private let base: UnsafeMutableRawPointer

  init(at base: UnsafeMutableRawPointer) {
    self.base = base
    base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount)
    fillCredits()
  }

  private func flag(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
    (base + offset).assumingMemoryBound(to: UInt64.self)
  }

  func clear() {
    let isFilled = flag(Self.isFilled)
    guard isFilled.pointee != 0 else { return }
    isFilled.pointee = 0
    (base + Self.limits).initializeMemory(as: UInt64.self, repeating: 0, count: Self.count)
  }

  /// Lets every range be filled some more times, if one may not.
  func grantCredits() {
    let isExhausted = flag(Self.isExhausted)
    guard isExhausted.pointee != 0 else { return }
    isExhausted.pointee = 0
    fillCredits()
  }

  private func fillCredits() {
    (base + Self.credits).initializeMemory(
      as: Int64.self, repeating: Self.granted, count: Self.count)
  }
}
