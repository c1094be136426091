internal import HostSupport
package import Machine
package import PowerCPU
package import PowerISA

/// The instructions of a program by the version of the ISA that brought them, with their places: those that it
/// executed, or those that are in its file.
package struct ProgramAudit {
  /// A place with an instruction.
  package struct Place: Equatable {
    /// Its address: in the process, or in the file when nothing was executed.
    package var address: UInt64
    /// nil for code that is in no known file.
    package var code: CodePlace?
    package var text: String
    /// How often it was executed; 0 when that was not counted for each place.
    package var count: UInt64
  }

  /// All of one kind.
  package struct Kind {
    /// The base mnemonic, and the register of a move.
    package var name: String
    package var comparison: LevelComparison
    /// How often it was executed; for a file, its places.
    package var count: UInt64
    package var places: [Place]

    /// The version that brought it.
    package var version: ISALevel { comparison.since }
    /// The oldest level that has it.
    package var needs: CompatibilityLevel? { comparison.earliest }

    /// Whether a level has it, or another in its place.
    package func isThere(at level: CompatibilityLevel) -> Bool { comparison[level] != .absent }
  }

  /// What a file needs.
  package struct File: Equatable {
    package var path: String
    package var needs: CompatibilityLevel?
    /// Kinds of instructions after ``ProgramAudit/sitesSince`` in it.
    package var kinds: Int
  }

  /// By version, the newest first, then by name.
  package private(set) var kinds: [Kind]
  /// Whether they were executed, not only there.
  package let isExecuted: Bool

  /// The oldest version of which each place is known; of older ones the first place is.
  package static let sitesSince = ISALevel.v2_06

  /// The options of the audit of a guest.
  package static var options: ISAAudit.Options {
    var options = ISAAudit.Options()
    options.sitesSince = sitesSince
    options.ignoredPages = AgentImages.pages
    return options
  }

  package init(kinds: [Kind], isExecuted: Bool) {
    self.isExecuted = isExecuted
    self.kinds = kinds.sorted { ($1.version, $0.name) < ($0.version, $1.name) }
  }

  /// What a guest executed.
  package init(_ report: ISAAuditReport, code: CodeMap) {
    code.learn(report.entries.flatMap { $0.sites.map(\.first) + [$0.first] })
    self.init(
      kinds: report.entries.filter { $0.count > 0 }.map { Kind($0, code) }, isExecuted: true)
  }

  // MARK: answers

  /// The oldest level with the newest of some kinds; it lacks what has been dropped before.
  private static func oldest(_ kinds: [Kind]) -> CompatibilityLevel? {
    kinds.compactMap(\.needs).max()
  }

  /// The oldest level with the newest instruction; nil when there was none. It may lack older ones, which were
  /// dropped: only a file can have both.
  package var needs: CompatibilityLevel? { Self.oldest(kinds) }

  /// What a level lacks; everything for none.
  package func kinds(above level: CompatibilityLevel?) -> [Kind] {
    guard let level else { return kinds }
    return kinds.filter { !$0.isThere(at: level) }
  }

  /// The files that need the newest levels first.
  package var files: [File] {
    var kindsOfFile: [String: [Kind]] = [:]
    for kind in kinds {
      for path in Set(kind.places.map { $0.code?.file ?? Self.unknownFile }) {
        kindsOfFile[path, default: []].append(kind)
      }
    }
    return kindsOfFile.map { path, kinds in
      File(
        path: path, needs: Self.oldest(kinds),
        kinds: kinds.count { $0.version >= Self.sitesSince })
    }.sorted { ($1.needs?.rawValue ?? .max, $0.path) < ($0.needs?.rawValue ?? .max, $1.path) }
  }

  /// In place of a path.
  package static let unknownFile = "(no known file)"
}

extension ProgramAudit.Kind {
  fileprivate init(_ entry: ISAAudit.Entry, _ code: CodeMap) {
    var places: [ProgramAudit.Place] = []
    var known: [Key: Int] = [:]
    for site in entry.sites where site.count > 0 {
      let place = code.place(of: site.first)
      // A library is at other addresses in other processes.
      let key = Key(
        file: place?.file, address: place?.address ?? site.first.address,
        word: site.first.instruction)
      if let index = known[key] {
        places[index].count += site.count
      } else {
        known[key] = places.count
        places.append(ProgramAudit.Place(site.first, place, count: site.count))
      }
    }
    if places.isEmpty {
      places = [ProgramAudit.Place(entry.first, code.place(of: entry.first), count: 0)]
    }
    self.init(
      name: entry.name, comparison: entry.comparison, count: entry.count, places: places)
  }

  private struct Key: Hashable {
    var file: String?
    var address: UInt64
    var word: Instruction
  }
}

extension ProgramAudit.Place {
  fileprivate init(_ occurrence: InstructionOccurrence, _ code: CodePlace?, count: UInt64) {
    self.init(
      address: occurrence.address, code: code, text: occurrence.text.onlySingleBlanks, count: count)
  }
}

extension AgentImages {
  /// The pages of the agent's code, in both byte orders, as the guest has them in memory.
  fileprivate static var pages: Set<[UInt8]> {
    var pages: Set<[UInt8]> = []
    for image in [little, big] {
      guard let program = try? ProgramFile(ProgramBytes(image, name: "the agent")) else { continue }
      for code in program.mappedCode() {
        for start in stride(from: 0, to: code.bytes.count, by: 4096) {
          pages.insert(Array(code.bytes[start..<min(start + 4096, code.bytes.count)]))
        }
      }
    }
    return pages
  }
}
