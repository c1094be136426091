/// The cells of one call: first arguments, then results.
///
/// A fixed place of sixteen 64-bit cells; hypercalls have up to nine, RTAS and the client
/// interface widen their 32-bit cells. Nothing is allocated.
@frozen
public struct CallCells: Sendable {
  /// Cells a call can carry in each direction.
  public static var capacity: Int { 16 }

  @usableFromInline var cells = InlineArray<16, UInt64>(repeating: 0)
  @usableFromInline var used = 0
  /// The next cell that ``take()`` hands out.
  @usableFromInline var position = 0

  /// No cells.
  @inlinable public init() {}

  /// Number of cells present.
  @inlinable public var count: Int { used }

  /// - Returns: nil when there are more than ``capacity`` values.
  @inlinable public init?(_ values: some Collection<UInt64>) {
    guard values.count <= Self.capacity else { return nil }
    for value in values { append(value) }
  }

  /// Cell `index`, zero where the call carries none.
  @inlinable
  public subscript(index: Int) -> UInt64 {
    index >= 0 && index < used ? cells[index] : 0
  }

  /// Adds a cell at the end; one beyond ``capacity`` is dropped. The callers' own limits are lower.
  @inlinable
  public mutating func append(_ value: UInt64) {
    guard used < Self.capacity else { return }
    cells[used] = value
    used += 1
  }

  /// The next argument, nil after the last.
  @inlinable
  public mutating func take() -> UInt64? {
    guard position < used else { return nil }
    defer { position += 1 }
    return cells[position]
  }

  /// The cells as an array, for traces and tests.
  public var array: [UInt64] { (0..<count).map { cells[$0] } }
}
