import CommandTestSupport
import Foundation
import MachineControl
import Testing

/// `--gdb` and `--stop-at entry` of the built command.
@Suite struct DebugOptionTests {
  private let folder = ScratchFolder()

  @Test func `what cannot be served is an error`() throws {
    let command = BuiltCommand("pseries")
    #expect(try command.run(["--stop-at", "entry"]).status == 2)
    #expect(
      try command.run(["--stop-at", "entry"]).errors.contains("--stop-at entry requires --gdb"))
    #expect(try command.run(["--gdb", "1234"]).status == 2)
    let path = "\(folder.path)/none/gdb"
    let missing = try command.run(["--gdb", "unix:\(path)"])
    #expect(missing.status == 1)
    #expect(missing.errors.contains("--gdb: cannot listen at unix:\(path)"), "\(missing.errors)")
    let socket = try ListeningSocket(at: SocketAddress("unix:\(folder.path)/used"))
    let used = try command.run(["--gdb", "\(socket.address)"])
    #expect(used.status == 1)
    #expect(used.errors.contains("the address is in use"), "\(used.errors)")
  }

  /// The guest waits in the sandbox, is let go by packets, and the socket's file goes with it.
  @Test func `a guest that waits for a debugger`() throws {
    let path = "\(folder.path)/gdb"
    let program = try RunningProgram(["--gdb", "unix:\(path)", "--stop-at", "entry"])
    #expect(ScratchFolder.wait { FileManager.default.fileExists(atPath: path) })
    #expect(program.status(within: 0.3) == nil)
    let client = try StreamSocket(connectingTo: SocketAddress("unix:\(path)"))
    try client.write(Array("$?#3f".utf8))
    #expect(String(decoding: try client.read(17), as: UTF8.self) == "+$T02thread:1;#d4")
    try client.write(Array("+$vCont;c#a8".utf8))
    #expect(String(decoding: try client.read(8), as: UTF8.self) == "+$W00#b7")
    #expect(program.status() == 0)
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
