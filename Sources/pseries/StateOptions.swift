internal import ArgumentParser
internal import Glibc
internal import Machine
internal import MachineOptions
internal import Migration
internal import PlatformTree
internal import PowerISA
internal import SavedState

/// Saving a running guest, and going on with a saved one.
struct StateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Where the guest's state goes; with --save-at.", valueName: "file"))
  var save: String?

  @Option(
    help: ArgumentHelp(
      "Save after so many guest instructions, and end with status 0.", valueName: "count"))
  var saveAt: UInt64?

  @Option(
    help: ArgumentHelp(
      """
      Go on with a saved guest. Its machine comes from the file; only --cpu, observing and limits \
      may be given too.
      """, valueName: "file"))
  var restore: String?

  func validate() throws {
    guard (save == nil) == (saveAt == nil) else {
      throw ValidationError("--save and --save-at go together")
    }
  }

  /// The machine of a saved guest, on the processor that the options name if they do.
  func configuration(
    _ saved: SavedMachine, _ machine: MachineOptions, _ guest: GuestOptions
  ) throws(Failure) -> MachineConfiguration {
    guard guest.kernel == nil, guest.initrd == nil, guest.dtb == nil else {
      throw Failure.usage("--restore: the guest is in the file, and takes no other program")
    }
    var description = saved.description
    let source = MigrationProcessor(
      model: description.processor, version: description.processor.version, level: saved.level)
    let model = machine.cpu?.processor ?? description.processor
    let limit = machine.compat?.level ?? nil
    let verdict = MigrationVerdict(
      from: source, to: MigrationProcessor(model: model, version: model.version, level: limit))
    guard verdict.isAllowed else { throw Failure("\(restore ?? ""): \(verdict.reason)") }
    if machine.cpu != nil { description.processor = model }
    return MachineConfiguration(description: description)
  }

  func apply(to configuration: inout MachineConfiguration, _ saved: SavedMachine?) {
    configuration.pauseAt = saveAt
    guard let saved else { return }
    configuration.isDeterministic = saved.isDeterministic
    // What it booted from is not here any more.
    configuration.allowsRestart = false
  }

  /// Writes the machine's state; the file is there when it is complete.
  func save(_ machine: PowerMachine) throws(Failure) {
    guard let save else { return }
    let file = try FileReplacement(of: save)
    do throws(StateError) {
      try machine.save { bytes throws(StateError) in
        do throws(Failure) {
          try file.write(bytes)
        } catch {
          throw StateError(.input(error.message), at: 0)
        }
      }
    } catch {
      throw Failure("\(error.reason)")
    }
    try file.commit(synced: true)
  }

  /// Reads the beginning of the file to restore.
  func saved() throws(Failure) -> SavedMachine? {
    guard let restore else { return nil }
    let descriptor = open(restore, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure("cannot read \(restore): \(String(cString: strerror(errno)))")
    }
    do throws(StateError) {
      return try SavedMachine { count throws(StateError) in try Self.read(count, descriptor) }
    } catch {
      throw Failure("\(restore): \(error)")
    }
  }

  /// Puts the rest of the file into a machine.
  func restore(_ saved: SavedMachine, into machine: PowerMachine) throws(Failure) {
    do throws(StateError) {
      try machine.restore(saved)
    } catch {
      throw Failure("\(restore ?? ""): \(error)")
    }
  }

  private static func read(_ count: Int, _ descriptor: Int32) throws(StateError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let step = Glibc.read(descriptor, buffer.baseAddress! + filled, count - filled)
        if step < 0, errno == EINTR { continue }
        if step < 0 { failure = errno }
        guard step > 0 else { return }
        filled += step
      }
    }
    guard failure == 0 else {
      throw StateError(.input(String(cString: strerror(failure))), at: 0)
    }
    return bytes
  }
}
