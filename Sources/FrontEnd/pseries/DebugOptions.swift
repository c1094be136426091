internal import ArgumentParser
internal import HostSupport
internal import Machine
internal import MachineControl
internal import MachineOptions
internal import RemoteDebugging
internal import Sandbox

/// A debugger's access to the guest.
struct DebugOptions: ParsableArguments {
  @Option(
    name: .customLong("gdb"),
    help: ArgumentHelp(
      """
      Serve debuggers with gdb's remote protocol, one after the other. tcp:PORT is for this host \
      alone. gdb connects with target remote; monitor help lists its commands here.
      """, valueName: "unix:path|tcp:[host:]port"),
    transform: { try SocketAddress($0) })
  var address: SocketAddress?

  /// The server, if there is to be one.
  func server(_ sandbox: SandboxOptions) throws(CommandError) -> DebugServer? {
    guard let address else { return nil }
    let callbacks = DebugSession.HostCallbacks { bytes, file throws(MonitorError) in
      do throws(CommandError) { try Files.write(bytes, to: file, .private) } catch {
        throw .file(sandbox.explained(error.message))
      }
    }
    do throws(SocketError) { return try DebugServer(at: address, callbacks) } catch {
      throw CommandError("--gdb: \(error)")
    }
  }

  /// Adds the socket's file, which the process removes.
  func allow(in policy: inout SandboxPolicy) {
    if case .unix(let path) = address { policy.addSocket(path) }
  }
}
