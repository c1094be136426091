/// The pages at which accesses of translated code were last seen, so that they need not be looked up
/// again: a range for each access, or for several off one base register.
///
/// Translated code fills them from the data translations, and says so in ``isFilled``; whatever makes a
/// data translation untrue clears them.
struct StorageRanges {
  static let count = 128
  static let byteCount = first + stride * count

  // Where translated code finds them, in bytes from the beginning.
  /// Whether some range has been filled.
  static let isFilled = 0
  /// Whether some range has used up its credits.
  static let isExhausted = 8
  /// The first range.
  static let first = 64
  /// From a range to the next.
  static let stride = 32

  // And in each of them:
  /// Effective address of the first byte.
  static let start = 0
  /// Distances from the start below this are in the range. 0 when it is empty.
  static let limit = 8
  /// Host address minus effective address.
  static let addend = 16
  /// How often a range may still be filled: what changes its page all the time does
  /// better without.
  static let credit = 24

  private static let granted: Int64 = 1024

  // Safety: the bank owns this memory, and every access is to one of `byteCount` bytes.
  private let base: UnsafeMutableRawPointer

  init(at base: UnsafeMutableRawPointer) {
    self.base = base
    base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount)
    set(Self.credit, Self.granted)
  }

  private func flag(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
    (base + offset).assumingMemoryBound(to: UInt64.self)
  }

  private func set(_ part: Int, _ value: Int64) {
    for range in 0..<Self.count {
      (base + Self.first + range * Self.stride + part).storeBytes(of: value, as: Int64.self)
    }
  }

  func clear() {
    let isFilled = flag(Self.isFilled)
    guard isFilled.pointee != 0 else { return }
    isFilled.pointee = 0
    set(Self.limit, 0)
  }

  /// Lets every range be filled some more times, if one may not.
  func grantCredits() {
    let isExhausted = flag(Self.isExhausted)
    guard isExhausted.pointee != 0 else { return }
    isExhausted.pointee = 0
    set(Self.credit, Self.granted)
  }
}
