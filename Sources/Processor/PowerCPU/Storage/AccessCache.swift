/// The pages of the latest accesses of translated code, so that it need not look them up again: one
/// slot for each access, or for several accesses with one base register.
///
/// Translated code fills the slots from the data translations, and sets ``isFilled``. Code that
/// invalidates a data translation clears them.
struct AccessCache {
  static let count = 128
  static let byteCount = first + stride * count

  // Layout, in bytes from the beginning, for translated code.
  /// Whether a slot has been filled.
  static let isFilled = 0
  /// Whether a slot has used up its fill budget.
  static let isExhausted = 8
  /// The first slot.
  static let first = 64
  /// Distance between slots.
  static let stride = 32

  // Layout of a slot.
  /// Effective address of the first byte.
  static let start = 0
  /// Distances from the start below this are in the slot; 0 when it is empty.
  static let limit = 8
  /// Host address minus effective address.
  static let addend = 16
  /// How often the slot may still be filled. An access that changes its page all the time is
  /// faster without a slot.
  static let fillBudget = 24

  static let granted: Int64 = 1024

  // Safety: the TLB owns this memory, and every access is to one of `byteCount` bytes.
  private let base: UnsafeMutableRawPointer

  init(at base: UnsafeMutableRawPointer) {
    self.base = base
    base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount)
    set(Self.fillBudget, Self.granted)
  }

  private func flag(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
    (base + offset).assumingMemoryBound(to: UInt64.self)
  }

  private func set(_ part: Int, _ value: Int64) {
    for slot in 0..<Self.count {
      (base + Self.first + slot * Self.stride + part).storeBytes(of: value, as: Int64.self)
    }
  }

  func clear() {
    let isFilled = flag(Self.isFilled)
    guard isFilled.pointee != 0 else { return }
    isFilled.pointee = 0
    set(Self.limit, 0)
  }

  /// Whether a slot has used up its fill budget.
  var isExhausted: Bool { flag(Self.isExhausted).pointee != 0 }

  /// Gives every slot a new fill budget.
  func grantFillBudgets() {
    flag(Self.isExhausted).pointee = 0
    set(Self.fillBudget, Self.granted)
  }
}
