internal import HostSupport
internal import Machine
internal import MachineControl
internal import MachineOptions
internal import SavedState

/// A guest that comes from somewhere: a file, or another process.
struct Arrival {
  let saved: SavedMachine
  /// Where it comes from, for messages.
  private let name: String
  private let migration: IncomingMigration?

  /// The guest of a file.
  init(of saved: SavedMachine, from name: String) {
    self.saved = saved
    self.name = name
    migration = nil
  }

  /// Waits for a guest.
  init(at address: SocketAddress, _ supervisor: MachineSupervisor) throws(Failure) {
    name = "\(address)"
    do throws(SocketError) {
      let listener = try ListeningSocket(at: address)
      Report.line("waiting for a guest at \(address)")
      migration = try supervisor.receive(from: listener) { Interruption.isWanted }
    } catch {
      throw Failure("\(error)")
    }
    do throws(StateError) {
      saved = try SavedMachine(from: migration!.source)
    } catch {
      migration?.refuse("\(error)")
      throw Failure("\(name): \(error)")
    }
  }

  /// Does a part of the arrival; when it fails the source is told, and keeps the guest.
  func attempt<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as StateError {
      migration?.refuse("\(error)")
      throw Failure("\(name): \(error)")
    } catch let failure as Failure {
      migration?.refuse(failure.message)
      throw failure
    } catch {
      migration?.refuse("\(error)")
      throw error
    }
  }

  /// The machine can be had: memory may come.
  func accept() throws(Failure) {
    do throws(SocketError) { try migration?.accept() } catch { throw Failure("\(name): \(error)") }
  }

  /// The guest is here as a whole, and is to run.
  func takeOver(_ machine: PowerMachine, _ supervisor: MachineSupervisor) throws(Failure) {
    guard let migration else { return }
    do throws(SocketError) {
      supervisor.arrived(machine, staysHalted: try migration.start())
    } catch {
      throw Failure("\(name): \(error)")
    }
    let milliseconds = Int(migration.milliseconds.rounded())
    Report.line("the guest came in \(milliseconds) ms: \(migration.received) bytes")
  }
}
