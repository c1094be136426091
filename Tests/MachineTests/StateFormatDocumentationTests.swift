import Foundation
import MachineDescription
import MigrationCompatibility
import PowerISA
import SavedState
import Testing

@testable import Machine

/// The format's documentation has every section, version, field and type, and no others.
@Suite struct StateFormatDocumentationTests {
  private struct Section: Equatable {
    var version: UInt32
    /// Types by the keys on the way to a field, with dots between them.
    var fields: [String: String] = [:]
    /// Fields of later versions, which no file here need have.
    var later: Set<String> = []
  }

  /// The tables of the page.
  private static func documented() throws -> [String: Section] {
    let page = try StateFileGuest.contents(
      "../../Sources/Documentation.docc/SavedStateFormat.md")
    var sections: [String: Section] = [:]
    var current = ""
    for line in String(decoding: page, as: UTF8.self).split(separator: "\n") {
      let quoted = line.split(separator: "`", omittingEmptySubsequences: false)
      if line.hasPrefix("### `"), let version = line.split(separator: " ").dropFirst(3).first {
        current = String(quoted[1])
        sections[current] = Section(version: try #require(UInt32(version)))
      } else if line.hasPrefix("##") {
        current = ""
      } else if !current.isEmpty, line.hasPrefix("| `") {
        let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
        sections[current]?.fields[cells[0]] = cells[1]
        if cells[2].hasPrefix("since") { sections[current]?.later.insert(cells[0]) }
      }
    }
    return sections
  }

  private static func name(_ type: FieldType?) -> String {
    guard let type else { return "?" }
    let names = ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64"]
    switch type {
    case .boolean: return "bool"
    case .text: return "text"
    case .group: return "group"
    case .list: return "list"
    default:
      let name = names[Int(type.rawValue & 0x7F) - 1]
      return type.rawValue & 0x80 == 0 ? name : name + "[]"
    }
  }

  /// Adds the fields of a payload; elements of lists have no keys of their own.
  private static func add(
    _ payload: ArraySlice<UInt8>, _ path: String, _ fields: inout [String: String]
  ) {
    var rest = payload
    while let field = SavedField(takenFrom: &rest) {
      let key = path + field.name
      fields[key] = name(field.type)
      if field.type == .group { add(field.content, key + ".", &fields) }
      guard field.type == .list else { continue }
      var elements = field.content
      while let element = SavedField(takenFrom: &elements) {
        add(element.content, key + ".", &fields)
      }
    }
  }

  /// A machine with everything that few machines have.
  private static func special() throws -> [UInt8] {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 2), memory: 512 << 20)
    description.numaNodes = [
      .init(memory: 256 << 20, processors: [0...0], distances: [1: 40]),
      .init(memory: 256 << 20, processors: [1...1], distances: [0: 40]),
    ]
    description.devices.clockSource = .vm
    description.hasPerformanceMonitor = false
    description.initrd = .init(address: 1 << 20, size: 1)
    description.kernel = .init(address: 2 << 20, size: 1)
    description.rtasAddress = 3 << 20
    description.identity.systemID = "a"
    description.identity.name = "b"
    description.identity.model = "c"
    description.identity.hostModel = "d"
    description.identity.hostSerial = "e"
    let unit = SCSIDevice(.disk, target: 0, serial: "g")
    description.devices.pci = [
      PCIDevice(.block(PCIDevice.Disk(serial: "f")), number: 1),
      PCIDevice(.scsi(PCIDevice.SCSIHost(units: [unit])), number: 2),
      PCIDevice(.network(PCIDevice.Network(address: .init(rawValue: 2), queues: 2)), number: 3),
      PCIDevice(.share(PCIDevice.Share(tag: "h")), number: 4),
    ]
    description.devices.scsiAdapters = [VIODevice(.scsi([unit]), at: 0x7100_0005)]
    let card = PCIDevice.Network(address: .init(rawValue: 4))
    description.devices.logicalLANs = [VIODevice(.network(card), at: 0x7100_0006)]
    var bytes: [UInt8] = []
    var writer = try StateWriter { bytes += $0 }
    try StateHead(
      description: description, isDeterministic: true, level: .power8, capabilities: nil
    ).write(to: &writer)
    try writer.finish()
    return bytes
  }

  /// The keys of the sections that the sources declare.
  private static func declared() throws -> Set<String> {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources")
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var keys: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /\bstatic let \w+ = StateSection\("([^"]+)"/) {
        keys.insert(String(match.output.1))
      }
    }
    return keys
  }

  /// Readers leave out an optional section that ``StateSection/all`` lacks, and the comparison with the
  /// page does not see it.
  @Test func everySectionIsListed() throws {
    let listed = Set(StateSection.all.map(\.key)).union(["end"])
    for key in try Self.declared().symmetricDifference(listed).sorted() {
      Issue.record("section \(key) is not both declared and in StateSection.all")
    }
  }

  @Test func thePageHasEveryField() throws {
    var found: [String: [String: String]] = [:]
    let files = try StateFileGuest.allCases.map {
      try StateFileGuest.contents("format-2-\($0.rawValue).state")
    }
    for state in files + [try Self.special()] {
      var reader = try StateReader(from: StateReader.source(of: state))
      while let section = try reader.next() {
        let isStorage = ["mem", "hpt", "hptnew"].contains(section.key)
        Self.add(isStorage ? [] : section.payload[...], "", &found[section.key, default: [:]])
      }
    }
    let documented = try Self.documented()
    #expect(
      documented.mapValues(\.version)
        == Dictionary(uniqueKeysWithValues: StateSection.all.map { ($0.key, $0.version) }))
    // No guest here sets properties of its tree.
    let rare = Set(["set.path", "set.name", "set.value"])
    for (key, section) in documented {
      let fields = found[key] ?? [:]
      let absent = rare.union(section.later).subtracting(fields.keys)
      #expect(section.fields.filter { !absent.contains($0.key) } == fields, "section \(key)")
    }
    for key in documented.keys.flatMap({ [$0] + (found[$0] ?? [:]).keys }) {
      #expect(
        key.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789.".utf8.contains($0) }
          && key.split(separator: ".").allSatisfy { $0.utf8.count <= 16 }, "\(key)")
    }
  }
}
