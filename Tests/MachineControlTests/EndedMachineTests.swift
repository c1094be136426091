import Glibc
import GuestTestSupport
import JSON
import Machine
import MachineDescription
import Testing

@testable import MachineControl

/// No client waits for an answer of a machine that has ended.
@Suite(.serialized) struct EndedMachineTests {
  private let folder = TestFolder()

  /// A client that counts ten seconds without a message as an error.
  private struct Client {
    let socket: StreamSocket

    init(_ control: SocketAddress) throws {
      socket = try StreamSocket(connectingTo: control)
      socket.beforeWaiting = { descriptor throws(SocketError) in
        guard !HostPoll.readable([descriptor], milliseconds: 10_000).isEmpty else {
          throw .peer("silent")
        }
      }
    }

    func send(_ command: String, _ arguments: JSONValue = [:]) throws {
      let request: JSONValue = ["execute": .string(command), "arguments": arguments]
      try socket.write(Array(request.line.utf8) + [0x0A])
    }

    func next() throws -> JSONValue? {
      try socket.readLine().map { try JSONValue(parsing: $0) }
    }

    /// Every message until the connection ends.
    func rest() throws -> [JSONValue] {
      var messages: [JSONValue] = []
      do {
        while let message = try next() { messages.append(message) }
      } catch SocketError.host(_, ECONNRESET) {}
      return messages
    }
  }

  private static func supervisor(_ control: SocketAddress) throws -> MachineSupervisor {
    try MachineSupervisor(
      control: control,
      .init(
        save: { _, _ throws(ControlError) in throw ControlError("not here") },
        write: { _, _ throws(ControlError) in throw ControlError("not here") },
        writePieces: { _, _ throws(ControlError) in throw ControlError("not here") },
        report: { _ in }))
  }

  /// The machine ends while its destination is silent: its guest leaves, or another client quits.
  @Test(arguments: [false, true])
  func whileItMoves(quits: Bool) throws {
    let there = try SocketAddress("unix:\(folder.path)/there")
    let listener = try ListeningSocket(at: there)
    let machine = try RunningMachine(in: folder, "m", program: MemoryWriter.program)
    let client = try Client(machine.control)
    try client.send("qmp_capabilities")
    try client.send(
      "migrate-set-capabilities", ["capabilities": [["capability": "events", "state": true]]])
    try client.send("migrate", ["uri": .string("\(there)")])
    let destination = try listener.accept()
    if quits { _ = try machine.connect().execute("quit") }
    #expect(machine.wait().outcome == (quits ? .left : .clientExited))
    // The machine is gone: the request gets no answer.
    try? client.send("query-migrate")
    let messages = try client.rest()
    #expect(messages.suffix(2).first?["event"] == "SHUTDOWN")
    #expect(messages.last?["event"] == "MIGRATION")
    #expect(messages.last?["data"]?["status"] == "failed")
    // Nothing more comes to the destination either.
    destination?.beforeWaiting = client.socket.beforeWaiting
    _ = try destination?.read(1 << 30)
  }

  /// Requests that arrive after the machine's last look at its socket, and while its files are written.
  @Test func requestsThatAreLate() throws {
    let control = try SocketAddress("unix:\(folder.path)/control")
    let supervisor = try Self.supervisor(control)
    let machine = try PowerMachine(
      MachineConfiguration(
        description: MachineDescription(
          topology: try ProcessorTopology(processors: 1), memory: 256 << 20)),
      console: HostConsole(input: -1, output: -1))
    let client = try Client(control)
    #expect(supervisor.runBetweenSlices(of: machine) == nil)
    #expect(try client.next()?["QMP"] != nil)
    try client.send("query-status")
    for command in ["query-name", "stop", "cont", "system_reset"] { try client.send(command) }
    try client.send("save", ["filename": "x"])
    try client.send("migrate", ["uri": "unix:/nowhere"])
    var late: Client?
    try supervisor.end(.poweredOff) {
      try client.send("query-migrate")
      late = try Client(control)
      try late?.send("query-status")
    }
    let answers = try client.rest()
    try #require(answers.count == 8)
    #expect(answers[0]["return"] == ["status": "shutdown", "running": false])
    for answer in answers[1..<7] { #expect(answer["error"]?["desc"] == "the guest has ended") }
    #expect(answers[7]["return"] == [:])
    #expect(try late?.rest().allSatisfy { $0["QMP"] != nil } == true)
    #expect(throws: SocketError.self) { try Client(control) }
    #expect(access("\(folder.path)/control", F_OK) != 0)
  }

  /// Files that cannot be written do not leave the socket open.
  @Test func savingFails() throws {
    let control = try SocketAddress("unix:\(folder.path)/control")
    let supervisor = try Self.supervisor(control)
    let client = try Client(control)
    #expect(throws: ControlError.self) {
      try supervisor.end(.poweredOff) { throw ControlError("the disk is full") }
    }
    #expect(try client.rest().allSatisfy { $0["QMP"] != nil })
  }
}
