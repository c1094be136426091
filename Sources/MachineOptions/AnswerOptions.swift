package import ArgumentParser

/// The form of an answer, a report or a table.
package enum TextFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json
}

/// The form of a command's answer: for people, or for programs.
package struct AnswerOptions: ParsableArguments {
  @Option(help: "The form of the answer.")
  package var format = TextFormat.text

  @Flag(help: "The same as --format json.")
  package var json = false

  package init() {}

  package var isJSON: Bool { json || format == .json }
}
