import Glibc
import GuestTestSupport
import JSON
import Machine
import SavedState
import Testing

@testable import MachineControl

/// Clients that send nothing, or half a line, do not lock others out.
@Suite(.serialized) struct HostileControlClientTests {
  private let folder = TestFolder()

  @Test func idleClientsLockNobodyOut() throws {
    let machine = try RunningMachine(in: folder, "m", program: MemoryWriter.program)
    let listening = try machine.connect()
    _ = try listening.execute("qmp_capabilities")
    var held: [StreamSocket] = []
    for _ in 0..<44 {
      let socket = try StreamSocket(connectingTo: machine.control)
      try? socket.write(Array(#"{"exec"#.utf8))
      held.append(socket)
      // A new client is served all the same.
      if held.count % 11 == 0 {
        #expect(try machine.connect().execute("query-status")["running"] == true)
      }
    }
    // So is one that has been there all the time.
    #expect(try listening.execute("query-status")["running"] == true)
    _ = try listening.execute("quit")
    #expect(machine.wait().outcome == .left)
    #expect(held.count == 44)
  }

  /// The source comes through among clients that send nothing, too little, or something else.
  @Test func idleClientsKeepNoSourceOut() throws {
    let there = try SocketAddress("unix:\(folder.path)/there")
    let destination = try RunningMachine(in: folder, "destination", incoming: there)
    var held: [StreamSocket] = []
    for count in 0..<20 {
      let socket = try StreamSocket(connectingTo: there)
      try? socket.write(Array("PAPRSAVE".utf8.prefix(count % 9)))
      held.append(socket)
    }
    let foreign = try StreamSocket(connectingTo: there)
    try foreign.write(Array("GET / HTTP/1.0\r\n\r\n".utf8))
    #expect(
      try foreign.readLine().map { String(decoding: $0, as: UTF8.self) }?.contains("refused")
        == true)
    let source = try RunningMachine(in: folder, "source", program: MemoryWriter.program)
    let connection = try source.connect()
    _ = try connection.execute("migrate", [("uri", .string("\(there)"))])
    let arrived = destination.wait()
    #expect(arrived.outcome == .clientExited, "\(destination.failure ?? "")")
    #expect(arrived.text == "OK")
    _ = try connection.execute("quit")
    _ = source.wait()
    #expect(held.count == 20)
  }

  @Test func socketsAreTheirOwnersOnly() throws {
    let path = "\(folder.path)/listener"
    let mask = umask(0)
    defer { umask(mask) }
    var listener: ListeningSocket? = try ListeningSocket(at: try SocketAddress("unix:\(path)"))
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    // A socket with a listener is not removed, nor another file in its place.
    #expect(throws: SocketError.self) {
      try ListeningSocket(at: try SocketAddress("unix:\(path)"))
    }
    unlink(path)
    #expect(symlink("elsewhere", path) == 0)
    _ = listener.take()
    #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    unlink(path)
  }
}
