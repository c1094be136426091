extension CPUDescription {
  /// - Parameter isGuest: whether the element is a domain's; alone it may be a host's as well.
  init(_ cpu: XMLCursor, isGuest: Bool) throws(DomainError) {
    let model = cpu.child("model")
    place = (model ?? cpu).place
    self.model = model.map(\.text).flatMap { $0.isEmpty ? nil : $0 }
    mode = try Self.mode(of: cpu, hasModel: self.model != nil, isGuest)
    if let match = cpu["match"] {
      let valid = Match.allCases.map(\.rawValue)
      self.match = Match(rawValue: try cpu.word(match, "match", of: valid)) ?? .exact
    }
    if let fallback = model?["fallback"], let model {
      // Nothing is ever left out of a model, so there is nothing to fall back to.
      _ = try model.word(fallback, "fallback", of: ["allow", "forbid"])
    }
    vendor = cpu.child("vendor")?.text
    architecture = cpu.child("arch")?.text
    topology = try cpu.child("topology").map { element throws(DomainError) in
      try Topology(element)
    }
    try readFeatures(cpu)
    if let numa = cpu.child("numa") { cells = try Self.cells(of: numa) }
  }

  private static func mode(
    of cpu: XMLCursor, hasModel: Bool, _ isGuest: Bool
  ) throws(DomainError) -> Mode? {
    switch cpu["mode"] {
    case "host-model": return .hostModel
    case "host-passthrough": return .hostPassthrough
    case "custom":
      guard hasModel else { throw cpu.error("mode='custom' needs a <model>") }
      return .custom
    case "maximum":
      throw cpu.error(
        "mode 'maximum' is not for POWER: a guest gets the processor as it is "
          + "('host-passthrough') or at a level ('host-model' with <model>)")
    case nil:
      // A guest's <cpu> may hold no more than its topology.
      let isNamed = hasModel && (isGuest || cpu["match"] != nil)
      return isNamed ? .custom : nil
    case let other?:
      throw cpu.error("mode '\(other)' is none of host-model, host-passthrough, custom")
    }
  }

  private mutating func readFeatures(_ cpu: XMLCursor) throws(DomainError) {
    for feature in cpu.children("feature") {
      let name = feature["name"] ?? ""
      if ["require", "force"].contains(feature["policy"] ?? "require") {
        throw feature.error(
          "feature '\(name)' cannot be asked for: POWER processors have levels, and no features by "
            + "name")
      }
      notes.append(feature.note("'\(name)' is nothing a POWER processor has"))
    }
  }

  private static func cells(of numa: XMLCursor) throws(DomainError) -> [Cell] {
    var cells: [Int: Cell] = [:]
    let elements = numa.children("cell")
    for (position, element) in elements.enumerated() {
      let number = try element.number("id", in: 0...127) ?? position
      guard cells[number] == nil else { throw element.error("there are two cells \(number)") }
      guard let memory = element["memory"] else { throw element.error("it has no memory") }
      cells[number] = Cell(
        processors: try element["cpus"].map { text throws(DomainError) in
          try element.processors(text)
        } ?? [],
        memory: try element.bytes(memory, unit: element["unit"]),
        distances: try element.child("distances").map { distances throws(DomainError) in
          try Self.distances(distances)
        } ?? [:],
        line: element.element.line)
    }
    guard cells.keys.allSatisfy({ $0 < elements.count }) else {
      throw numa.error("cells are not numbered from 0 on")
    }
    return (0..<elements.count).compactMap { cells[$0] }
  }

  /// Distances by node.
  private static func distances(_ list: XMLCursor) throws(DomainError) -> [Int: Int] {
    var distances: [Int: Int] = [:]
    for sibling in list.children("sibling") {
      guard let other = try sibling.number("id", in: 0...127) else {
        throw sibling.error("it has no id")
      }
      guard let value = try sibling.number("value", in: 10...254) else {
        throw sibling.error("it has no value")
      }
      guard distances.updateValue(value, forKey: other) == nil else {
        throw sibling.error("there are two distances to node \(other)")
      }
    }
    return distances
  }
}

extension CPUDescription.Topology {
  init(_ element: XMLCursor) throws(DomainError) {
    for level in ["dies", "clusters"] {
      if let count = try element.number(level, in: 1...2048), count != 1 {
        throw element.error("\(level)='\(count)': a POWER socket holds cores and nothing between")
      }
    }
    sockets = try element.number("sockets", in: 1...2048) ?? 1
    cores = try element.number("cores", in: 1...2048) ?? 1
    threads = try element.number("threads", in: 1...8) ?? 1
  }
}

extension XMLCursor {
  func note(_ text: String) -> Note { Note(line: element.line, text: "<\(path)>: \(text)") }

  var place: CPUDescription.Place { .init(file: file, line: element.line, element: path) }

  /// A list of processors: `0-3,5,^2`.
  func processors(_ text: String) throws(DomainError) -> [ClosedRange<Int>] {
    var wanted: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let piece = String(part).trimmed
      let isTaken = piece.hasPrefix("^")
      let ends = piece.dropFirst(isTaken ? 1 : 0)
        .split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count <= 2 else { throw error("'\(piece)' is no range of processors") }
      let first = try number(String(ends[0]), "processor", in: 0...2047)
      let last = try number(String(ends[ends.count - 1]), "processor", in: first...2047)
      if isTaken { wanted.subtract(first...last) } else { wanted.formUnion(first...last) }
    }
    return wanted.ranges
  }
}

extension Set<Int> {
  /// The members as ranges, in order.
  fileprivate var ranges: [ClosedRange<Int>] {
    sorted().reduce(into: []) { ranges, member in
      if let last = ranges.last, last.upperBound + 1 == member {
        ranges[ranges.count - 1] = last.lowerBound...member
      } else {
        ranges.append(member...member)
      }
    }
  }
}
