internal import ArgumentParser
internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineOptions
internal import ProgramExecution
internal import Sandbox

/// Boots the guest in which programs run, and saves it when it is ready; `exec` starts this as a process of its
/// own, which is confined to the folder that it fills.
struct MakeGuestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make-guest", abstract: "Boot the guest of exec and save it.",
    shouldDisplay: false)

  @OptionGroup var machine: ExecMachineOptions
  @Option(help: "How many folders can be shared.") var folders = 0
  @Option(help: "An empty folder for the saved guest.") var output: String
  @Option(help: "Where translated code is kept.") var codeCache: String?

  /// Seconds in which the guest must be ready.
  private static let patience = 120.0

  func run() throws {
    Interruption.install()
    Interruption.end(after: Self.patience)
    LargeBlocks.areReturned()
    guard let path = machine.kernel else { throw CommandError.usage("--kernel is missing") }
    do {
      let file = try InputFile(opening: path)
      let order = try KernelFile.byteOrder(of: file)
      let archive = try InitialArchive.agent(order, modules: machine.modules)
      let code = codeCache.flatMap { try? CodeCache(folder: $0) }
      var policy = SandboxPolicy()
      policy.inputs.insert(path)
      policy.writableFolders.insert(output)
      _ = try Sandbox(confining: policy, for: .reading)
      let console = GuestRun.ConsoleTail()
      let guest = try GuestRun.boot(
        machine.machine(folders: folders), kernel: try GuestFile(file), archive: archive,
        codeCache: code, console: console
      ) {
        _ = try Sandbox(confining: policy, for: .running)
      }
      try StateFolder(output).save(guest.machine, sharesFolders: guest.sharesFolders)
    } catch {
      throw CommandError("\(error)")
    }
  }
}
