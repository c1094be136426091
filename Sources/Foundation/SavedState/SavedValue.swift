/// The type of a field, as the stream names it.
public enum FieldType: UInt8, Sendable, CaseIterable {
  case unsigned8 = 1
  case unsigned16, unsigned32, unsigned64
  case signed8, signed16, signed32, signed64
  /// One byte, 0 or 1.
  case boolean
  /// UTF-8.
  case text
  /// Fields in a row, with names of their own.
  case group
  /// Groups in a row.
  case list
  /// Arrays of integers.
  case unsigned8Array = 0x81
  case unsigned16Array, unsigned32Array, unsigned64Array
  case signed8Array, signed16Array, signed32Array, signed64Array
}

/// What one field of a saved state can hold. Integers are big-endian.
public protocol SavedValue {
  static var fieldType: FieldType { get }
  func append(to bytes: inout [UInt8])
  /// - Returns: nil when the bytes are not such a value.
  init?(saved bytes: ArraySlice<UInt8>)
}

extension FixedWidthInteger {
  fileprivate static var integerType: FieldType {
    let logarithm = UInt8(bitWidth.trailingZeroBitCount - 3)
    guard bitWidth <= 64, let type = FieldType(rawValue: (isSigned ? 5 : 1) + logarithm) else {
      preconditionFailure("no field has \(bitWidth) bits")
    }
    return type
  }

  fileprivate static var arrayType: FieldType {
    guard let type = FieldType(rawValue: integerType.rawValue | 0x80) else {
      preconditionFailure("no field has \(bitWidth) bits")
    }
    return type
  }

  fileprivate func appendInteger(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: bigEndian) { bytes.append(contentsOf: $0) }
  }

  fileprivate init?(savedInteger bytes: ArraySlice<UInt8>) {
    guard bytes.count == MemoryLayout<Self>.size else { return nil }
    self = Self(bigEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: Self.self) })
  }
}

extension SavedValue where Self: FixedWidthInteger {
  /// The field type of this width and signedness.
  public static var fieldType: FieldType { integerType }
  /// Appends the value, big-endian.
  public func append(to bytes: inout [UInt8]) { appendInteger(to: &bytes) }
  /// Reads a big-endian value; nil unless the count of bytes is the type's.
  public init?(saved bytes: ArraySlice<UInt8>) { self.init(savedInteger: bytes) }
}

extension UInt8: SavedValue {}
extension UInt16: SavedValue {}
extension UInt32: SavedValue {}
extension UInt64: SavedValue {}
extension Int8: SavedValue {}
extension Int16: SavedValue {}
extension Int32: SavedValue {}
extension Int64: SavedValue {}
extension Int: SavedValue {}

extension Bool: SavedValue {
  /// A byte that is 0 or 1.
  public static var fieldType: FieldType { .boolean }
  /// Appends one byte: 1 for true, 0 for false.
  public func append(to bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
  /// Reads one byte; nil unless it is 0 or 1.
  public init?(saved bytes: ArraySlice<UInt8>) {
    guard bytes.count == 1, let byte = bytes.first, byte <= 1 else { return nil }
    self = byte == 1
  }
}

extension String: SavedValue {
  /// UTF-8.
  public static var fieldType: FieldType { .text }
  /// Appends the text in UTF-8, without its length and without a NUL.
  public func append(to bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
  /// Reads UTF-8; nil for other bytes.
  public init?(saved bytes: ArraySlice<UInt8>) { self.init(validating: bytes, as: UTF8.self) }
}

extension Array: SavedValue where Element: FixedWidthInteger {
  /// The array type of the element's width and signedness.
  public static var fieldType: FieldType { Element.arrayType }
  /// Appends the elements, each big-endian.
  public func append(to bytes: inout [UInt8]) {
    bytes.reserveCapacity(bytes.count + count * MemoryLayout<Element>.size)
    for element in self { element.appendInteger(to: &bytes) }
  }
  /// Reads elements; nil unless the bytes are a whole number of them.
  public init?(saved bytes: ArraySlice<UInt8>) {
    let size = MemoryLayout<Element>.size
    guard bytes.count.isMultiple(of: size) else { return nil }
    self = bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: size).map {
        Element(bigEndian: raw.loadUnaligned(fromByteOffset: $0, as: Element.self))
      }
    }
  }
}

extension InlineArray: SavedValue where Element: FixedWidthInteger {
  /// The array type of the element's width and signedness: a fixed array is stored as any other.
  public static var fieldType: FieldType { Element.arrayType }
  /// Appends the elements, each big-endian.
  public func append(to bytes: inout [UInt8]) {
    for index in indices { self[index].appendInteger(to: &bytes) }
  }
  /// Reads the elements; nil unless there are as many as the array has.
  public init?(saved bytes: ArraySlice<UInt8>) {
    guard let elements = [Element](saved: bytes), elements.count == Self.count else { return nil }
    self.init { elements[$0] }
  }
}
