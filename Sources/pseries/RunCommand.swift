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
  @OptionGroup(title: "Observing") var observing: ObserveOptions

  func run() throws {
    if platform.explain {
      return try Files.writeToStandardOutput(platform.explanation(machine))
    }
    let console = HostConsole()
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
    running.apply(to: &configuration)
    if resolved.domain?.allowsRestart == false { configuration.allowsRestart = false }
    let observers = try observing.observers()
    configuration.observers = observers.machine
    configuration.auditsISA = observing.auditIsa != nil

    let built: PowerMachine
    do {
      built = try PowerMachine(configuration, console: console)
      try built.powerOn()
    } catch let error as MachineDescriptionError {
      throw Failure.usage("\(error)")
    } catch {
      throw Failure("\(error)")
    }
    Interruption.install()
    console.enterRawMode()
    let outcome = built.run()
    console.restore()
    observers.close()
    try guest.saveNVRAM(of: built)
    Report.end(outcome, built, statistics: running.statistics)
    try observing.end(outcome, built)
    if outcome.exitStatus != 0 { throw ExitStatus(code: outcome.exitStatus) }
  }
}
