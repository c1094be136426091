/// Elements and attributes of a domain with the same treatment: a row of the table for
/// everything libvirt's schema has.
public struct DomainElement: Sendable {
  /// How an element or attribute is treated.
  public enum Treatment: String, CaseIterable, Sendable {
    /// The machine is as it says, or the domain is refused.
    case honoured
    /// It makes no difference to a guest.
    case ignored
    /// This machine has no such thing.
    case missing = "left out"
    case refused
  }

  /// How these are treated.
  public let treatment: Treatment
  /// Paths below `<domain>`, attributes behind `@`: `os/type@machine`. Braces hold alternatives, and
  /// `@*` is every attribute that no other row has. What is within an element that is not honoured is
  /// treated as the element is.
  public let names: [String]
  /// How it is treated, or why it is not.
  public let text: String

  init(_ treatment: Treatment, _ names: String, _ text: String) {
    self.treatment = treatment
    self.names = names.split(separator: " ").map(String.init)
    self.text = text
  }

  /// ``names`` without braces.
  var paths: [String] { names.flatMap(Self.expanded) }

  private static func expanded(_ name: String) -> [String] {
    guard let open = name.firstIndex(of: "{"), let close = name.firstIndex(of: "}"), open < close
    else { return [name] }
    let rest = expanded(String(name[name.index(after: close)...]))
    return name[name.index(after: open)..<close].split(separator: ",").flatMap { choice in
      rest.map { name[..<open] + choice + $0 }
    }
  }

  private static let byPath = Dictionary(
    all.flatMap { row in row.paths.map { ($0, row) } }, uniquingKeysWith: { first, _ in first })

  /// The row of an element, `os/type`, or an attribute, `os/type@machine`; nil when there is none.
  public static func row(of path: String) -> DomainElement? {
    if let row = byPath[path] { return row }
    guard let at = path.lastIndex(of: "@") else { return nil }
    return byPath[path[..<at] + "@*"]
  }

  /// The table as documentation has it.
  public static var markdown: String {
    (["| elements | treatment | |", "| --- | --- | --- |"]
      + all.map { row in
        let names = row.names.map { "`\($0)`" }.joined(separator: ", ")
        return "| \(names) | \(row.treatment.rawValue) | \(row.text) |"
      }).joined(separator: "\n") + "\n"
  }
}

/// A walk over everything that a domain holds, so that nothing is dropped in silence.
struct DomainWalk {
  /// What was met of one row, or of none.
  private struct Finding {
    var line: Int
    var names: [String]
  }
  private var found: [(title: String, finding: Finding)] = []
  /// Devices of which this machine has one.
  private static let single = [
    "devices/console", "devices/rng", "devices/memballoon", "devices/tpm",
  ]
  /// More names than a line should have.
  private static let mostNames = 16

  init(_ domain: XMLCursor) throws(DomainError) { try visit(domain, at: "") }

  private mutating func visit(_ element: XMLCursor, at path: String) throws(DomainError) {
    for attribute in element.element.attributes
    where attribute.name != "xmlns" && !attribute.name.hasPrefix("xmlns:") {
      let name = "\(path)@\(attribute.name)"
      _ = try note(name, element, DomainElement.row(of: name))
    }
    var taken: Set<String> = []
    for child in element.children() {
      let name = path.isEmpty ? child.name : "\(path)/\(child.name)"
      let isSingle = Self.single.contains(name) && !child.isVirtIOTerminal
      let isLeftOut = child.isLeftOut || isSingle && taken.contains(name)
      // The first console counts although it is left out.
      if !child.isLeftOut || name == "devices/console" { taken.insert(name) }
      let row = isLeftOut ? .otherDevices : DomainElement.row(of: name)
      if child.asksForNothing { continue }
      if try note(name, child, row) { try visit(child, at: name) }
    }
  }

  /// - Returns: whether the elements within are treated by rows of their own.
  private mutating func note(
    _ name: String, _ element: XMLCursor, _ row: DomainElement?
  ) throws(DomainError) -> Bool {
    let title: String
    switch row?.treatment {
    case .honoured: return true
    case .refused: throw element.error(row?.text ?? "")
    case .ignored: title = "ignored, \(row?.text ?? "")"
    case .missing: title = "left out, \(row?.text ?? "")"
    case nil: title = "unknown, and ignored"
    }
    let line = element.element.line
    let text = "\(name) (line \(line))"
    if let index = found.firstIndex(where: { $0.title == title }) {
      found[index].finding.names.append(text)
    } else {
      found.append((title, Finding(line: line, names: [text])))
    }
    return false
  }

  var notes: [Note] {
    found.map { title, finding in
      let more = finding.names.count - Self.mostNames
      let list = finding.names.prefix(Self.mostNames).joined(separator: ", ")
      return Note(
        line: finding.line,
        text: "<domain>: \(title): \(list)" + (more > 0 ? " and \(more) more" : ""))
    }
  }
}

extension XMLCursor {
  /// A device that is said not to be there.
  var asksForNothing: Bool {
    guard path.hasPrefix("domain/devices/") else { return false }
    return [self["model"], self["type"], child("model")?["type"]].contains("none")
  }

  /// A device of a kind that this machine has, but on another bus or of another model.
  fileprivate var isLeftOut: Bool {
    switch path {
    case "domain/devices/serial": !isTerminal
    case "domain/devices/console": !isTerminal && !isVirtIOTerminal
    case "domain/devices/channel": !isVirtIOChannel
    case "domain/devices/tpm": !isVirtualTPM
    case "domain/devices/panic": self["model"] ?? "pseries" != "pseries"
    case "domain/devices/rng", "domain/devices/memballoon": !isModernVirtIO
    case "domain/devices/controller":
      switch self["type"] ?? "scsi" {
      case "scsi":
        !["ibmvscsi", "virtio-scsi", "virtio-non-transitional"].contains(
          self["model"] ?? "ibmvscsi")
      case "pci": self["model"] ?? "pci-root" != "pci-root"
      default: true
      }
    default: false
    }
  }
}
