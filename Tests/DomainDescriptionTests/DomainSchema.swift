@testable import DomainDescription
import Foundation

/// The grammar of domains (RELAX NG), as far as names of elements and attributes go.
struct DomainSchema {
  private var definitions: [String: [XMLElement]] = [:]
  private var start: XMLElement?

  init(folder: String) throws { try load("domain.rng", in: folder) }

  private mutating func load(_ file: String, in folder: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(file)")))
    for element in try XMLReader.elements(bytes).flatMap(\.children) {
      switch element.name {
      case "include": try load(element["href"] ?? "", in: folder)
      case "define": definitions[element["name"] ?? "", default: []].append(element)
      case "start" where start == nil: start = element
      default: break
      }
    }
  }

  private struct Names {
    var attributes: Set<String> = []
    /// Patterns of each child, which may be declared at several places.
    var children: [String: [XMLElement]] = [:]
  }

  /// Names of attributes and children in a pattern.
  private func names(in pattern: XMLElement, _ names: inout Names, _ seen: inout Set<String>) {
    for part in pattern.children {
      switch part.name {
      case "ref":
        let name = part["name"] ?? ""
        guard seen.insert(name).inserted else { continue }
        for definition in definitions[name] ?? [] { self.names(in: definition, &names, &seen) }
      case "element":
        for name in Self.names(of: part) { names.children[name, default: []].append(part) }
      case "attribute": names.attributes.formUnion(Self.names(of: part))
      default: self.names(in: part, &names, &seen)
      }
    }
  }

  /// The names a pattern has: one, or a choice. Those of another namespace have its prefix; a pattern
  /// for any name has none.
  private static func names(of pattern: XMLElement) -> [String] {
    let names =
      pattern["name"].map { [$0] }
      ?? (pattern.children("name") + pattern.children("choice").flatMap { $0.children("name") })
      .map(\.text)
    guard let namespace = pattern["ns"] else { return names }
    // http://libvirt.org/schemas/domain/qemu/1.0
    let prefix = namespace.split(separator: "/").dropLast().last ?? ""
    return names.map { "\(prefix):\($0)" }
  }

  /// Paths below `<domain>`; within an element only where `isRead` says so.
  func paths(isRead: (String) -> Bool) -> [String] {
    guard let start else { return [] }
    var (top, seen) = (Names(), Set<String>())
    names(in: start, &top, &seen)
    var found: [String] = []
    func visit(_ patterns: [XMLElement], _ path: String) {
      var (within, seen) = (Names(), Set<String>())
      for pattern in patterns { names(in: pattern, &within, &seen) }
      found += within.attributes.sorted().map { "\(path)@\($0)" }
      for (name, patterns) in within.children.sorted(by: { $0.key < $1.key }) {
        let child = path.isEmpty ? name : "\(path)/\(name)"
        found.append(child)
        if isRead(child) { visit(patterns, child) }
      }
    }
    visit(top.children["domain"] ?? [], "")
    return found
  }
}
