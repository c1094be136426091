internal import ArgumentParser
internal import HostSupport
internal import MachineOptions
internal import MachineDescription

/// What is in a tree because of what is loaded beside it.
struct TreeOptions: ParsableArguments {
  @Option(
    name: [.customLong("bootargs"), .customLong("append")], parsing: .unconditional,
    help: ArgumentHelp("The kernel's command line.", valueName: "text"))
  var bootargs: String?

  @Option(help: ArgumentHelp("Address and size of an initial RAM disk.", valueName: "address,size"))
  var initrd: AddressAndSize?

  @Option(help: ArgumentHelp("Address and size of the kernel.", valueName: "address,size"))
  var kernel: AddressAndSize?

  @Option(help: ArgumentHelp("Address of RTAS, for --entry flat.", valueName: "address"))
  var rtas: ByteCount?

  @Option(help: "The description of memory beyond the real-mode area before a negotiation.")
  var dynamicMemory = DynamicMemoryForm.none

  @Option(
    help: ArgumentHelp(
      "Random bytes for the guest: hexadecimal digits, or random for 32 new ones. Default: none.",
      valueName: "hex"))
  var rngSeed: String?

  /// Adds what they say to a machine.
  func apply(to description: inout MachineDescription) throws {
    if let bootargs { description.bootArguments = bootargs }
    description.initrd = initrd?.range
    description.kernel = kernel?.range
    description.rtasAddress = rtas?.bytes
    description.dynamicMemory = dynamicMemory
    description.randomSeed = try seed()
  }

  private func seed() throws(CommandError) -> [UInt8] {
    guard let rngSeed else { return [] }
    if rngSeed == "random" {
      return (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    }
    guard let bytes = [UInt8](hexDigits: rngSeed) else {
      throw .usage("--rng-seed: '\(rngSeed)' is neither random nor an even number of hex digits")
    }
    return bytes
  }
}
