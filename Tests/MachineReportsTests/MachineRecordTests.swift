import Foundation
import Machine
import MachineDescription
import MachineReports
import PowerISA
import Testing

/// What the report of a machine says of negotiations and calls.
@Suite struct MachineRecordTests {
  /// The report of a POWER9 that shows the built-in guest a POWER8.
  static func report(_ record: MachineRecord?) throws -> [String: Any] {
    var description = MachineDescription(
      processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 512 << 20)
    description.maximumLevel = .power8
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = true
    configuration.timeout = 60
    record?.observe(&configuration.observers)
    let machine = try PowerMachine(configuration, console: HostConsole(input: -1, output: -1))
    try machine.powerOn()
    let text = machine.report(machine.run(), record)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func theNegotiationWithTheChangesOfTheTree() throws {
    let report = try Self.report(MachineRecord())
    #expect((report["clock"] as? Double ?? 0) > 0)
    let starts = try #require(report["starts"] as? [Double])
    let negotiations = try #require(report["negotiations"] as? [[String: Any]])
    #expect(starts.count == 1 && negotiations.count == 1)
    let negotiation = negotiations[0]
    #expect((negotiation["seconds"] as? Double ?? 0) >= starts[0])
    let steps = try #require(negotiation["steps"] as? [String])
    #expect(steps.contains { $0.hasPrefix("chosen: power8") })
    let changes = try #require(negotiation["changes"] as? [String])
    #expect(changes.contains { $0.hasPrefix("~ /chosen: ibm,architecture-vec-5") })
    let features = try #require(negotiation["features"] as? [String: String])
    #expect(features["cpu"] == "POWER8 (architected)" && features["platform"] == "power8")
    #expect(features["hwcap"] == "dc0065c2")
    #expect(report["negotiationsNotKept"] as? Int == 0)
  }

  @Test func callsAreCounted() throws {
    let report = try Self.report(nil)
    #expect(report["negotiations"] == nil)
    func calls(_ list: String) -> [String: [Int]] {
      let entries = report[list] as? [[String: Any]] ?? []
      return Dictionary(
        entries.map {
          ($0["name"] as? String ?? "", [$0["calls"] as? Int ?? 0, $0["errors"] as? Int ?? -1])
        }, uniquingKeysWith: { $1 })
    }
    #expect(calls("rtas")["power-off"] == [1, 0])
    #expect(calls("rtas")["get-time-of-day"] == [1, 0])
    let hypercalls = calls("hypercalls")
    // Both RTAS calls go through one hypercall.
    #expect(hypercalls["KVMPPC_H_RTAS"] == [2, 0])
    #expect((hypercalls["H_ENTER"]?[0] ?? 0) > 0)
    // The built-in guest sets a mode that its processor lacks.
    #expect((hypercalls["H_SET_MODE"]?[1] ?? 0) > 0)
  }

  /// A guest that negotiates again and again does not fill the host's memory.
  @Test func theListIsBounded() throws {
    let record = MachineRecord()
    var observers = MachineObservers()
    record.observe(&observers)
    for _ in 0..<1000 {
      observers.start?("entry", 0..<1)
      observers.negotiation?(String(repeating: "step\n", count: 10_000))
    }
    let machine = try PowerMachine(
      MachineConfiguration(
        description: MachineDescription(
          processor: .power9, topology: try ProcessorTopology(processors: 1), memory: 512 << 20)))
    let text = machine.report(.left, record)
    #expect(text.utf8.count < 1 << 20)
    #expect(text.contains("\"negotiationsNotKept\": 984"))
  }
}
