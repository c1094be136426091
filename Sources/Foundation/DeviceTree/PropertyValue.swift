/// The bytes of a property.
///
/// A device tree does not contain the types of values; writer and reader agree on them. Numbers are
/// big-endian, strings end in a NUL.
public struct PropertyValue: Hashable, Sendable {
  /// The bytes as a blob has them.
  public var bytes: [UInt8]

  /// A value of these bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// No bytes: a property that says something by being there.
  public static let empty = PropertyValue([])

  /// A value of these bytes.
  public static func bytes(_ bytes: [UInt8]) -> PropertyValue { PropertyValue(bytes) }

  /// One 32-bit cell.
  public static func cell(_ cell: UInt32) -> PropertyValue { cells([cell]) }

  /// 32-bit cells.
  public static func cells(_ cells: [UInt32]) -> PropertyValue {
    var value = PropertyValue([])
    value.bytes.reserveCapacity(cells.count * 4)
    for cell in cells { value.append(cell) }
    return value
  }

  /// A 64-bit number in two cells.
  public static func u64(_ number: UInt64) -> PropertyValue {
    var value = PropertyValue([])
    value.append(number)
    return value
  }

  /// A string and its NUL.
  public static func string(_ string: some StringProtocol) -> PropertyValue {
    var value = PropertyValue([])
    value.append(string: string)
    return value
  }

  /// Strings, each with its NUL.
  public static func strings(_ strings: some Sequence<String>) -> PropertyValue {
    var value = PropertyValue([])
    for string in strings { value.append(string: string) }
    return value
  }
}

extension PropertyValue {
  /// Adds a 32-bit cell.
  public mutating func append(_ cell: UInt32) {
    bytes.append(UInt8(truncatingIfNeeded: cell >> 24))
    bytes.append(UInt8(truncatingIfNeeded: cell >> 16))
    bytes.append(UInt8(truncatingIfNeeded: cell >> 8))
    bytes.append(UInt8(truncatingIfNeeded: cell))
  }

  /// Adds a 64-bit number in two cells.
  public mutating func append(_ number: UInt64) {
    append(UInt32(truncatingIfNeeded: number >> 32))
    append(UInt32(truncatingIfNeeded: number))
  }

  /// Changes the cell at an offset; false, and nothing done, when it does not lie inside.
  mutating func patch(at offset: Int, _ change: (UInt32) -> UInt32) -> Bool {
    guard offset >= 0, offset <= bytes.count - 4 else { return false }
    let cell = change(cell(at: offset))
    for index in 0..<4 {
      bytes[offset + index] = UInt8(truncatingIfNeeded: cell >> UInt32(24 - 8 * index))
    }
    return true
  }

  /// Adds a string and its NUL.
  public mutating func append(string: some StringProtocol) {
    bytes.append(contentsOf: string.utf8)
    bytes.append(0)
  }
}

extension PropertyValue {
  /// The value as 32-bit cells, or nil when its length is not a multiple of four.
  public var cells: [UInt32]? {
    guard bytes.count.isMultiple(of: 4) else { return nil }
    return stride(from: 0, to: bytes.count, by: 4).map { cell(at: $0) }
  }

  /// The value as one 32-bit cell.
  public var cell: UInt32? { bytes.count == 4 ? cell(at: 0) : nil }

  /// The value as a 64-bit number in two cells, or a 32-bit number in one.
  public var number: UInt64? {
    switch bytes.count {
    case 4: UInt64(cell(at: 0))
    case 8: UInt64(cell(at: 0)) << 32 | UInt64(cell(at: 4))
    default: nil
    }
  }

  /// The value as one string, or nil when it has another NUL than at its end, or is not text.
  public var string: String? {
    guard let strings, strings.count == 1 else { return nil }
    return strings[0]
  }

  /// The value as strings that each end in a NUL, or nil when it is not text of that form.
  public var strings: [String]? {
    guard bytes.last == 0 else { return nil }
    var strings: [String] = []
    for part in bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
      guard let string = String(validating: part, as: UTF8.self) else { return nil }
      strings.append(string)
    }
    return strings
  }

  private func cell(at offset: Int) -> UInt32 {
    UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16
      | UInt32(bytes[offset + 2]) << 8 | UInt32(bytes[offset + 3])
  }
}
