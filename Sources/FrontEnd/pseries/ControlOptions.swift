internal import ArgumentParser
internal import Machine
internal import MachineControl
internal import MachineOptions

/// Looking after a running guest from outside.
struct ControlOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A socket for commands in the format of QEMU's QMP, one JSON object a line; pseries control sends them.
      """, valueName: "unix:path"),
    transform: { try SocketAddress($0) })
  var control: SocketAddress?

  @Option(
    help: ArgumentHelp(
      """
      Wait at this address for a guest that another pseries migrates: unix:PATH, tcp:PORT or \
      tcp:HOST:PORT. The stream describes its machine; only --cpu, --compat, what its devices have \
      on this host (--disk, --cdrom, --net, --share and so on, one for each of them), observing and \
      limits may be given too.
      """, valueName: "address"),
    transform: { try SocketAddress($0) })
  var incoming: SocketAddress?

  /// The socket at which a guest is awaited, if one is.
  func listener() throws(CommandError) -> ListeningSocket? {
    guard let incoming else { return nil }
    do throws(SocketError) { return try ListeningSocket(at: incoming) } catch {
      throw CommandError("\(error)")
    }
  }

  /// The supervisor: control socket and migration.
  func supervisor(
    _ state: StateOptions, _ sandbox: SandboxOptions
  ) throws(CommandError) -> MachineSupervisor {
    var callbacks = MachineSupervisor.HostCallbacks(
      save: { machine, file throws(ControlError) in
        do throws(CommandError) { try state.save(machine, to: file) } catch {
          throw ControlError(sandbox.explained(error.message))
        }
      },
      write: { bytes, file throws(ControlError) in
        do throws(CommandError) { try Files.write(bytes, to: file, .private) } catch {
          throw ControlError(sandbox.explained(error.message))
        }
      },
      writePieces: { file, body throws(ControlError) in
        do throws(CommandError) {
          let replacement = try FileReplacement(of: file, .private)
          var refusal: ControlError?
          do throws(ControlError) {
            try body { bytes throws(ControlError) in
              do throws(CommandError) { try replacement.write(bytes) } catch {
                throw ControlError(error.message)
              }
            }
          } catch {
            refusal = error
          }
          if let refusal { throw CommandError(refusal.description) }
          try replacement.commit()
        } catch {
          throw ControlError(sandbox.explained(error.message))
        }
      },
      report: { Report.line($0) })
    if let file = state.save, state.saveAt == nil {
      SaveSignal.install()
      callbacks.takeSaveSignal = { SaveSignal.take().map { (file, ends: $0) } }
    }
    do throws(SocketError) {
      let supervisor = try MachineSupervisor(control: control, callbacks)
      supervisor.parameters.machineVersion = state.machineVersion
      return supervisor
    } catch {
      throw CommandError("\(error)")
    }
  }
}
