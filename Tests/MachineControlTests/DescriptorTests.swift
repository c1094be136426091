import Glibc
import GuestTestSupport
import JSON
import Machine
import MigrationCompatibility
import PowerISA
import SavedState
import Testing

@testable import MachineControl

/// Descriptors that clients of the control socket pass, as in QEMU.
@Suite(.serialized) struct DescriptorTests {
  private let folder = TestFolder()

  private func machine() throws -> RunningMachine {
    try RunningMachine(in: folder, "m", program: MemoryWriter.program)
  }

  private func pipeEnds() -> (reading: PassedDescriptor, writing: PassedDescriptor) {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (PassedDescriptor(ends[0]), PassedDescriptor(ends[1]))
  }

  /// A file without a name.
  private func file() -> PassedDescriptor {
    var template = Array("/tmp/papr-descriptor.XXXXXX".utf8CString)
    let file = PassedDescriptor(mkstemp(&template))
    unlink(template)
    _ = fcntl(file.number, F_SETFD, FD_CLOEXEC)
    return file
  }

  private func contents(_ file: PassedDescriptor) -> [UInt8] {
    var status = stat()
    fstat(file.number, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    pread(file.number, &bytes, bytes.count, 0)
    return bytes
  }

  private func refusal(_ body: () throws -> JSONValue) -> String {
    do { return "done: \(try body().line)" } catch { return "\(error)" }
  }

  @Test func commandsWriteToThem() throws {
    let machine = try machine()
    let connection = try machine.connect()
    let (state, tree, core) = (file(), file(), file())
    let set = try connection.execute(
      "add-fd", [("opaque", "the state")], passing: state.number)["fdset-id"]?.integer
    #expect(set == 0)
    _ = try connection.execute("add-fd", [("fdset-id", 7)], passing: tree.number)
    let listed = try connection.execute("query-fdsets").elements ?? []
    #expect(listed.map { $0["fdset-id"]?.integer } == [0, 7])
    #expect(listed.first?["fds"]?.elements?.first?["opaque"] == "the state")

    _ = try connection.execute("save", [("filename", "/dev/fdset/0")])
    #expect(contents(state).starts(with: StateWriter.magic))
    #expect(try SavedMachine(from: StateReader.source(of: contents(state))).head.isDeterministic)
    _ = try connection.execute("dumpdtb", [("filename", "/dev/fdset/7")])
    #expect(contents(tree).starts(with: [0xD0, 0x0D, 0xFE, 0xED]))

    _ = try connection.execute("getfd", [("fdname", "core")], passing: core.number)
    let dump: [(name: String, value: JSONValue)] = [("paging", false), ("protocol", "fd:core")]
    _ = try connection.execute("dump-guest-memory", dump)
    #expect(contents(core).starts(with: [0x7F, 0x45, 0x4C, 0x46]))
    #expect(contents(core).count > 512 << 20)
    // A name is used up, a set stays.
    #expect(refusal { try connection.execute("dump-guest-memory", dump) }.contains("not found"))
    _ = try connection.execute("remove-fd", [("fdset-id", 7)])
    #expect(try connection.execute("query-fdsets").elements?.count == 1)
    // Another client has none of them.
    let other = try machine.connect()
    #expect(try other.execute("query-fdsets") == [])
    #expect(
      refusal { try other.execute("dumpdtb", [("filename", "/dev/fdset/0")]) }
        .contains("no descriptor set 0"))
    _ = try connection.execute("quit")
    _ = machine.wait()
  }

