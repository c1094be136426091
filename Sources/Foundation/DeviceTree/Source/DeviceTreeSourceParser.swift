/// Reads device tree source as dtc's grammar has it.
struct DeviceTreeSourceParser {
  private var scanner: SourceScanner
  let root = SourceNode("")
  private(set) var labels: [String: SourceNode] = [:]
  private(set) var reservations: [DeviceTree.Reservation] = []
  private var hasRoot = false
  /// Pairs of braces so far.
  private var braces = 0
  /// The bytes that the places of all nodes and properties take, which a reader of blobs bounds.
  private var textSize = 0
  private let largestText: Int

  init(_ text: [UInt8]) {
    scanner = SourceScanner(text)
    largestText = DeviceTree.largestText(size: text.count)
  }

  func error(_ fault: SourceOffsetError) -> DeviceTreeSourceError {
    let (line, column) = scanner.position(of: fault.offset)
    return DeviceTreeSourceError(line: line, column: column, reason: fault.reason)
  }

  /// Reads the whole text.
  mutating func parse() throws(SourceOffsetError) {
    do throws(PropertySourceError) { try scanner.skipSpace() } catch { throw Self.fault(error) }
    try refuseDirective()
    guard try take("/dts-v1/") else { throw expected("/dts-v1/;") }
    try semicolon()
    while try take("/dts-v1/") { try semicolon() }
    try refuse("/plugin/", "dtc -@ compiles overlays")
    try readReservations()
    while try !isAtEnd() { try statement() }
    guard hasRoot else { throw expected("/ {") }
  }

  // MARK: words

  private static func fault(_ error: PropertySourceError) -> SourceOffsetError {
    SourceOffsetError(offset: error.offset, reason: .syntax(error.reason))
  }

  private func fault(_ reason: DeviceTreeSourceError.Reason, at offset: Int? = nil)
    -> SourceOffsetError
  {
    SourceOffsetError(offset: offset ?? scanner.offset, reason: reason)
  }

  private func expected(_ what: String) -> SourceOffsetError {
    fault(.syntax(.expected("'\(what)'")))
  }

  private mutating func isAtEnd() throws(SourceOffsetError) -> Bool {
    do throws(PropertySourceError) { try scanner.skipSpace() } catch { throw Self.fault(error) }
    return scanner.isAtEnd
  }

  private mutating func take(_ word: StaticString) throws(SourceOffsetError) -> Bool {
    do throws(PropertySourceError) { return try scanner.take(word) } catch {
      throw Self.fault(error)
    }
  }

  private mutating func semicolon() throws(SourceOffsetError) {
    guard try take(";") else { throw expected(";") }
  }

  /// What is read elsewhere and not here.
  private mutating func refuse(_ word: StaticString, _ help: String) throws(SourceOffsetError) {
    _ = try isAtEnd()
    let place = scanner.offset
    if try take(word) { throw fault(.unsupported("\(word)", help: help), at: place) }
  }

  private mutating func refuseUnknownWords() throws(SourceOffsetError) {
    try refuse("/include/", "dtc reads more than one file")
    try refuse("/omit-if-no-ref/", "dtc has it")
    try refuse("/plugin/", "dtc -@ compiles overlays")
    try refuseDirective()
  }

  /// `#include` and the like; property names begin with `#`, too.
  private func refuseDirective() throws(SourceOffsetError) {
    var copy = scanner
    guard copy.next == UInt8(ascii: "#") else { return }
    let word = copy.takeName() ?? ""
    let directives = [
      "#include", "#define", "#undef", "#if", "#ifdef", "#ifndef", "#elif", "#else", "#endif",
      "#line", "#error", "#pragma", "#",
    ]
    guard directives.contains(word) else { return }
    // A property may have such a name.
    while copy.next == UInt8(ascii: " ") { copy.skipByte() }
    if [UInt8(ascii: "="), UInt8(ascii: ";")].contains(copy.next) { return }
    throw fault(
      .unsupported("\(word)", help: "run cpp -nostdinc -undef -P -x assembler-with-cpp first"))
  }

  private mutating func takeLabels() throws(SourceOffsetError) -> [(name: String, offset: Int)] {
    var labels: [(String, Int)] = []
    while try !isAtEnd() {
      let start = scanner.offset
      guard let label = scanner.takeLabel() else { break }
      labels.append((label, start))
    }
    return labels
  }

  // MARK: statements

  private mutating func readReservations() throws(SourceOffsetError) {
    while true {
      _ = try takeLabels()
      let place = scanner.offset
      guard try take("/memreserve/") else { return }
      let (address, size): (UInt64, UInt64)
      do throws(PropertySourceError) {
        (address, size) = (try number(), try number())
      } catch { throw Self.fault(error) }
      try semicolon()
      guard size > 0 else { throw fault(.emptyReservation, at: place) }
      reservations.append(.init(address: address, size: size))
    }
  }

