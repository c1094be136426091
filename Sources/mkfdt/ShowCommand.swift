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
        mkfdt show --format json guest.dtb | jq .root.nodes.chosen
      """)

  @Argument(help: "The blob; - for standard input.") var file: String
  @Argument(help: "A node or property; an alias or a name without its unit address will do.")
  var path: String?

  @Option(help: "What to print: dts, or json for the whole tree.")
  var format = OutputFormat.dts

  func run() throws {
    let tree = try Files.readTree(file)
    guard format != .dtb else { throw Failure.usage("--format: show prints dts or json") }
    guard let path else {
      let text = format == .json ? tree.json() : tree.sourceText()
      return try Files.writeToStandardOutput(Array(text.utf8))
    }
    guard format == .dts else { throw Failure.usage("--format: json is for the whole tree") }
    let text: String
    if let node = tree[path] {
      text = node.sourceText()
    } else if let value = property(of: tree, path) {
      text = (value.bytes.isEmpty ? "true" : value.sourceText) + "\n"
    } else {
      throw Failure("\(file): there is no node or property \(path)")
    }
    try Files.writeToStandardOutput(Array(text.utf8))
  }

  private func property(of tree: DeviceTree, _ path: String) -> PropertyValue? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let node = slash == path.startIndex ? "/" : String(path[..<slash])
    return tree[node]?[String(path[path.index(after: slash)...])]
  }
}
