internal import ArgumentParser

@main
struct CompareEngines: ParsableCommand {
  func run() throws {}
}