  private mutating func number() throws(PropertySourceError) -> UInt64 {
    guard let number = try scanner.primary() else { throw scanner.failure(.expected("a number")) }
    return number
  }

  private mutating func statement() throws(SourceOffsetError) {
    try refuseUnknownWords()
    let labels = try takeLabels()
    if try take("/delete-node/") {
      _ = try isAtEnd()
      let node = try referredNode()
      if node === root { throw expected("a node below the root") }
      node.delete()
      return try semicolon()
    }
    let node: SourceNode
    if scanner.next == UInt8(ascii: "&") {
      node = try referredNode()
    } else {
      guard try take("/") else { throw expected("/ {") }
      (node, hasRoot) = (root, true)
    }
    try add(labels, to: node)
    try body(of: node)
  }

  private mutating func referredNode() throws(SourceOffsetError) -> SourceNode {
    let place = scanner.offset
    guard let reference = scanner.takeReference() else { throw expected("&label") }
    guard hasRoot, let node = reference.node(root, labels) else {
      throw fault(.noSuchNode(reference.text), at: place)
    }
    return node
  }

  private mutating func add(
    _ new: [(name: String, offset: Int)], to node: SourceNode
  ) throws(SourceOffsetError) {
    for (label, place) in new {
      if let other = labels[label], other !== node, other.isAttached {
        throw fault(.duplicateLabel(label), at: place)
      }
      if node.add(label: label) { labels[label] = node }
    }
  }

  /// From the opening brace to the semicolon behind the closing one.
  private mutating func body(of node: SourceNode) throws(SourceOffsetError) {
    guard try take("{") else { throw expected("{") }
    braces += 1
    let own = braces
    var hasChildren = false
    while try !take("}") {
      try refuseUnknownWords()
      if try take("/delete-property/") {
        let (name, place) = try name()
        if node[name]?.braces == own { throw fault(.deletedInSameBody(name), at: place) }
        node.delete(property: name)
        try semicolon()
        continue
      }
      if try take("/delete-node/") {
        hasChildren = true
        let (name, place) = try name()
        if let child = node.child(name) {
          if child.braces == own { throw fault(.deletedInSameBody(name), at: place) }
          child.delete()
        }
        try semicolon()
        continue
      }
      let labels = try takeLabels()
      let (name, place) = try name()
      _ = try isAtEnd()
      if scanner.next == UInt8(ascii: "{") {
        hasChildren = true
        let child = try child(name, of: node, own, place)
        try add(labels, to: child)
        try body(of: child)
      } else {
        // Labels of properties name places that a tree does not keep.
        if hasChildren { throw fault(.propertyAfterNode, at: place) }
        try property(name, of: node, own, place)
      }
    }
    try semicolon()
  }

  private mutating func name() throws(SourceOffsetError) -> (String, Int) {
    _ = try isAtEnd()
    let place = scanner.offset
    guard let name = scanner.takeName() else {
      throw fault(.syntax(.expected("'}', or the name of a node or property,")))
    }
    guard name.utf8.count <= DeviceTree.longestName else { throw fault(.longName, at: place) }
    return (name, place)
  }

  private mutating func child(
    _ name: String, of node: SourceNode, _ own: Int, _ place: Int
  ) throws(SourceOffsetError) -> SourceNode {
    if let known = node.child(name) {
      if known.braces == own { throw fault(.duplicateNode(name), at: place) }
      known.braces = own
      return known
    }
    guard name.utf8.count(where: { $0 == UInt8(ascii: "@") }) < 2 else {
      throw fault(.severalUnitAddresses(name), at: place)
    }
    guard node.depth < DeviceTree.deepestNesting - 1 else { throw fault(.tooDeep, at: place) }
    let child = node.addChild(name)
    child.braces = own
    guard child.pathLength <= DeviceTree.longestPath else { throw fault(.longPath, at: place) }
    try addText(child.pathLength, place)
    return child
  }

  private mutating func addText(_ count: Int, _ place: Int) throws(SourceOffsetError) {
    textSize += count
    guard textSize <= largestText else { throw fault(.muchText, at: place) }
  }

  private mutating func property(
    _ name: String, of node: SourceNode, _ own: Int, _ place: Int
  ) throws(SourceOffsetError) {
    if node[name]?.braces == own { throw fault(.duplicateProperty(name), at: place) }
    var value = PropertySource(parts: [])
    if try take("=") {
      var parser = PropertySourceParser(scanner)
      do throws(PropertySourceError) {
        value = PropertySource(parts: try parser.sequence())
      } catch { throw Self.fault(error) }
      scanner = parser.scanner
    }
    guard try take(";") else { throw expected(value.parts.isEmpty ? "=' or ';" : ";") }
    try addText(node.pathLength + name.utf8.count, place)
    node.set(SourceProperty(name: name, value: value, offset: place, braces: own))
  }
}