  @Test func whatIsNoUseIsRefused() throws {
    let machine = try machine()
    let connection = try machine.connect()
    let (pipe, null) = (pipeEnds(), PassedDescriptor(open("/dev/null", O_RDWR)))
    let refused: [(String, [(name: String, value: JSONValue)], Int32?, String)] = [
      ("getfd", [("fdname", "x")], nil, "No file descriptor supplied via SCM_RIGHTS"),
      ("add-fd", [], nil, "No file descriptor supplied via SCM_RIGHTS"),
      ("getfd", [("fdname", "3")], pipe.writing.number, "not starting with a digit"),
      ("getfd", [("fdname", "")], pipe.writing.number, "not starting with a digit"),
      ("closefd", [("fdname", "x")], nil, "File descriptor named 'x' not found"),
      ("remove-fd", [("fdset-id", 1)], nil, "'fdset-id:1' not found"),
      ("remove-fd", [("fdset-id", 1), ("fd", 9)], nil, "'fdset-id:1, fd:9' not found"),
      ("add-fd", [("fdset-id", -1)], pipe.writing.number, "expected: integer"),
      ("save", [("filename", "/dev/fdset/x")], nil, "is not /dev/fdset/ID"),
      ("migrate", [("uri", "fd:x")], nil, "File descriptor named 'x' not found"),
    ]
    for (command, arguments, descriptor, reason) in refused {
      let text = refusal { try connection.execute(command, arguments, passing: descriptor) }
      #expect(text.contains(reason), "\(command): \(text)")
    }
    // Not to be written to, a device, and no socket.
    _ = try connection.execute("add-fd", [("fdset-id", 1)], passing: pipe.reading.number)
    _ = try connection.execute("add-fd", [("fdset-id", 2)], passing: null.number)
    _ = try connection.execute("getfd", [("fdname", "p")], passing: pipe.writing.number)
    for (path, reason) in [
      ("/dev/fdset/1", "no descriptor of set 1 can be written to"), ("/dev/fdset/2", "is no file"),
    ] {
      let text = refusal { try connection.execute("save", [("filename", .string(path))]) }
      #expect(text.contains(reason), "\(text)")
    }
    let text = refusal { try connection.execute("migrate", [("uri", "fd:p")]) }
    #expect(text.contains("not a connected stream socket"), "\(text)")
    #expect(try connection.execute("query-status")["running"] == true)
    _ = try connection.execute("quit")
    _ = machine.wait()
  }

  /// A client may park so many; they are closed when it goes, and one that no command took when
  /// another comes.
  @Test func theyAreBoundedAndClosed() throws {
    let machine = try machine()
    let pipe = pipeEnds()
    var connection: ControlConnection? = try machine.connect()
    for number in 0..<ParkedDescriptors.limit {
      _ = try connection?.execute(
        "getfd", [("fdname", .string("n\(number)"))], passing: pipe.writing.number)
    }
    for (command, arguments) in [("getfd", [("fdname", "more")]), ("add-fd", [])] {
      let values = arguments.map { (name: $0.0, value: JSONValue.string($0.1)) }
      let text = refusal {
        try connection?.execute(command, values, passing: pipe.writing.number) ?? .null
      }
      #expect(text.contains("may park \(ParkedDescriptors.limit)"), "\(text)")
    }
    // One of the same name takes its place.
    _ = try connection?.execute("getfd", [("fdname", "n0")], passing: pipe.writing.number)
    _ = try connection?.execute("closefd", [("fdname", "n0")])
    for _ in 0..<40 {
      _ = try connection?.execute("query-status", passing: pipe.writing.number)
    }
    let own = pipe.reading.number
    close(pipe.writing.release())
    var wait = pollfd(fd: own, events: Int16(POLLIN), revents: 0)
    #expect(poll(&wait, 1, 100) == 0)
    connection = nil
    // No one can write any longer: the machine has closed them all.
    #expect(poll(&wait, 1, 10_000) == 1 && wait.revents & Int16(POLLHUP) != 0)
    _ = try machine.connect().execute("quit")
    _ = machine.wait()
  }

  @Test func aGuestMovesByAConnectedSocket() throws {
    let there = try SocketAddress("unix:\(folder.path)/there")
    let destination = try RunningMachine(
      in: folder, "destination", processor: .power10, incoming: there)
    let source = try machine()
    let connection = try source.connect()
    let socket = try StreamSocket(connectingTo: there)
    _ = try connection.execute("getfd", [("fdname", "to")], passing: socket.descriptor)
    _ = try connection.execute("migrate", [("uri", "fd:to")])
    let arrived = destination.wait()
    #expect(arrived.outcome == .clientExited, "\(destination.failure ?? "")")
    #expect(arrived.text == "OK")
    _ = try connection.execute("quit")
    _ = source.wait()
  }

  /// A reader that takes nothing, one that goes away, and the end of the program end the writing.
  @Test func aReaderHoldsNothingUp() throws {
    let bytes = [UInt8](repeating: 1, count: 1 << 20)
    let message = { (output: DescriptorOutput) in
      do throws(ControlError) {
        try output.write(bytes)
        return "written"
      } catch {
        return error.description
      }
    }
    let pipe = pipeEnds()
    let slow = try DescriptorOutput(PassedDescriptor(dup(pipe.writing.number)), patience: 200) {
      false
    }
    #expect(message(slow).contains("has taken nothing"))
    let ended = try DescriptorOutput(PassedDescriptor(dup(pipe.writing.number))) { true }
    #expect(message(ended).contains("a signal"))
    let previous = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, previous) }
    let gone = try DescriptorOutput(PassedDescriptor(dup(pipe.writing.number))) { false }
    close(pipe.reading.release())
    #expect(message(gone).contains("Broken pipe"))
  }
}
