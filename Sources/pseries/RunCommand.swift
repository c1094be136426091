internal import ArgumentParser
internal import DomainDescription
internal import Glibc
internal import Machine
internal import MachineOptions
internal import PlatformTree

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Boot a guest. This is what pseries does without a subcommand.",
    discussion: """
      Examples:
        pseries
        pseries --cpu power9 --compat power8 --memory 1G \\
            --kernel vmlinux --initrd initrd.gz --append "console=hvc0"
        pseries --kernel vmlinux --stop-at cas --dump-vector linux.vec --dump-dtb guest.dtb
        pseries --entry flat --kernel vmlinux --dtb guest.dtb
        pseries --domain guest.xml
        pseries --platform spapr,arch=206 --explain
        pseries --clock deterministic --kernel vmlinux --trace hcall,rtas --trace-file calls.txt
        pseries --kernel vmlinux --save guest.state --save-at 100000000
        pseries --restore guest.state

      Without a kernel it boots a small guest that shows what it sees. On a terminal every key goes \
      to the guest; Ctrl-a h lists what does not.

      Exit status: 0 the guest powered off or you left, 2 wrong usage, 3 the guest's operating \
      system or its firmware gave up, 4 a limit was reached, 5 no processor can run, 1 anything \
      else.
      """)

  @OptionGroup(title: "Machine") var machine: MachineOptions
  @OptionGroup(title: "Platform") var platform: PlatformOptions
  @OptionGroup(title: "Guest") var guest: GuestOptions
  @OptionGroup(title: "Running") var running: RunOptions
  @OptionGroup(title: "State") var state: StateOptions
  @OptionGroup(title: "Observing") var observing: ObserveOptions

  func run() throws {
    if platform.explain {
      return try Files.writeToStandardOutput(platform.explanation(machine))
    }
    let console = HostConsole()
    let saved = try state.saved()
    var configuration =
      if let saved { try state.configuration(saved, machine, guest) } else { try configuration() }
    running.apply(to: &configuration)
    state.apply(to: &configuration, saved)
    let observers = try observing.observers()
    configuration.observers = observers.machine
    configuration.auditsISA = observing.auditIsa != nil

    let built: PowerMachine
    do {
      built = try PowerMachine(configuration, console: console)
      if let saved { try state.restore(saved, into: built) } else { try built.powerOn() }
    } catch let error as MachineDescriptionError {
      throw Failure.usage("\(error)")
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure("\(error)")
    }
    Interruption.install()
    console.enterRawMode()
    let outcome = built.run()
    console.restore()
    observers.close()
    if case .paused = outcome { try state.save(built) }
    try guest.saveNVRAM(of: built)
    Report.end(outcome, built, statistics: running.statistics)
    try observing.end(outcome, built)
    if outcome.exitStatus != 0 { throw ExitStatus(code: outcome.exitStatus) }
  }

  /// The machine and the guest of the options.
  private func configuration() throws -> MachineConfiguration {
    var configuration: MachineConfiguration
    let resolved: ResolvedMachine
    do {
      resolved = try machine.resolved()
      configuration = MachineConfiguration(description: resolved.description)
      try platform.apply(to: &configuration.description, machine)
      try configuration.description.validate()
    } catch let error as MachineDescriptionError {
      throw Failure.usage("\(error)")
    }
    try guest.apply(to: &configuration, domain: resolved.domain)
    if resolved.domain?.allowsRestart == false { configuration.allowsRestart = false }
    return configuration
  }
}
