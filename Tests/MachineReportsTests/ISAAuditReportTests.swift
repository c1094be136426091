import Foundation
import Machine
import MachineDescription
import MachineReports
import PowerCPU
import PowerISA
import Testing

/// The reports of a machine that has run the built-in guest, which tries instructions of every
/// level in problem state.
@Suite struct ISAAuditReportTests {
  let machine: PowerMachine
  let outcome: MachineOutcome

  init() throws {
    machine = try Self.machine(auditsISA: true)
    outcome = machine.run()
  }

  @Test func theAuditNamesTheLevel() throws {
    let audit = try #require(machine.auditReport)
    #expect(audit.processor == "power9")
    #expect(audit.level == .power8)
    // The guest tries what came with 3.0 and 3.1, and is refused it.
    #expect(audit.isIncomplete)
    #expect(audit.earliest.map { $0 > .power8 } ?? true)
    #expect(!audit.rejectedLacking(at: .power8).isEmpty)
    #expect(audit.rejected.allSatisfy { !$0.isThere(at: .power8) })
    #expect(audit.lacking(at: .power7Plus).allSatisfy { $0.level == .v2_07 })
    #expect(!audit.lacking(at: .power7Plus).isEmpty)
    #expect(audit.levels.map(\.level).max() == .v2_07)
    #expect(audit.levels.reduce(0) { $0 + $1.count } == audit.count)
    let summary = audit.summary.joined(separator: "\n")
    #expect(summary.contains("needs power9: "))
    #expect(!summary.contains("could run at is power8"))
    #expect(!summary.contains("all of them is power8"))
    #expect(summary.contains("what the guest executed at power8"))
  }

  @Test func theAuditIsJSON() throws {
    let audit = try #require(machine.auditReport)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(audit.json.utf8)) as? [String: Any])
    // The names of members are an interface of their own, whatever the properties are called.
    #expect(
      Set(document.keys) == [
        "processor", "level", "count", "levels", "rejected", "rejectedNotKept", "incomplete",
        "earliest", "older", "rows",
      ])
    #expect(document["level"] as? String == "power8")
    let rows = try #require(document["rows"] as? [[String: Any]])
    #expect(rows.count == audit.entries.count)
    let counts = rows.map { $0["count"] as? UInt64 ?? 0 }
    #expect(counts.reduce(0, +) == audit.count)
    #expect(counts.allSatisfy { $0 > 0 })
    for row in rows {
      let first = try #require(row["first"] as? [String: Any])
      #expect((first["address"] as? String)?.hasPrefix("0x") == true)
      #expect(first["processor"] as? Int == 0)
      #expect((first["text"] as? String)?.hasPrefix(row["mnemonic"] as? String ?? "?") == true)
    }
    let earliest = (document["earliest"] as? [String: Any])?["level"] as? String
    #expect(earliest != "power8" && earliest == audit.earliest?.name)
    #expect(document["incomplete"] as? Bool == true)
    let rejected = try #require(document["rejected"] as? [[String: Any]])
    #expect(rejected.count == audit.rejected.count)
    #expect(rejected.allSatisfy { $0["needs"] as? String != "power8" })
  }

  @Test func theReportListsWhatWasRefused() throws {
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(machine.report(outcome).utf8)) as? [String: Any])
    #expect(document["outcome"] as? String == "the guest powered off")
    #expect(document["level"] as? String == "power8")
    let refused = try #require(document["refused"] as? [[String: Any]])
    #expect(!refused.isEmpty)
    for entry in refused {
      #expect(["3.0", "3.1"].contains(entry["level"] as? String))
      #expect(entry["activeLevel"] as? String == "2.07")
      #expect(entry["compatibility"] as? String == "power8")
      // A POWER9 itself lacks what came with 3.1.
      let isLevel = entry["level"] as? String == "3.0"
      #expect(entry["rejection"] as? String == (isLevel ? "level" : "processor"))
      let message = try #require(entry["message"] as? String)
      #expect(message.contains("the active level is power8 (2.07)"))
    }
  }

  @Test func withoutAnAuditThereIsNoReport() throws {
    #expect(try Self.machine(auditsISA: false).auditReport == nil)
  }

  /// A POWER9 that shows its guest a POWER8, switched on.
  private static func machine(auditsISA: Bool) throws -> PowerMachine {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 512 << 20)
    description.maximumLevel = .power8
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    configuration.timeout = 60
    configuration.audit = auditsISA ? .kinds : nil
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.powerOn()
    return machine
  }
}
