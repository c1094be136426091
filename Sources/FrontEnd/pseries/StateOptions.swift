internal import ArgumentParser
internal import HostSupport
internal import Machine
internal import MachineDescription
internal import MachineOptions
internal import MachineReports
internal import MigrationCompatibility
internal import RegisterLists
internal import RegisterRestore
internal import SavedState

/// Saving a running guest, and continuing a saved one.
struct StateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The file for the guest's state, written after --save-at or on a signal: SIGUSR1 saves and \
      continues, SIGUSR2 saves and ends.
      """, valueName: "file"))
  var save: String?

  @Option(
    help: ArgumentHelp(
      """
      Save after so many guest instructions, with several processors once all have had their turns, and \
      end with status 0. A guest that ends before is not saved: status 1, or that of its end.
      """, valueName: "count"))
  var saveAt: UInt64?

  @Option(
    help: ArgumentHelp(
      """
      The machine version of the saved state, for older programs: \
      \(MachineVersion.allCases.map(\.rawValue).joined(separator: ", ")). Default: \
      \(MachineVersion.newest).
      """, valueName: "version"),
    transform: Self.version)
  var machineVersion = MachineVersion.newest

  @Option(
    help: ArgumentHelp(
      """
      Continue a saved guest. The file describes its machine; only --cpu, --compat, what its devices \
      have on this host (--disk, --cdrom, --net, --share and so on, one for each of them), observing \
      and limits may be given too, and --kernel, which a restart boots.
      """, valueName: "file"))
  var restore: String?

  @Option(
    help: ArgumentHelp(
      """
      With --restore: a register list from another emulator, for processor 0; may be repeated for \
      processor 1 and so on.
      """, valueName: "list"))
  var registers: [String] = []

  func validate() throws {
    if restore == nil, !registers.isEmpty {
      throw ValidationError("--registers requires --restore")
    }
    guard saveAt == nil || save != nil else {
      throw ValidationError("--save-at requires --save FILE")
    }
  }

  /// Refuses to save a guest whose disks nothing could continue with.
  func check(_ disks: [DiskArgument]) throws(CommandError) {
    guard save != nil, let disk = disks.first(where: \.isForgotten) else { return }
    throw .usage(
      "--save: what the guest writes to the snapshot of \(disk.file) is forgotten at the end, so that no "
        + "guest can continue with it")
  }

  private static func version(_ text: String) throws -> MachineVersion {
    if let version = MachineVersion(rawValue: text) { return version }
    let versions = MachineVersion.allCases.map { "\($0) (\($0.summary))" }.joined(separator: ", ")
    throw ValidationError("'\(text)' is no version of the machine; there are \(versions)")
  }

  /// The machine of a guest that arrives, on the processor that the options name if they do.
  /// - Throws: why the guest cannot continue there.
  func configuration(
    _ saved: SavedMachine, _ machine: MachineOptions, _ guest: GuestOptions
  ) throws(CommandError) -> MachineConfiguration {
    var configuration: MachineConfiguration
    do throws(MigrationError) {
      configuration = MachineConfiguration(
        description: try saved.head.destination(
          processor: machine.cpu?.processor, limit: machine.limit?.level ?? nil))
    } catch {
      throw CommandError("\(error)")
    }
    configuration.isDeterministic = saved.head.isDeterministic
    // What it booted from does not come along, unless the firmware read it from a disk.
    let description = configuration.description
    let isFromDisk = description.kernel == nil && !description.devices.storage.isEmpty
    configuration.allowsRestart = guest.kernel != nil || isFromDisk
    if isFromDisk { configuration.program = .disks }
    guard guest.kernel != nil else {
      for (option, value) in [
        ("--initrd", guest.initrd), ("--append", guest.append), ("--dtb", guest.dtb),
      ] where value != nil {
        throw CommandError.usage("\(option) requires --kernel")
      }
      return configuration
    }
    try guest.apply(to: &configuration, machine, domain: nil)
    return configuration
  }

  /// Writes the machine's state; the file is there when it is complete.
  func save(_ machine: PowerMachine, to path: String) throws(CommandError) {
    let file = try FileReplacement(of: path, .private)
    do throws(StateError) {
      try machine.save(version: machineVersion) { bytes throws(StateError) in
        do throws(CommandError) {
          try file.write(bytes)
        } catch {
          throw StateError(.input(error.message), at: 0)
        }
      }
    } catch {
      throw CommandError("\(error.reason)")
    }
    try file.commit(synced: true)
  }

  /// Reports that the guest ended before --save-at: there is no state.
  func checkSaved(_ outcome: MachineOutcome) throws(CommandError) {
    guard let save, let saveAt else { return }
    if case .paused = outcome { return }
    let reason = "--save-at \(saveAt): the run ended before; \(save) was not written"
    guard outcome.exitStatus == 0 else { return Report.line(reason) }
    throw CommandError(reason)
  }

  /// Reads the beginning of the file to restore.
  func saved() throws(CommandError) -> SavedMachine? {
    guard let restore else { return nil }
    return try Self.saved(in: restore)
  }

  /// Reads the beginning of a file.
  static func saved(in path: String) throws(CommandError) -> SavedMachine {
    let file: InputFile
    do throws(InputError) { file = try InputFile(opening: path) } catch {
      throw CommandError(error)
    }
    do throws(StateError) {
      return try SavedMachine { count throws(StateError) in
        do throws(InputError) { return try file.read(count) } catch {
          throw StateError(.input(error.explanation), at: 0)
        }
      }
    } catch {
      throw CommandError("\(path): \(error)")
    }
  }

  /// Replaces the registers of a machine that has been restored.
  func replaceRegisters(of machine: PowerMachine) throws {
    let lists = try registers.map { try RegisterDump.read($0, .book3S) }
    do throws(RestoreError) {
      try Book3SState.restore(lists, intoMachine: machine.processors)
    } catch {
      throw CommandError("--registers \(registers.joined(separator: ", ")): \(error)")
    }
  }
}
