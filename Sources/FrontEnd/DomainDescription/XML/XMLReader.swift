internal import CExpat

/// Why a document cannot be read, and where.
struct XMLError: Error, Hashable, Sendable {
  var line: Int
  var reason: String
}

/// Reads small documents from anywhere.
///
/// There are no entities beyond the five of XML itself, because a document type is refused; so
/// nothing is fetched and nothing grows. What is built is bounded by ``Limits``.
struct XMLReader {
  enum Limits {
    static let bytes = 1 << 20
    static let depth = 32
    static let elements = 20_000
  }

  /// The elements at the top of `bytes`: one in a document, several in a list of fragments.
  static func elements(_ bytes: [UInt8]) throws(XMLError) -> [XMLElement] {
    guard bytes.count <= Limits.bytes else {
      throw XMLError(line: 1, reason: "the file is larger than \(Limits.bytes >> 20) MiB")
    }
    let builder = XMLBuilder()
    guard let parser = XML_ParserCreate(nil) else {
      throw XMLError(line: 1, reason: "no memory for a parser")
    }
    defer { XML_ParserFree(parser) }
    builder.parser = parser
    // Safety: the parser, and with it the pointer, is gone before `builder` is.
    XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
    setHandlers(parser)
    return try withExtendedLifetime(builder) { () throws(XMLError) in
      try read(fragments(bytes), parser, builder)
      return builder.top
    }
  }

  /// `bytes` within an element that lets several stand side by side; a declaration goes before it.
  private static func fragments(_ bytes: [UInt8]) -> [[UInt8]] {
    var (head, rest) = ([UInt8](), bytes[...])
    if rest.starts(with: Array("<?xml".utf8)), let end = rest.firstRange(of: Array("?>".utf8)) {
      head = Array(rest[..<end.upperBound])
      rest = rest[end.upperBound...]
    }
    return [head, Array("<fragments>".utf8), Array(rest), Array("</fragments>".utf8)]
  }

  private static func read(
    _ pieces: [[UInt8]], _ parser: XML_Parser, _ builder: XMLBuilder
  ) throws(XMLError) {
    for (index, piece) in pieces.enumerated() {
      let isLast: Int32 = index == pieces.count - 1 ? 1 : 0
      let status = piece.withUnsafeBytes { buffer in
        // The size is at most the limit.
        XML_Parse(
          parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count),
          isLast)
      }
      guard status != XML_STATUS_OK else { continue }
      if let error = builder.error { throw error }
      let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) }
      throw XMLError(line: builder.line, reason: reason ?? "not well-formed")
    }
  }

  private static func setHandlers(_ parser: XML_Parser) {
    XML_SetElementHandler(
      parser,
      { builder, name, attributes in
        guard let builder, let name else { return }
        XMLBuilder.of(builder).start(String(cString: name), attributes)
      },
      { builder, _ in
        guard let builder else { return }
        XMLBuilder.of(builder).end()
      })
    XML_SetCharacterDataHandler(parser) { builder, text, count in
      guard let builder, let text, count > 0 else { return }
      let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
      XMLBuilder.of(builder).add(String(decoding: bytes, as: UTF8.self))
    }
    XML_SetStartDoctypeDeclHandler(parser) { builder, _, _, _, _ in
      guard let builder else { return }
      XMLBuilder.of(builder).stop("a document type is not accepted")
    }
  }
}

/// What the parser's callbacks build.
private final class XMLBuilder {
  var top: [XMLElement] = []
  var error: XMLError?
  var parser: XML_Parser?
  private var open: [XMLElement] = []
  private var count = 0

  static func of(_ pointer: UnsafeMutableRawPointer) -> XMLBuilder {
    Unmanaged<XMLBuilder>.fromOpaque(pointer).takeUnretainedValue()
  }

  var line: Int { parser.map { Int(clamping: XML_GetCurrentLineNumber($0)) } ?? 1 }

  /// - Parameter list: names and values in turn, ended by nil.
  func start(_ name: String, _ list: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
    // After a stop the parser may still deliver the end of an empty element.
    guard error == nil else { return }
    count += 1
    if count > XMLReader.Limits.elements { return stop("more elements than any domain has") }
    if open.count > XMLReader.Limits.depth { return stop("elements are nested too deeply") }
    var element = XMLElement(name: name, line: line)
    var next = 0
    while let list, let name = list[next], let value = list[next + 1] {
      element.attributes.append(
        .init(name: String(cString: name), value: String(cString: value)))
      next += 2
    }
    open.append(element)
  }

  func end() {
    guard error == nil, var element = open.popLast() else { return }
    element.text = element.text.trimmed
    if open.isEmpty { return top = element.children }
    open[open.count - 1].children.append(element)
  }

  func add(_ text: String) {
    guard error == nil, !open.isEmpty else { return }
    open[open.count - 1].text += text
  }

  func stop(_ reason: String) {
    error = XMLError(line: line, reason: reason)
    if let parser { _ = XML_StopParser(parser, 0) }
  }
}

extension String {
  /// Without white space at its ends.
  var trimmed: String {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
