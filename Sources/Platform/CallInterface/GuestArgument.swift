public import GuestMemory

/// What a handler can take from the guest: one or more argument cells, checked while decoding.
public protocol GuestArgument: SendableMetatype {
  /// How many cells the value is made of.
  static var cellCounts: CellCounts { get }
  /// Takes the value's cells.
  /// - Returns: nil when they hold no such value; the call then fails with its interface's status
  ///   for a bad parameter.
  static func decode(_ cells: inout CallCells, _ memory: GuestMemory) -> Self?
}

/// The least and the most cells a value or a whole call consists of.
@frozen
public struct CellCounts: Hashable, Sendable, CustomStringConvertible {
  /// The fewest cells.
  public var least: Int
  /// ``CallCells/capacity`` where the number is open.
  public var most: Int

  /// Between `least` and `most` cells.
  @inlinable public init(_ least: Int, _ most: Int) { (self.least, self.most) = (least, most) }
  /// Exactly one cell.
  @inlinable public static var one: CellCounts { CellCounts(1, 1) }
  /// Any number of cells.
  @inlinable public static var any: CellCounts { CellCounts(0, CallCells.capacity) }

  /// True if `count` cells are within the bounds.
  @inlinable public func contains(_ count: Int) -> Bool { count >= least && count <= most }
  /// Adds bounds; the upper one does not exceed ``CallCells/capacity``.
  @inlinable public static func += (sum: inout CellCounts, counts: CellCounts) {
    sum.least += counts.least
    sum.most = min(sum.most + counts.most, CallCells.capacity)
  }
  /// One number, or `LEAST to MOST`.
  public var description: String { least == most ? "\(least)" : "\(least) to \(most)" }
}

extension GuestArgument {
  /// One cell, where a type does not say otherwise.
  @inlinable public static var cellCounts: CellCounts { .one }
}

extension UInt64: GuestArgument {
  /// Takes one cell as it is; nil where none is left.
  @inlinable
  public static func decode(_ cells: inout CallCells, _: GuestMemory) -> UInt64? { cells.take() }
}

extension UInt32: GuestArgument {
  /// The cell's value, which must fit.
  @inlinable
  public static func decode(_ cells: inout CallCells, _: GuestMemory) -> UInt32? {
    cells.take().flatMap(UInt32.init(exactly:))
  }
}

extension Int32: GuestArgument {
  /// A signed word, sign- or zero-extended to the cell.
  @inlinable
  public static func decode(_ cells: inout CallCells, _: GuestMemory) -> Int32? {
    guard let cell = cells.take() else { return nil }
    if let word = UInt32(exactly: cell) { return Int32(bitPattern: word) }
    return Int32(exactly: Int64(bitPattern: cell))
  }
}

/// An argument that the guest may leave out, at the end of the list.
extension Optional: GuestArgument where Wrapped: GuestArgument {
  /// No cell, or as many as the wrapped type may take.
  @inlinable
  public static var cellCounts: CellCounts { CellCounts(0, Wrapped.cellCounts.most) }
  /// Nil inside where no cell is left, nil outside where the wrapped type does not decode.
  @inlinable
  public static func decode(_ cells: inout CallCells, _ memory: GuestMemory) -> Wrapped?? {
    guard cells.position < cells.count else { return .some(nil) }
    guard let value = Wrapped.decode(&cells, memory) else { return nil }
    return .some(value)
  }
}

/// All the cells that are left, for calls with a variable number of arguments.
extension CallCells: GuestArgument {
  /// Any number of cells.
  @inlinable public static var cellCounts: CellCounts { .any }
  /// Takes all cells that are left; there may be none.
  @inlinable
  public static func decode(_ cells: inout CallCells, _: GuestMemory) -> CallCells? {
    var rest = CallCells()
    while let cell = cells.take() { rest.append(cell) }
    return rest
  }
}

/// Raw-value newtypes and option sets decode as their raw values do.
extension GuestArgument where Self: RawRepresentable, RawValue: GuestArgument {
  /// The cells of the raw value.
  @inlinable public static var cellCounts: CellCounts { RawValue.cellCounts }
  /// Decodes a raw value; nil where the type has no case for it.
  @inlinable
  public static func decode(_ cells: inout CallCells, _ memory: GuestMemory) -> Self? {
    RawValue.decode(&cells, memory).flatMap(Self.init(rawValue:))
  }
}
