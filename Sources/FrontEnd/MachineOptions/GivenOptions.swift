package import ArgumentParser
internal import JSON

/// Which options of a group a command line gives, whatever their values.
package enum GivenOptions {
  /// The options of a group that are among the arguments, as they are written there, each once.
  ///
  /// The group's declaration decides which options are its: their names are those of its help.
  package static func of(
    _ group: any ParsableArguments.Type,
    in arguments: [String] = Array(CommandLine.arguments.dropFirst())
  ) -> [String] {
    let names = names(of: group)
    var given: [String] = []
    var isText = false
    for argument in arguments.prefix(while: { $0 != "--" }) {
      // The guest's command line is text, whatever it looks like.
      defer { isText = !isText && ["--append", "--bootargs"].contains(argument) }
      if isText { continue }
      let name = String(argument.prefix { $0 != "=" })
      if names.contains(name), !given.contains(name) { given.append(name) }
    }
    return given
  }

  /// Every name of the group's options, with the hyphens.
  package static func names(of group: any ParsableArguments.Type) -> Set<String> {
    let arguments = (try? JSONValue(parsing: group._dumpHelp()))?["command"]?["arguments"]
    var names: Set<String> = []
    for argument in arguments?.elements ?? [] {
      for name in argument["names"]?.elements ?? [] {
        guard let text = name["name"]?.string, text != "help", text != "h" else { continue }
        names.insert((name["kind"]?.string == "long" ? "--" : "-") + text)
      }
    }
    return names
  }
}
