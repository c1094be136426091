internal import ArgumentParser
internal import HostSupport
internal import Machine

/// Where time comes from.
enum ClockChoice: String, CaseIterable, ExpressibleByArgument {
  case host
  case deterministic
}

/// A moment at which to stop.
enum StopPoint: String, CaseIterable, ExpressibleByArgument {
  /// After the first negotiation.
  case cas
  /// Before the first instruction, for a debugger.
  case entry
}

/// How a machine is run.
struct RunOptions: ParsableArguments {
  @Option(
    help: """
      The guest's clock: the host's time, or time counted in instructions, with which two runs \
      print the same bytes. A guest that arrives keeps its clock. Default: host.
      """)
  var clock: ClockChoice?

  @Option(help: ArgumentHelp("Stop after this much of the host's time.", valueName: "seconds"))
  var timeout: Double?

  @Option(help: ArgumentHelp("Stop after this number of guest instructions.", valueName: "count"))
  var maxInstructions: UInt64?

  @Option(
    name: .customLong("stop-at"),
    help: """
      cas: end at the negotiation. entry: wait at the guest's first instruction until a debugger of \
      --gdb lets it run.
      """)
  var stopAt: StopPoint?

  @Flag(help: "End when the guest requests a restart.")
  var noReboot = false

  @Flag(
    help: """
      Print instructions, seconds and instructions per second at the end, and the instructions \
      that were rejected in problem state.
      """)
  var statistics = false

  func validate() throws {
    if let timeout, !(timeout > 0 && timeout.isFinite) {
      throw ValidationError("--timeout: a number of seconds above 0 is expected")
    }
  }

  /// Adds what they say to a machine.
  func apply(to configuration: inout MachineConfiguration) {
    if clock == .deterministic { configuration.isDeterministic = true }
    configuration.timeout = timeout
    configuration.instructionLimit = maxInstructions
    configuration.stopsAtNegotiation = stopAt == .cas
    if noReboot { configuration.allowsRestart = false }
    configuration.endingSignal = { Interruption.signal }
  }
}
