import Glibc
import GuestTestSupport
import HostSupport
import Machine
@testable import MachineControl
import MachineDescription
import PowerISA
import RemoteDebugging
import Synchronization
import Testing

/// A machine on a thread of its own that waits at its first instruction for a debugger.
final class DebuggedMachine: @unchecked Sendable {
  // Safety: the thread writes the outcome once, under a lock.

  private let address: SocketAddress
  private let folder = TestFolder()
  private let output = Shared<[UInt8]>([])
  private let ended = Mutex<Result<MachineOutcome, any Error>?>(nil)
  /// The files that `monitor dtb` has written.
  let files = Shared<[String: [UInt8]]>([:])

  init(
    _ program: GuestProgram = .testGuest, engine: MachineEngine = .interpreter,
    processors: Int = 1, processor: ProcessorModel = .power9, stopsAtEntry: Bool = true,
    restarts: Bool = true
  ) throws {
    address = try SocketAddress("unix:\(folder.path)/gdb")
    let callbacks = DebugSession.HostCallbacks { [files] bytes, name throws(MonitorError) in
      guard name != "refused" else { throw .file("refused") }
      files.value.withLock { $0[name] = bytes }
    }
    let server = try DebugServer(at: address, callbacks)
    let description = MachineDescription(
      processor: processor, topology: try ProcessorTopology(processors: processors),
      memory: 256 << 20)
    var configuration = MachineConfiguration(description: description, program: program)
    configuration.isDeterministic = true
    configuration.engine = engine
    configuration.timeout = 300
    configuration.allowsRestart = restarts
    configuration.terminalOutputs[0] = { [output] bytes in output.value.withLock { $0 += bytes } }
    let parts = Unshared((server, configuration))
    try HostThread.start { [self] in
      let (server, configuration) = parts.value
      do {
        let machine = try PowerMachine(configuration)
        try machine.powerOn()
        server.attach(to: machine, stopsAtEntry: stopsAtEntry)
        machine.service = server
        let outcome = machine.run()
        server.end(status: 0)
        ended.withLock { $0 = .success(outcome) }
      } catch {
        ended.withLock { $0 = .failure(error) }
      }
    }
  }

  /// Connects a debugger.
  func connect() throws -> DebugClient { try DebugClient(connectingTo: address) }

  /// Waits for the machine's end.
  /// - Returns: the outcome, and what the guest printed.
  func wait() throws -> (outcome: MachineOutcome, text: String) {
    let watch = Stopwatch()
    while watch.milliseconds < 300_000 {
      if let end = ended.withLock({ $0 }) {
        return (try end.get(), output.value.withLock { String(decoding: $0, as: UTF8.self) })
      }
      usleep(1000)
    }
    throw DebugClient.Failure.silent
  }

  /// The outcome and the output of a program without a debugger.
  static func undisturbed(_ program: GuestProgram = .testGuest) throws -> String {
    let machine = try DebuggedMachine(program, stopsAtEntry: false)
    return try machine.wait().text
  }
}

/// A value that threads share.
final class Shared<Value: Sendable>: Sendable {
  let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }
}

/// Something that only one thread uses after it was handed over.
private struct Unshared<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
