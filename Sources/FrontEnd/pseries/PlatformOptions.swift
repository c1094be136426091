internal import ArgumentParser
internal import Machine
internal import MachineOptions
internal import PlatformSelection
internal import MachineDescription

/// What a guest finds around its processor.
struct PlatformOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The platform and the guest's architecture: spapr,arch=206.",
      valueName: "none|kvm|spapr[,arch=LEVEL][,pvr=VERSION][,flags=cross-arch]"))
  var platform: String?

  @Flag(help: "Print as JSON the engine, processor and level for the platform, and end.")
  var explain = false

  func validate() throws {
    if explain && platform == nil { throw ValidationError("--explain requires --platform") }
  }

  /// Adds what they say to a machine.
  func apply(
    to description: inout MachineDescription, _ options: MachineOptions, _ engine: MachineEngine
  ) throws(CommandError) {
    guard let decision = try decision(options, engine) else { return }
    description.processor = decision.processor
    description.maximumLevel = decision.level
  }

  func explanation(
    _ options: MachineOptions, _ engine: MachineEngine
  ) throws(CommandError) -> [UInt8] {
    Array((try decision(options, engine)?.json ?? "").utf8)
  }

  private func decision(
    _ options: MachineOptions, _ engine: MachineEngine
  ) throws(CommandError) -> PlatformDecision? {
    guard let platform else { return nil }
    if options.limit != nil || options.domain != nil {
      let other = options.limit != nil ? "--compat" : "--domain"
      throw CommandError.usage("--platform: \(other) says the same in other words")
    }
    do throws(PlatformSelectionError) {
      let selection = try PlatformSelection(text: platform)
      return try PowerMachine.decide(selection, processor: options.cpu?.processor, engine: engine)
    } catch {
      throw CommandError.usage("--platform: \(error)")
    }
  }
}
