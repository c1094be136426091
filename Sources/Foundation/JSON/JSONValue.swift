internal import HostSupport

/// A value of JSON (RFC 8259), as text that anybody wrote says it or as a report is to say it.
///
/// Literals make values: `["name": "power9", "count": .integer(count), "level": level]`, where a
/// member whose value is nil is left out.
public indirect enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// As written: JSON does not say how large or exact a number may be.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// In their order, with what is named twice, so that a reader can complain about it.
  case object([Member])

  /// A member of an object.
  public struct Member: Sendable {
    /// The name, without quotes and escapes.
    public var key: String
    /// The value.
    public var value: JSONValue
    /// The byte of the text at which the key begins; 0 for a member that was not read.
    public var offset: Int
    /// And its value.
    public var valueOffset: Int

    /// A member; one that is made to be written needs no offsets.
    public init(key: String, value: JSONValue, offset: Int = 0, valueOffset: Int = 0) {
      (self.key, self.value) = (key, value)
      (self.offset, self.valueOffset) = (offset, valueOffset)
    }
  }

  /// An integer with all its digits. JavaScript reads 53 bits of it: what may have more and is no
  /// count is better written in hexadecimal.
  public static func integer(_ value: some BinaryInteger) -> JSONValue { .number("\(value)") }

  /// A decimal number; null for an infinite one and for none, which JSON cannot write.
  public static func decimal(_ value: Double) -> JSONValue {
    value.isFinite ? .number("\(value)") : .null
  }

  /// A text `0x…`, for addresses and instruction words.
  public static func hexadecimal(_ value: UInt64) -> JSONValue {
    .string(value.hexadecimal())
  }

  /// What kind of value it is, for messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension JSONValue.Member: Equatable {
  /// Where it was read makes no difference.
  public static func == (one: Self, other: Self) -> Bool {
    one.key == other.key && one.value == other.value
  }
}
