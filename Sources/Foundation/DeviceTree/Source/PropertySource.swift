/// A property's value as device tree source writes it: strings, cells, arrays and bytes with commas
/// between, which may refer to nodes and files.
///
/// The language is dtc's. A number that does not fit its array is an error as in dtc 1.6; later
/// versions cut it off with a warning.
public struct PropertySource: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case bytes([UInt8])
    /// The phandle of a node, in a cell.
    case phandle(Reference)
    /// The path of a node, as a string.
    case path(Reference)
    /// `/incbin/`: bytes of a file, to its end without a size.
    case file(String, offset: UInt64, size: UInt64?)
  }

  /// `&label` or `&{/path}`, and `&{label/path}`.
  struct Reference: Hashable, Sendable {
    var text: String
  }

  let parts: [Part]

  init(parts: [Part]) { self.parts = parts }

  /// What `/incbin/` takes of a file; nil when the file is too short.
  static func bytes(of file: [UInt8], _ offset: UInt64, _ size: UInt64?) -> ArraySlice<UInt8>? {
    let (end, overflow) = offset.addingReportingOverflow(size ?? 0)
    guard !overflow, end <= file.count else { return nil }
    return file[Int(offset)..<(size == nil ? file.count : Int(end))]
  }

  /// Whether a text begins like source: anything else may be meant as the text it is.
  public static func isSource(_ text: some StringProtocol) -> Bool {
    let text = text.drop { $0.isWhitespace }
    return text.first.map { "\"<[&".contains($0) } ?? false
      || ["/bits/", "/incbin/"].contains(where: text.hasPrefix)
  }

  /// A string as it stands.
  public init(string: some StringProtocol) { parts = [.bytes(PropertyValue.string(string).bytes)] }

  /// Reads a value; a text without anything in it is a value without bytes.
  public init(parsing text: some StringProtocol) throws(PropertySourceError) {
    var parser = PropertySourceParser(SourceScanner(text.utf8))
    parts = try parser.value()
  }
}

/// Why a text is not a property's value.
public struct PropertySourceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The byte of the text where that shows.
  public var offset: Int
  /// What is wrong there.
  public var reason: Reason

  /// An error at a byte of the text.
  public init(offset: Int, reason: Reason) { (self.offset, self.reason) = (offset, reason) }

  /// What is wrong with a value.
  public enum Reason: Hashable, Sendable {
    /// Something else where this belongs.
    case expected(String)
    case afterTheEnd
    case unclosedString
    case unclosedComment
    /// `\x` without a hexadecimal digit.
    case escape
    case character
    /// A number with digits that are none in its base, or letters behind it.
    case number(String)
    /// A number beyond 64 bits.
    case numberTooLarge(String)
    case doesNotFit(bits: Int)
    case elementSize
    /// References stand for 32-bit cells only.
    case referenceSize
    case divisionByZero
    case tooDeep
  }

  /// `byte OFFSET: REASON`.
  public var description: String { "byte \(offset): \(reason)" }
}

extension PropertySourceError.Reason: CustomStringConvertible {
  /// The reason in words, without the place.
  public var description: String {
    switch self {
    case .expected(let what): "\(what) is missing"
    case .afterTheEnd: "a comma, or the end of the value, is missing"
    case .unclosedString: "a string without an end"
    case .unclosedComment: "a comment without an end"
    case .escape: "\\x without a hexadecimal digit"
    case .character: "a character literal is one character in single quotes"
    case .number(let text): "'\(text)' is not a number"
    case .numberTooLarge(let text): "\(text) has more than 64 bits"
    case .doesNotFit(let bits): "the number does not fit \(bits) bits"
    case .elementSize: "elements of arrays have 8, 16, 32 or 64 bits"
    case .referenceSize: "references are 32 bits wide"
    case .divisionByZero: "division by zero"
    case .tooDeep: "an expression nested too deeply"
    }
  }
}

/// Why a reference or a file of a value has no bytes.
public enum PropertyReferenceError: Error, Hashable, Sendable, CustomStringConvertible {
  case noLabel(String)
  case noNode(String)
  case noPhandleLeft
  case fileTooShort(String, size: Int)

  /// A message that names the label, path or file.
  public var description: String {
    switch self {
    case .noLabel(let label): "the tree has neither a label nor an alias \(label)"
    case .noNode(let path): "there is no node \(path)"
    case .noPhandleLeft: "no phandle is free"
    case .fileTooShort(let file, let size): "\(file) has only \(size) bytes"
    }
  }
}

extension DeviceTree {
  /// The bytes of a value in this tree. A node that is referred to by its phandle gets one when it
  /// has none, the lowest that is free.
  /// - Parameters:
  ///   - source: the value as text has it.
  ///   - labels: labels besides those of `__symbols__`.
  ///   - read: gives the bytes of a file by its name.
  public mutating func value(
    of source: PropertySource, labels: Labels = [:], reading read: (String) throws -> [UInt8]
  ) throws -> PropertyValue {
    var value = PropertyValue.empty
    for part in source.parts {
      switch part {
      case .bytes(let bytes): value.bytes += bytes
      case .phandle(let reference): value.append(try phandle(of: position(of: reference, labels)))
      case .path(let reference):
        value.append(string: path(of: try position(of: reference, labels)) ?? "/")
      case .file(let name, let offset, let size):
        let file = try read(name)
        guard let bytes = PropertySource.bytes(of: file, offset, size) else {
          throw PropertyReferenceError.fileTooShort(name, size: file.count)
        }
        value.bytes += bytes
      }
    }
    return value
  }

  private func position(
    of reference: PropertySource.Reference, _ labels: Labels
  ) throws(PropertyReferenceError) -> NodePosition {
    var path = reference.text[...]
    if path.first != "/" {
      let label = path.prefix { $0 != "/" }
      let name = String(label)
      if let target = root.child(named: Self.symbolsName)?[name]?.string ?? labels[name] {
        path = target + path.dropFirst(label.count)
      } else if position(of: label) == nil {
        throw .noLabel(String(label))
      }
    }
    guard let position = position(of: path) else { throw .noNode(String(path)) }
    return position
  }

  private mutating func phandle(
    of position: NodePosition
  ) throws(PropertyReferenceError) -> UInt32 {
    if let phandle = self[position]?.phandle { return phandle }
    var free = FreePhandles(in: self)
    guard let phandle = free.take() else { throw .noPhandleLeft }
    update(position) { $0["phandle"] = .cell(phandle) }
    return phandle
  }
}
