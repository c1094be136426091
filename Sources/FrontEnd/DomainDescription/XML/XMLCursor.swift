/// An element with its place, for reading it and saying what is wrong with it.
struct XMLCursor {
  let element: XMLElement
  let file: String
  /// `domain/cpu`
  let path: String

  init(_ element: XMLElement, file: String, in parent: String = "") {
    self.element = element
    self.file = file
    path = parent.isEmpty ? element.name : "\(parent)/\(element.name)"
  }

  var name: String { element.name }
  var text: String { element.text }
  subscript(attribute: String) -> String? { element[attribute] }

  func child(_ name: String) -> XMLCursor? {
    element.child(name).map { XMLCursor($0, file: file, in: path) }
  }

  func children(_ name: String? = nil) -> [XMLCursor] {
    element.children.filter { name == nil || $0.name == name }
      .map { XMLCursor($0, file: file, in: path) }
  }

  func error(_ reason: String, _ kind: DomainError.Kind = .unsupported) -> DomainError {
    DomainError(
      kind: kind, file: file, line: element.line, element: path, reason: reason.bounded)
  }

  /// A choice of words.
  func word(
    _ value: String, _ what: String, of valid: [String]
  ) throws(DomainError) -> String {
    guard valid.contains(value) else {
      throw error("\(what) '\(value)' is none of \(valid.joined(separator: ", "))")
    }
    return value
  }

  /// A decimal number of an attribute, or nil where there is none.
  func number(
    _ attribute: String, in range: ClosedRange<Int>
  ) throws(DomainError) -> Int? {
    guard let value = self[attribute] else { return nil }
    return try number(value, attribute, in: range)
  }

  func number(
    _ text: String, _ what: String, in range: ClosedRange<Int>
  ) throws(DomainError) -> Int {
    // `Int` takes a sign, which no count here has.
    guard text.first?.isNumber ?? false, let number = Int(text), range.contains(number) else {
      throw error(
        "\(what) '\(text)' is not a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number of bytes: libvirt's scaled integer, in KiB without a unit.
  func bytes(_ text: String, unit: String?) throws(DomainError) -> UInt64 {
    guard text.first?.isNumber ?? false, let number = UInt64(text) else {
      throw error("'\(text)' is not a size")
    }
    let unit = unit ?? "KiB"
    guard let scale = Self.scale(unit) else {
      throw error("unit '\(unit)' is none of b, KB, KiB, MB, MiB, GB, GiB, TB, TiB")
    }
    let (product, overflow) = number.multipliedReportingOverflow(by: scale)
    guard !overflow else { throw error("\(text) \(unit) is more than 64 bits hold") }
    return product
  }

  private static func scale(_ unit: String) -> UInt64? {
    let unit = unit.lowercased()
    if unit == "b" || unit == "byte" || unit == "bytes" { return 1 }
    guard let first = unit.first, let place = "kmgt".firstIndex(of: first) else { return nil }
    let power = "kmgt".distance(from: "kmgt".startIndex, to: place) + 1
    switch unit.dropFirst() {
    case "", "ib": return 1 << (10 * UInt64(power))
    case "b": return (0..<power).reduce(1) { product, _ in product * 1000 }
    default: return nil
    }
  }
}

extension String {
  /// Short enough for a message, whatever a file holds.
  fileprivate var bounded: String { count > 400 ? prefix(400) + "…" : self }
}
