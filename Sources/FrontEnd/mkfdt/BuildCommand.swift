internal import HostSupport
internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import Glibc
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
    abstract: "Build the tree of a machine. This is what mkfdt does without a subcommand.",
    discussion: """
      Examples:
        mkfdt --compat power6 > guest.dtb
        mkfdt --cpu power9 --smp 8,threads=4 --memory 4G --format dts
        mkfdt --smp 2 --memory 4G --numa memory=2G,cpus=0 --numa memory=2G,cpus=1
        mkfdt --entry flat --bootargs console=hvc0 --initrd 0x3000000,8M -o f.dtb
        mkfdt --set '/chosen/note=<1>' --overlay more.dtbo --format json

      The tree holds what the machine of this package serves and nothing else. \
      A value for --set is written as in device tree source: "text\\n", <1 0x2 (3 << 4)>, \
      /bits/ 64 <5>, [0a 0b], <&{/path}>, &label, /incbin/("file"), with commas between; \
      anything else is a string as it stands, and nothing makes a property without bytes. \
      /path:property is the same place as /path/property.
      """)

  @OptionGroup(title: "Machine") var machine: MachineOptions
  @OptionGroup(title: "What is loaded") var loaded: TreeOptions

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a property; once for each.", valueName: "/path/property=value"),
    transform: PropertyEdit.init(argument:))
  var edits: [PropertyEdit] = []

  @Option(
    name: .customLong("overlay"),
    help: ArgumentHelp("Merge an overlay blob; once for each.", valueName: "file"))
  var overlays: [String] = []

  @Option(help: "What to write.")
  var format = OutputFormat.dtb

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to write. Default: standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Write a blob even to a terminal.")
  var force = false

  func run() throws {
    var tree = try build()
    for path in overlays { tree = try merged(tree, path) }
    for edit in edits { try edit.apply(to: &tree) }
    let bytes: [UInt8]
    switch format {
    case .dts: bytes = Array(tree.sourceText().utf8)
    case .json: bytes = Array(try tree.jsonText(of: "--format json").utf8)
    case .dtb:
      do throws(DeviceTreeError) {
        bytes = try tree.blob()
      } catch {
        throw Failure("\(error)")
      }
    }
    if let output, output != "-" {
      try Files.write(bytes, to: output)
    } else if format == .dtb && isatty(STDOUT_FILENO) != 0 && !force {
      throw Failure.usage(
        "standard output is a terminal: use --output FILE, --format dts, or --force")
    } else {
      try Files.writeToStandardOutput(bytes)
    }
  }

  private func build() throws -> DeviceTree {
    do {
      var description = try machine.description()
      try loaded.apply(to: &description)
      return try PlatformTree.build(description, served: ServedCalls(for: description))
    } catch let error as MachineDescriptionError {
      throw Failure.usage("\(error)")
    }
  }

  private func merged(_ tree: DeviceTree, _ path: String) throws(Failure) -> DeviceTree {
    let overlay = try Files.read(path, limit: InputLimit.tree)
    do throws(DeviceTreeError) {
      return try tree.applying(overlay: overlay)
    } catch {
      throw Failure("--overlay \(path): \(error)")
    }
  }
}
