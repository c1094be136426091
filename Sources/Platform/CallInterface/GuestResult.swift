/// What a handler can hand back to the guest: zero or more result cells.
public protocol GuestResult: SendableMetatype {
  /// How many cells the value stores.
  static var resultCounts: CellCounts { get }
  func store(in results: inout CallCells)
}

extension GuestResult {
  /// One cell, where a type does not say otherwise.
  @inlinable public static var resultCounts: CellCounts { .one }
}

extension UInt64: GuestResult {
  /// Appends one cell.
  @inlinable public func store(in results: inout CallCells) { results.append(self) }
}

extension Int64: GuestResult {
  /// Appends one cell: the number in two's complement.
  @inlinable
  public func store(in results: inout CallCells) { results.append(UInt64(bitPattern: self)) }
}

extension UInt32: GuestResult {
  /// Appends one cell whose upper half is 0.
  @inlinable public func store(in results: inout CallCells) { results.append(UInt64(self)) }
}

extension Int32: GuestResult {
  /// Sign-extended, so that -1 is all ones in cells of either size.
  @inlinable
  public func store(in results: inout CallCells) {
    results.append(UInt64(bitPattern: Int64(self)))
  }
}

/// A result at the end of the list that the guest may leave no room for.
extension Optional: GuestResult where Wrapped: GuestResult {
  /// None, or as many cells as the result has.
  @inlinable
  public static var resultCounts: CellCounts { CellCounts(0, Wrapped.resultCounts.most) }
  /// Stores the result, if there is one.
  @inlinable
  public func store(in results: inout CallCells) { self?.store(in: &results) }
}

extension CallCells: GuestResult {
  /// Any number of cells.
  @inlinable public static var resultCounts: CellCounts { .any }
  /// Appends all cells.
  @inlinable
  public func store(in results: inout CallCells) {
    for index in 0..<count { results.append(self[index]) }
  }
}

/// Results together with a status other than success, for calls that give both.
@frozen
public struct Completion<Status: CallStatus, each Result: GuestResult> {
  /// What the call returns as its status, success or not.
  public let status: Status
  /// The cells after the status, stored whatever the status is.
  public let results: (repeat each Result)

  /// A status with the results that belong to it.
  @inlinable
  public init(_ status: Status, _ results: repeat each Result) {
    self.status = status
    self.results = (repeat each results)
  }
}
