internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print a tree, a node of it, or a property.",
    discussion: """
      Examples:
        mkfdt show guest.dtb
        mkfdt show guest.dtb /rtas
        mkfdt show guest.dtb /cpus/PowerPC,POWER9/cpu-version
        mkfdt show guest.dtb /cpus:#size-cells
        mkfdt show --format json guest.dtb | jq .root.nodes.chosen

      PATH:PROPERTY is always a property. PATH/NAME is the node of that name where there is one. \
      The printed value of a property is valid for --set: /path:property=VALUE. In JSON a name \
      occurs once in an object, so a tree with two nodes or properties of one name is rejected.
      """)

  @Argument(help: "A blob or source, - for standard input; or a folder such as /proc/device-tree.")
  var file: String
  @Argument(
    help: ArgumentHelp(
      "A node or property; also an alias, or a name without its unit address.",
      valueName: "path[:property]"))
  var path: String?

  @Option(help: "What to print: dts, or json for the whole tree.")
  var format = TextForm.dts

  /// The forms of a tree that are text.
  enum TextForm: String, CaseIterable, ExpressibleByArgument {
    case dts, json
  }

  func run() throws {
    let tree = try Files.readTree(file)
    guard let path else {
      let text = format == .json ? try tree.jsonText(of: file) : tree.sourceText()
      return try Files.writeToStandardOutput(Array(text.utf8))
    }
    guard format == .dts else { throw CommandError.usage("--format: json is for the whole tree") }
    try Files.writeToStandardOutput(Array(try text(of: tree, path).utf8))
  }

  private func text(of tree: DeviceTree, _ path: String) throws(CommandError) -> String {
    if !path.contains(":"), let node = tree[path] { return node.sourceText() }
    guard let place = PropertyPlace(path), let value = tree[place.path]?[place.property] else {
      throw CommandError("\(file): there is no node or property \(path)")
    }
    return value.sourceText + "\n"
  }
}
