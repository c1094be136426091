internal import HostSupport
internal import JSON

/// What is wrong with an object of a trace, and at which of its bytes.
struct TraceFieldError: Error {
  var offset: Int
  var message: String
}

/// The members of an object of a trace. Those with other names are ignored.
struct TraceFields {
  private let members: [JSONValue.Member]
  /// The byte at which the object begins.
  private let offset: Int

  init(_ members: [JSONValue.Member], offset: Int = 0) {
    (self.members, self.offset) = (members, offset)
  }

  private func member(_ key: String) -> JSONValue.Member? { members.first { $0.key == key } }

  func error(_ key: String, _ message: String) -> TraceFieldError {
    TraceFieldError(
      offset: member(key)?.valueOffset ?? offset, message: "\(key): \(message)")
  }

  private func required(_ key: String) throws(TraceFieldError) -> JSONValue {
    guard let member = member(key) else { throw error(key, "is missing") }
    return member.value
  }

  private func mismatch(_ key: String, _ wanted: String) -> TraceFieldError {
    error(key, "\(wanted) is due, not \(member(key)?.value.kind ?? "nothing")")
  }

  // MARK: kinds of values

  func text(_ key: String) throws(TraceFieldError) -> String {
    guard let text = try required(key).string else { throw mismatch(key, "a string") }
    return text
  }

  func optionalText(_ key: String) throws(TraceFieldError) -> String? {
    member(key) == nil ? nil : try text(key)
  }

  func digits(_ key: String) throws(TraceFieldError) -> String {
    guard case .number(let digits) = try required(key) else { throw mismatch(key, "a number") }
    return digits
  }

  func number(_ key: String, upTo limit: UInt64) throws(TraceFieldError) -> UInt64 {
    let digits = try digits(key)
    guard let value = UInt64(digits), value <= limit else {
      throw error(key, "'\(digits.prefix(40))' is not a whole number from 0 to \(limit)")
    }
    return value
  }

  func optionalNumber(_ key: String, upTo limit: UInt64) throws(TraceFieldError) -> UInt64? {
    member(key) == nil ? nil : try number(key, upTo: limit)
  }

  func optionalSigned(_ key: String) throws(TraceFieldError) -> Int64? {
    if member(key) == nil { return nil }
    let digits = try digits(key)
    guard let value = Int64(digits) else {
      throw error(key, "'\(digits.prefix(40))' is not a whole number of 64 bits")
    }
    return value
  }

  /// A list of texts `0x…`; none where it is left out.
  func cells(_ key: String) throws(TraceFieldError) -> [UInt64] {
    guard let member = member(key) else { return [] }
    guard let elements = member.value.elements else { throw mismatch(key, "a list") }
    var cells: [UInt64] = []
    for element in elements {
      guard let text = element.string, let cell = UInt64(hexadecimal: text) else {
        throw error(key, "a list of hexadecimal numbers in quotes is due")
      }
      cells.append(cell)
    }
    return cells
  }

  func object(_ key: String) throws(TraceFieldError) -> TraceFields {
    guard let members = try required(key).members else { throw mismatch(key, "an object") }
    return TraceFields(members, offset: member(key)?.valueOffset ?? offset)
  }
}
