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
    help: ArgumentHelp(
      """
      Where the guest's state goes: after --save-at, or when a signal asks for it, SIGUSR1 to save \
      and go on, SIGUSR2 to save and end.
      """, valueName: "file"))
  var save: String?

  @Option(
    help: ArgumentHelp(
      "Save after so many guest instructions, and end with status 0.", valueName: "count"))
  var saveAt: UInt64?

  @Option(
    help: ArgumentHelp(
      """
      Go on with a saved guest. Its machine comes from the file; only --cpu, --compat, observing and \
      limits may be given too, and with --kernel what a restart boots.
      """, valueName: "file"))
  var restore: String?

  func validate() throws {
    guard saveAt == nil || save != nil else {
      throw ValidationError("--save-at: there is no --save to say where the state goes")
    }
  }

  /// The machine of a guest that arrives, on the processor that the options name if they do.
  /// - Throws: why the guest cannot go on there.
  func configuration(
    _ saved: SavedMachine, _ machine: MachineOptions, _ guest: GuestOptions
  ) throws(Failure) -> MachineConfiguration {
    var description = saved.description
    let source = MigrationProcessor(
      model: description.processor, version: description.processor.version, level: saved.level)
    let model = machine.cpu?.processor ?? description.processor
    let limit = machine.compat?.level ?? nil
    let verdict = MigrationVerdict(
      from: source, to: MigrationProcessor(model: model, version: model.version, level: limit))
    guard verdict.isAllowed else { throw Failure(verdict.reason) }
    if machine.cpu != nil { description.processor = model }
    var configuration = MachineConfiguration(description: description)
    configuration.isDeterministic = saved.isDeterministic
    // What it booted from does not come along.
    configuration.allowsRestart = guest.kernel != nil
    guard guest.kernel != nil else {
      for (option, value) in [("--initrd", guest.initrd), ("--dtb", guest.dtb)] where value != nil {
        throw Failure.usage("\(option): there is no --kernel to hand it to")
      }
      return configuration
    }
    try guest.apply(to: &configuration, domain: nil)
    return configuration
  }

  /// Writes the machine's state; the file is there when it is complete.
  func save(_ machine: PowerMachine, to path: String) throws(Failure) {
    let file = try FileReplacement(of: path)
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
