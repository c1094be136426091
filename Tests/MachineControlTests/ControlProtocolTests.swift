import GuestTestSupport
import JSON
import Machine
import Testing

@testable import MachineControl

@Suite(.serialized) struct ControlProtocolTests {
  private let folder = TestFolder()

  /// Sends lines, and gives as many answers.
  private func answers(_ lines: [String], _ machine: RunningMachine) throws -> [JSONValue] {
    let socket = try StreamSocket(connectingTo: machine.control)
    _ = try socket.readLine()
    try socket.write(Array((lines.joined(separator: "\n") + "\n").utf8))
    return try lines.map { _ in try JSONValue(parsing: try #require(try socket.readLine())) }
  }

  @Test func errors() throws {
    let machine = try RunningMachine(in: folder, "m", program: MemoryWriter.program)
    let requests: KeyValuePairs = [
      "{": "JSON parse error",
      "[]": "must be a JSON object",
      "{}": "lacks member 'execute'",
      #"{"execute": "fly"}"#: "The command fly has not been found",
      #"{"execute": "stop", "arguments": {"now": 1}}"#: "Parameter 'now' is unexpected",
      #"{"execute": "stop", "arguments": []}"#: "must be an object",
      #"{"execute": "stop", "extra": 1}"#: "'extra' is unexpected",
      #"{"execute": "migrate"}"#: "Parameter 'uri' is missing",
      #"{"execute": "migrate", "arguments": {"uri": 1}}"#: "expected: string",
      #"{"execute": "migrate", "arguments": {"uri": "exec:rm"}}"#: "none of unix:PATH",
      #"{"execute": "migrate-set-parameters", "arguments": {"downtime-limit": 99999999}}"#:
        "in the range",
    ]
    let answers = try answers(requests.map(\.key), machine)
    for (request, answer) in zip(requests, answers) {
      #expect(answer["error"]?["desc"]?.string?.contains(request.value) == true, "\(answer.line)")
    }
    #expect(answers[3]["error"]?["class"] == "CommandNotFound")
    _ = try machine.connect().execute("quit")
    #expect(machine.wait().outcome == .left)
  }

  @Test func stopsAndGoesOn() throws {
    let machine = try RunningMachine(in: folder, "m", program: MemoryWriter.program)
    let connection = try machine.connect()
    _ = try connection.execute("qmp_capabilities")
    _ = try connection.execute("stop")
    #expect(try connection.execute("query-status")["status"] == "paused")
    let processors = try connection.execute("query-cpus-fast").elements
    #expect(processors?.first?["isa"] == "2.07")
    // Empty when the interpreter executes the machine.
    for work in try #require(try connection.execute("query-jit").elements) {
      let (all, interpreted) = (work["instructions"]?.unsigned, work["interpreted"]?.unsigned)
      #expect(try #require(interpreted) <= #require(all))
      #expect(work["helper-calls"]?.elements != nil)
    }
    _ = try connection.execute("cont")
    #expect(try connection.execute("query-status")["running"] == true)
    #expect(machine.wait().text == "OK")
  }

  /// A request keeps its identifier, and lines may come in pieces or together.
  @Test func framing() throws {
    let machine = try RunningMachine(in: folder, "m", program: MemoryWriter.program)
    let socket = try StreamSocket(connectingTo: machine.control)
    _ = try socket.readLine()
    let request = Array("{\"execute\": \"query-version\", \"id\": [7]}\r\n\r\n".utf8)
    for byte in request { try socket.write([byte]) }
    let answer = try JSONValue(parsing: try #require(try socket.readLine()))
    #expect(answer["id"] == [7])
    // A line without end is no reason to keep it all.
    try? socket.write([UInt8](repeating: 0x20, count: 3 << 20))
    #expect((try? socket.readLine()) == .some(nil) || (try? socket.readLine()) == nil)
    _ = try machine.connect().execute("quit")
    _ = machine.wait()
  }
}
