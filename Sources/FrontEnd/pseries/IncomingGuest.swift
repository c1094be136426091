internal import HostSupport
internal import Machine
internal import MachineControl
internal import MachineOptions
internal import MigrationCompatibility
internal import SavedState

/// A guest that comes from somewhere: a file, or another process.
struct IncomingGuest {
  let saved: SavedMachine
  /// Where it comes from, for messages.
  private let name: String
  private let migration: IncomingMigration?
  private let supervisor: MachineSupervisor?

  /// Refuses the options that describe a machine: the guest's machine comes with it, on the
  /// processor and with the limit that its new host gives it.
  /// - Parameter option: the one by which the guest comes.
  static func refuseOtherMachine(than option: String) throws(CommandError) {
    let kept = [
      "--cpu", "--compat", "--max-compat", "--disk", "--cdrom", "--net", "--share",
      "--virtio-console", "--channel", "--tpm",
    ]
    let given =
      GivenOptions.of(MachineOptions.self).filter { !kept.contains($0) }
      + GivenOptions.of(PlatformOptions.self)
    guard !given.isEmpty else { return }
    throw CommandError.usage(
      "\(given.joined(separator: ", ")): the guest of \(option) brings its machine along; of the "
        + "machine's options only \(kept.joined(separator: ", ")) may be given")
  }

  /// Refuses another clock than the guest's.
  func check(clock: ClockChoice?) throws(CommandError) {
    let own: ClockChoice = saved.head.isDeterministic ? .deterministic : .host
    guard let clock, clock != own else { return }
    throw CommandError.usage("--clock \(clock): the guest's clock is \(own), and stays so")
  }

  /// The guest of a file.
  init(of saved: SavedMachine, from name: String) {
    self.saved = saved
    self.name = name
    migration = nil
    supervisor = nil
  }

  private init(
    of saved: SavedMachine, from name: String, _ migration: IncomingMigration,
    _ supervisor: MachineSupervisor
  ) {
    self.saved = saved
    self.name = name
    self.migration = migration
    self.supervisor = supervisor
  }

  /// Waits for a guest.
  /// - Parameter socket: where one may come; nil, and closed, once it has.
  /// - Returns: nil when the program is to end.
  static func arriving(
    at socket: inout ListeningSocket?, _ supervisor: MachineSupervisor
  ) throws(CommandError) -> IncomingGuest? {
    defer { socket = nil }
    guard let listener = socket else { return nil }
    let name = "\(listener.address)"
    do throws(SocketError) {
      Report.line("waiting for a guest at \(name)")
      while true {
        let migration = try supervisor.receive(from: listener) { Interruption.isOver }
        do throws(StateError) {
          return IncomingGuest(
            of: try SavedMachine(from: migration.source), from: name, migration, supervisor)
        } catch {
          migration.refuse("\(error)")
          supervisor.arrivalFailed()
          if Interruption.isOver { return nil }
          // A source that went away, fell silent or is of another time; another may come.
          switch error.reason {
          case .input, .truncated, .format: Report.line("\(name): \(error)")
          default: throw SocketError.peer("\(name): \(error)")
          }
        }
      }
    } catch {
      if error == .ended { return nil }
      throw CommandError("\(error)")
    }
  }

  /// Answers the source that the guest stays there.
  private func refuse(_ reason: String) {
    migration?.refuse(reason)
    supervisor?.arrivalFailed()
  }

  /// Does a part of the arrival; when it fails the source gets the reason, and keeps the guest.
  func attempt<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as StateError {
      refuse("\(error)")
      throw CommandError("\(name): \(error)")
    } catch let error as CommandError {
      refuse(error.message)
      throw error
    } catch {
      refuse("\(error)")
      throw error
    }
  }

  /// The machine can be had: memory may come.
  func accept() throws(CommandError) {
    do throws(SocketError) { try migration?.accept() } catch {
      throw CommandError("\(name): \(error)")
    }
  }

  /// The guest is here as a whole, and is to run.
  func completeMigration(_ machine: PowerMachine, _ supervisor: MachineSupervisor)
    throws(CommandError)
  {
    guard let migration else { return }
    do throws(SocketError) {
      supervisor.arrived(machine, wasHalted: try migration.start())
    } catch {
      throw CommandError("\(name): \(error)")
    }
    let milliseconds = Int(migration.milliseconds.rounded())
    Report.line("the guest came in \(milliseconds) ms: \(migration.received) bytes")
  }
}
