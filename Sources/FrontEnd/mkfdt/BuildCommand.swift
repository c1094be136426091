internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import MachineDescription
internal import PlatformTree

/// What a tree is written as.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case dtb
  case dts
  case json
}

struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build the tree of a machine (the default subcommand).",
    discussion: """
      Examples:
        mkfdt --compat power6 > guest.dtb
        mkfdt --cpu power9 --smp 8,threads=4 --memory 4G --format dts
        mkfdt --smp 2 --memory 4G --numa memory=2G,cpus=0 --numa memory=2G,cpus=1
        mkfdt --entry flat --bootargs console=hvc0 --initrd 0x3000000,8M -o f.dtb
        mkfdt --set '/chosen/note=<1>' --overlay more.dtbo --format json
        mkfdt --symbols --pad 64K --align 4K -o f.dtb

      The tree advertises only what pseries serves. A value for --set is written as in device tree source: "text\\n", <1 0x2 (3 << 4)>, \
      /bits/ 64 <5>, [0a 0b], <&{/path}>, &label, /incbin/("file"), with commas between; \
      anything else is a literal string, and an empty value makes an empty property. \
      /path:property means the same as /path/property.
      """)

  @OptionGroup(title: "Machine") var machine: MachineOptions
  @OptionGroup(title: "What is loaded") var loaded: TreeOptions

  @OptionGroup(title: "Changes") var edits: TreeEdits
  @OptionGroup(title: "Output") var output: TreeOutput

  func run() throws {
    var tree = try build()
    try edits.apply(to: &tree)
    try output.write(tree)
  }

  private func build() throws -> DeviceTree {
    do {
      var description = try machine.description()
      try loaded.apply(to: &description)
      return try PlatformTree.build(description, served: ServedCalls(for: description))
    } catch let error as MachineDescriptionError {
      throw CommandError.usage("\(error)")
    }
  }
}
