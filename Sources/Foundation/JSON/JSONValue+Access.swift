extension JSONValue {
  /// The first member of that name; nil without one, and for what is no object.
  public subscript(key: String) -> JSONValue? { members?.first { $0.key == key }?.value }

  /// The members of an object, in the text's order; nil for another value.
  public var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  /// The elements of an array; nil for another value.
  public var elements: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The text of a string, without quotes and escapes; nil for another value.
  public var string: String? { if case .string(let string) = self { string } else { nil } }

  /// True or false; nil for another value.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// A number without fraction and exponent that an `Int64` holds.
  public var integer: Int64? { if case .number(let digits) = self { Int64(digits) } else { nil } }

  /// The same for a `UInt64`.
  public var unsigned: UInt64? {
    if case .number(let digits) = self { UInt64(digits) } else { nil }
  }

  /// The nearest finite `Double`.
  public var decimal: Double? {
    guard case .number(let digits) = self, let value = Double(digits), value.isFinite else {
      return nil
    }
    return value
  }
}

extension JSONValue: ExpressibleByStringInterpolation {
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue: ExpressibleByBooleanLiteral {
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByIntegerLiteral {
  /// A number.
  public init(integerLiteral value: Int) { self = .integer(value) }
}

extension JSONValue: ExpressibleByArrayLiteral {
  /// An array of the elements in this order.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
  /// Members without a value are left out.
  public init(dictionaryLiteral members: (String, JSONValue?)...) {
    self = .object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } })
  }
}
