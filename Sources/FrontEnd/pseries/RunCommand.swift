internal import ArgumentParser
internal import DomainDescription
internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineControl
internal import MachineOptions
internal import MachineReports
internal import MachineDescription
internal import PlatformTree
internal import PowerCPU
internal import RemoteDebugging
internal import Sandbox

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Boot a guest (the default subcommand).",
    discussion: """
      Examples:
        pseries
        pseries --cpu power9 --compat power8 --memory 1G \\
            --kernel vmlinux --initrd initrd.gz --append "console=hvc0"
        pseries --kernel vmlinux --stop-at cas --dump-vector linux.vec
        pseries --entry flat --kernel vmlinux --dtb guest.dtb
        pseries --domain guest.xml
        pseries --platform spapr,arch=206 --explain
        pseries --kernel vmlinux --trace hcall,rtas --trace-file calls.txt
        pseries --trace hcall --trace-format chrome --trace-file calls.json
        pseries --kernel vmlinux --save guest.state --save-at 100000000
        pseries --restore guest.state
        pseries --incoming unix:there.sock --cpu power10
        pseries --compat power8 --kernel vmlinux --control unix:here.sock
        pseries control unix:here.sock migrate uri=unix:there.sock
        pseries --kernel vmlinux --gdb unix:gdb.sock --stop-at entry

      Without a kernel it boots a small built-in guest, which negotiates and tries instructions. \
      On a terminal every key goes to the guest; Ctrl-a h lists the exceptions.

      Exit status: 0 the guest powered off or you left, 2 wrong usage, 3 the guest's operating \
      system or boot program reported a fatal error, 4 a limit was reached, 5 no processor can \
      run, 129 SIGHUP, \
      130 SIGINT, 143 SIGTERM, 1 anything else.
      """)

  @OptionGroup(title: "Machine") var machine: MachineOptions
  @OptionGroup(title: "Platform") var platform: PlatformOptions
  @OptionGroup(title: "Guest") var guest: GuestOptions
  @OptionGroup(title: "Real-time clock") var calendar: ClockOptions
  @OptionGroup(title: "Running") var running: RunOptions
  @OptionGroup(title: "Engine") var engine: EngineOptions
  @OptionGroup(title: "State") var state: StateOptions
  @OptionGroup(title: "Control") var control: ControlOptions
  @OptionGroup(title: "Debugging") var debugging: DebugOptions
  @OptionGroup(title: "Observing") var observing: ObserveOptions
  @OptionGroup(title: "Sandbox") var sandbox: SandboxOptions

  func run() throws {
    if platform.explain {
      return try Files.writeToStandardOutput(platform.explanation(machine, engine.engine))
    }
    if running.stopAt == .entry, debugging.address == nil {
      throw CommandError.usage("--stop-at entry requires --gdb")
    }
    if state.restore != nil { try IncomingGuest.refuseOtherMachine(than: "--restore") }
    if control.incoming != nil { try IncomingGuest.refuseOtherMachine(than: "--incoming") }
    Interruption.install()
    LargeBlocks.areReturned()
    Report.prepare()
    if let timeout = running.timeout { Interruption.end(after: timeout) }
    let supervisor = try control.supervisor(state, sandbox)
    defer { supervisor.close() }
    let debugServer = try debugging.server(sandbox)
    do {
      try boot(supervisor, debugServer)
    } catch let error as CommandError {
      guard let earlyEnd else { throw error }
      Report.line(error.message)
      throw ExitCode(earlyEnd.exitStatus)
    }
  }

  /// Why the program is to end before its guest runs: a signal, or the time is over; nil when it is
  /// not.
  private var earlyEnd: MachineOutcome? {
    if let signal = Interruption.signal { return .interrupted(signal: signal) }
    guard let seconds = running.timeout, Interruption.isOverdue else { return nil }
    return .timedOut(seconds: seconds)
  }

  private func boot(_ supervisor: MachineSupervisor, _ debugServer: DebugServer?) throws {
    let console = HostConsole()
    try checkArrivals()
    let observers = try observing.observers([state.save, self.guest.nvramFile])
    defer { observers.trace?.close() }
    let map = try engine.map()
    let codeCache = try engine.openCodeCache()
    var listener = try control.listener()
    let isConfined = sandbox.sandbox
    let domain = try self.machine.domain.map { try DomainFiles($0, isConfined: isConfined) }
    let machine = try domain?.adding(to: self.machine) ?? self.machine
    var guest = self.guest
    if guest.nvramFile == nil { guest.nvramFile = domain?.nvram }
    var policy = sandbox.policy(state, guest, control, observing)
    policy.inputs.formUnion(domain?.inputs ?? [])
    try state.check(machine.disks)
    let disks = try OpenDisks(machine.disks, areClaimed: control.incoming == nil)
    let networks = try OpenNetworks(machine.networks)
    OpenNetworks.allow(machine.networks, in: &policy)
    let shares = try OpenShares(machine.shares)
    let ports = try OpenPorts(machine.ports)
    OpenPorts.allow(machine.ports, in: &policy)
    debugging.allow(in: &policy)
    let tpm = try machine.tpm.map(OpenTPM.emulator)
    // What follows is read by a process that can open nothing else.
    try sandbox.apply(policy, for: .reading)
    let arrival = try arrival(&listener, supervisor)
    if arrival == nil, control.incoming != nil { return try endWaiting() }
    let built = try attempt(arrival) {
      try arrival?.check(clock: running.clock)
      var configuration =
        if let arrival { try state.configuration(arrival.saved, machine, guest) } else {
          try configuration(guest, domain)
        }
      try disks.add(to: &configuration)
      try networks.add(to: &configuration)
      try shares.add(to: &configuration)
      try ports.add(to: &configuration)
      configuration.tpm = tpm
      guard (configuration.description.devices.tpm == nil) == (tpm == nil) else {
        throw CommandError.usage("--tpm: the guest has \(tpm == nil ? "a" : "no") TPM")
      }
      running.apply(to: &configuration)
      engine.apply(to: &configuration, map)
      configuration.codeCache = codeCache
      configuration.pauseAt = state.saveAt
      configuration.observers = observers.machine
      configuration.audit = observing.auditIsa == nil ? nil : .kinds
      return try PowerMachine(configuration, console: console)
    }
    observers.trace?.connect(built)
    if let arrival {
      try arrival.accept()
      try arrival.attempt { try built.restore(arrival.saved) }
      try state.replaceRegisters(of: built)
      try arrival.completeMigration(built, supervisor)
    } else {
      try attempt(nil) { try built.powerOn() }
    }
    debugServer?.attach(to: built, stopsAtEntry: running.stopAt == .entry)
    built.service = debugServer.map { MachineServices([supervisor, $0]) } ?? supervisor
    // The supervisor has the machine while a migration lasts.
    defer { built.service = nil }
    if let timeout = running.timeout { Interruption.end(after: timeout) }
    try sandbox.apply(policy, for: .running)
    let nvram = try guest.connectNVRAM(of: built)
    if console.isTerminal { Report.line("Ctrl-a x leaves, Ctrl-a h lists the other keys") }
    console.enterRawMode()
    let outcome = built.run()
    console.restore()
    debugServer?.end(status: outcome.exitStatus)
    do {
      defer { observers.trace?.close() }
      try supervisor.end(outcome) {
        if case .paused = outcome, let file = state.save, state.saveAt != nil {
          try state.save(built, to: file)
        }
        try nvram?.finish()
      }
    }
    // No client waits any more for what follows, which other programs can hold up.
    if outcome != .left { console.finish { Interruption.isOver } }
    Report.end(outcome, built, statistics: running.statistics)
    if engine.jitStatistics {
      HostOutput(STDOUT_FILENO).write(
        Array(built.translatorReports.map { "\($0)\n" }.joined().utf8)
      ) { Interruption.isOver }
    }
    try observing.end(outcome, built, observers.record)
    try observers.failures.rethrow()
    try state.checkSaved(outcome)
    if outcome.exitStatus != 0 { throw ExitCode(outcome.exitStatus) }
  }

  /// No guest came before the program was to end.
  private func endWaiting() throws {
    let outcome = earlyEnd ?? .left
    if case .timedOut = outcome { Report.line("\(outcome)") }
    if outcome.exitStatus != 0 { throw ExitCode(outcome.exitStatus) }
  }

  /// Refuses options that a guest which arrives has no use for.
  private func checkArrivals() throws(CommandError) {
    if calendar.rtc != nil, state.restore != nil || control.incoming != nil {
      throw CommandError.usage("--rtc: a guest that arrives brings its clock along")
    }
    if state.restore != nil, control.incoming != nil {
      throw CommandError.usage("--restore and --incoming exclude each other")
    }
  }

  /// The guest that comes from a file or another process, if one does.
  private func arrival(
    _ listener: inout ListeningSocket?, _ supervisor: MachineSupervisor
  ) throws(CommandError) -> IncomingGuest? {
    if listener != nil { return try IncomingGuest.arriving(at: &listener, supervisor) }
    return try state.saved().map { IncomingGuest(of: $0, from: state.restore ?? "") }
  }

  /// Does a part of making the machine; the source of a guest gets the reason when it fails.
  private func attempt<Result>(
    _ arrival: IncomingGuest?, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return if let arrival { try arrival.attempt(body) } else { try body() }
    } catch let error as MachineDescriptionError {
      throw CommandError.usage("\(error)")
    } catch let error as CommandError {
      throw error
    } catch {
      throw CommandError("\(error)")
    }
  }

  /// The machine and the guest of the options.
  private func configuration(
    _ guest: GuestOptions, _ files: DomainFiles?
  ) throws -> MachineConfiguration {
    var configuration: MachineConfiguration
    var resolved: ResolvedMachine
    do {
      resolved = try machine.resolved(domain: files?.contents)
      calendar.apply(to: &resolved)
      configuration = MachineConfiguration(description: resolved.description)
      try platform.apply(to: &configuration.description, machine, engine.engine)
      try configuration.description.validate()
    } catch let error as MachineDescriptionError {
      throw CommandError.usage("\(error)")
    }
    try guest.apply(to: &configuration, machine, domain: resolved.domain)
    configuration.clockBase = try resolved.clockBase()
    if running.clock == .deterministic, let conflict = calendar.rtc?.hostTime {
      throw CommandError.usage(
        "--rtc: \(conflict) is the host's time, of which --clock deterministic has nothing; "
          + "base=DATE and clock=vm are the guest's own")
    }
    if let domain = resolved.domain {
      configuration.allowsRestart = domain.allowsRestart
      configuration.restartsAfterPowerOff = domain.restartsAfterPowerOff
      configuration.restartsAfterCrash = domain.restartsAfterCrash
      for (place, terminal) in domain.terminals.enumerated() {
        switch terminal.output {
        case .program: break
        case .nowhere: configuration.terminalOutputs[place] = { _ in }
        case .file(let path, _):
          guard let file = files?.terminals[place] else {
            throw CommandError("cannot write \(path): it has not been opened")
          }
          configuration.terminalOutputs[place] = { file.write($0) }
        }
      }
    }
    return configuration
  }
}
