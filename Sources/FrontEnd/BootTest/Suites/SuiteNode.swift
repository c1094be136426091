import Yams

/// The members of a mapping whose keys are fixed.
struct SuiteFields {
  fileprivate let mapping: SuiteMapping
  fileprivate var values: [String: SuiteNode] = [:]

  var isEmpty: Bool { values.isEmpty }
  subscript(_ key: String) -> SuiteNode? { values[key] }

  /// A member that ``SuiteKey/isRequired``.
  func required(_ key: String) -> SuiteNode {
    guard let node = values[key] else { preconditionFailure("'\(key)' is not declared required") }
    return node
  }

  /// A number in the range that its key declares; nil when it is not there.
  func integer(_ key: String) throws(SuiteError) -> Int? {
    guard case .number(let range)? = mapping.keys.first(where: { $0.name == key })?.value else {
      preconditionFailure("'\(key)' is not declared as a number")
    }
    return try values[key]?.integer(in: range)
  }
}

/// A node of a suite file with its place, so that errors name file, line and key.
struct SuiteNode {
  let node: Node
  let file: String
  /// The keys of the path to the node: `tests.debian.expect`.
  let path: String

  init(text: String, file: String) throws(SuiteError) {
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw SuiteError(file, nil, "the file is empty")
      }
      (self.node, self.file, path) = (node, file, "")
    } catch let error as SuiteError {
      throw error
    } catch {
      let line = Self.line(of: error)
      throw SuiteError(
        file, line,
        Self.hasTab(text, line) ? "a tab: YAML indents with blanks only" : Self.problem(of: error))
    }
  }

  private init(_ node: Node, _ file: String, _ path: String) {
    (self.node, self.file, self.path) = (node, file, path)
  }

  /// Its place; nil in a text without a file.
  var place: SuitePlace? {
    guard !file.isEmpty, let line = node.mark?.line else { return nil }
    return SuitePlace(file: file, line: line)
  }

  func error(_ message: String) -> SuiteError {
    SuiteError(file, node.mark?.line, path.isEmpty ? message : "\(path): \(message)")
  }

  private func child(_ node: Node, _ key: String) -> SuiteNode {
    SuiteNode(node, file, path.isEmpty ? key : "\(path).\(key)")
  }

  // MARK: kinds

  /// The members of a mapping, in file order.
  func members() throws(SuiteError) -> [(key: String, value: SuiteNode)] {
    guard let mapping = node.mapping else { throw error("must be a mapping (key: value)") }
    var members: [(key: String, value: SuiteNode)] = []
    for (key, value) in mapping {
      guard let name = key.scalar?.string else { throw error("a key must be a text") }
      members.append((name, child(value, name)))
    }
    return members
  }

  /// The members of a mapping whose keys are fixed; those that it must have are there.
  func fields(_ mapping: SuiteMapping) throws(SuiteError) -> SuiteFields {
    let known = mapping.keys.map(\.name)
    var fields = SuiteFields(mapping: mapping)
    for (key, value) in try members() {
      guard known.contains(key) else {
        throw value.error("unknown key; known are \(known.joined(separator: ", "))")
      }
      fields.values[key] = value
    }
    for key in mapping.keys where key.isRequired && fields[key.name] == nil {
      throw error("'\(key.name)' is missing")
    }
    return fields
  }

  var isList: Bool { node.sequence != nil }
  var isMapping: Bool { node.mapping != nil }

  func items() throws(SuiteError) -> [SuiteNode] {
    guard let sequence = node.sequence else { throw error("must be a list") }
    return sequence.enumerated().map { child($0.element, "\($0.offset + 1)") }
  }

  func text() throws(SuiteError) -> String {
    guard let scalar = node.scalar else { throw error("must be a text") }
    return scalar.string
  }

  func texts() throws(SuiteError) -> [String] {
    var texts: [String] = []
    for item in try items() { texts.append(try item.text()) }
    return texts
  }

  func integer(in range: ClosedRange<Int>) throws(SuiteError) -> Int {
    guard let value = Int(try text()), range.contains(value) else {
      throw error("must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// One of the words of a type.
  func word<Word: RawRepresentable & CaseIterable>(
    _ type: Word.Type
  ) throws(SuiteError) -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: try text()) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw error("must be one of \(known)")
    }
    return word
  }

  func boolean() throws(SuiteError) -> Bool {
    switch try text() {
    case "true": return true
    case "false": return false
    default: throw error("must be true or false")
    }
  }

  func seconds() throws(SuiteError) -> Double {
    guard let value = Double(try text()), value > 0, value < 1e6 else {
      throw error("must be a number of seconds")
    }
    return value
  }

  // MARK: the parser's errors

  private static func line(of error: any Error) -> Int? {
    switch error as? YamlError {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    case .duplicatedKeysInMapping(_, let context): context.mark.line
    default: nil
    }
  }

  /// Whether a tab precedes the first word of a line, which the parser reports with other words.
  private static func hasTab(_ text: String, _ line: Int?) -> Bool {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let line, lines.indices.contains(line - 1) else { return false }
    return lines[line - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
  }

  private static func problem(of error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
      .composer(_, let problem, _, _):
      problem
    // Not the parser's own text, which quotes the characters.
    case .reader(let problem, _, _, _): "not a text file: \(problem)"
    case .duplicatedKeysInMapping(let keys, _):
      "the key \(keys.map { "'\($0)'" }.joined(separator: ", ")) stands there twice"
    default: "\(error)"
    }
  }
}
