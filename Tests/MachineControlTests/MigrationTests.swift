import Glibc
import GuestTestSupport
import JSON
import Machine
import MigrationCompatibility
import PowerISA
import SavedState
import Testing

@testable import MachineControl

/// Running guests that move to another machine, or try to.
@Suite(.serialized) struct RunningMigrationTests {
  private let folder = TestFolder()
  private var there: SocketAddress {
    get throws { try SocketAddress("unix:\(folder.path)/there") }
  }

  /// Waits for the end of a migration.
  private func status(
    _ connection: ControlConnection,
    until isEnd: (String) -> Bool = {
      !["setup", "active", "device", "cancelling"].contains($0)
    }
  ) throws -> JSONValue {
    while true {
      let answer = try connection.execute("query-migrate")
      if isEnd(answer["status"]?.string ?? "") { return answer }
      usleep(10_000)
    }
  }

  @Test(arguments: [1, 2])
  func writesWhileItMoves(processors: Int) throws {
    let destination = try RunningMachine(
      in: folder, "destination", processor: .power10, incoming: try there)
    let source = try RunningMachine(
      in: folder, "source", program: MemoryWriter.program, processors: processors)
    let connection = try source.connect()
    _ = try connection.execute("migrate", [("uri", .string("\(try there)"))])
    let answer = try status(connection)
    #expect(answer["status"] == "completed", "\(answer.line)")
    #expect((answer["ram"]?["dirty-sync-count"]?.integer ?? 0) >= 1)
    #expect(answer["downtime"] != nil)
    #expect(try connection.execute("query-status")["status"] == "postmigrate")
    _ = try connection.execute("quit")
    let (left, arrived) = (source.wait(), destination.wait())
    #expect(arrived.outcome == .clientExited, "\(destination.failure ?? "")")
    #expect(left.text == "")
    #expect(arrived.text == "OK")
  }

  /// What a program before machine version 2.0 sends, and what it can be sent.
  @Test(arguments: [MachineVersion.v1_1, .v1_2])
  func inFormatOne(version: MachineVersion) throws {
    let destination = try RunningMachine(in: folder, "destination", incoming: try there)
    let source = try RunningMachine(
      in: folder, "source", program: MemoryWriter.program, processors: 2,
      version: version)
    let connection = try source.connect()
    _ = try connection.execute("migrate", [("uri", .string("\(try there)"))])
    #expect(try status(connection)["status"] == "completed")
    _ = try connection.execute("quit")
    let (left, arrived) = (source.wait(), destination.wait())
    #expect(arrived.outcome == .clientExited, "\(destination.failure ?? "")")
    #expect(left.text + arrived.text == "OK")
  }

  /// A destination before machine version 2.0 turns format 2 away with a few words; the source adds
  /// which versions there are.
  @Test func toAnOlderProgram() throws {
    let listener = try ListeningSocket(at: try there)
    let source = try RunningMachine(in: folder, "source", program: MemoryWriter.program)
    let connection = try source.connect()
    _ = try connection.execute("migrate", [("uri", .string("\(try there)"))])
    var socket = try listener.accept()
    #expect(try socket?.read(12) == Array("PAPRSAVE".utf8) + [0, 0, 0, 2])
    try socket?.write(TransferAnswer.refused("not a saved state"))
    socket = nil
    let reason = try status(connection)["error-desc"]?.string ?? ""
    #expect(
      reason == "the destination answers 'not a saved state' to format 2: a program before machine "
        + "version 2.0 reads format 1, which machine version 1.2 is sent in (--machine-version)")
    #expect(source.wait().text == "OK")
  }

  /// The answer to a source of a later format lists the known ones.
  @Test func fromANewerProgram() throws {
    let destination = try RunningMachine(in: folder, "destination", incoming: try there)
    let socket = try StreamSocket(connectingTo: try there)
    try socket.write(StateWriter.magic + [0, 0, 0, 3])
    let answer = try socket.readLine().map { String(decoding: $0, as: UTF8.self) }
    #expect(answer?.contains("format 3, but formats 1 to 2 are known at offset 8") == true)
    #expect(destination.wait().outcome == nil)
  }

  /// A destination that hangs up, talks nonsense or refuses leaves the guest where it is.
  @Test(arguments: ["", "{}\n", "nonsense\n", #"{"status": "refused", "reason": "full"}"# + "\n"])
  func destinationThatFails(says: String) throws {
    let listener = try ListeningSocket(at: try there)
    let source = try RunningMachine(in: folder, "source", program: MemoryWriter.program)
    let connection = try source.connect()
    _ = try connection.execute("migrate", [("uri", .string("\(try there)"))])
    var socket = try listener.accept()
    _ = try socket?.read(100)
    try socket?.write(Array(says.utf8))
    socket = nil
    let answer = try status(connection)
    #expect(answer["status"] == "failed")
    if says.contains("full") { #expect(answer["error-desc"] == "full") }
    let left = source.wait()
    #expect(left.outcome == .clientExited)
    #expect(left.text == "OK")
  }

  /// One that is lost in the middle of memory.
  @Test func destinationThatDies() throws {
    let listener = try ListeningSocket(at: try there)
    let source = try RunningMachine(in: folder, "source", program: MemoryWriter.program)
    let connection = try source.connect()
    _ = try connection.execute("migrate-set-parameters", [("max-bandwidth", 20_000)])
    _ = try connection.execute("migrate", [("uri", .string("\(try there)"))])
    var socket = try listener.accept()
    try socket?.write(TransferAnswer.accepted.line)
    _ = try socket?.read(3000)
    socket = nil
    #expect(try status(connection)["status"] == "failed")
    #expect(source.wait().text == "OK")
  }

  @Test func cancelled() throws {
    let destination = try RunningMachine(in: folder, "destination", incoming: try there)
    let source = try RunningMachine(in: folder, "source", program: MemoryWriter.program)
    let connection = try source.connect()
    _ = try connection.execute(
      "migrate-set-parameters", [("max-bandwidth", 1000), ("downtime-limit", 0)])
    _ = try connection.execute("migrate", [("uri", .string("\(try there)"))])
    _ = try status(connection) { $0 == "active" }
    #expect(throws: ControlConnectionError.self) {
      try connection.execute("migrate", [("uri", .string("\(try there)"))])
    }
    _ = try connection.execute("migrate_cancel")
    #expect(try status(connection)["status"] == "cancelled")
    #expect(source.wait().text == "OK")
    let arrived = destination.wait()
    #expect(arrived.outcome == nil)
    #expect(destination.failure?.contains("ends too early") == true)
  }

  /// An address without a listener.
  @Test func nobodyThere() throws {
    let source = try RunningMachine(in: folder, "source", program: MemoryWriter.program)
    let connection = try source.connect()
    _ = try connection.execute("migrate", [("uri", .string("\(try there)"))])
    let answer = try status(connection)
    #expect(answer["status"] == "failed")
    #expect(answer["error-desc"]?.string?.contains("cannot connect") == true)
    #expect(source.wait().text == "OK")
  }
}
