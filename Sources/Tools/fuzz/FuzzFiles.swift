import ArgumentParser
import Glibc
import HostSupport

/// Writes generated inputs to files, for the programs that read them.
struct FuzzFiles: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "files",
    abstract:
      "Writes a state, a tree, its source, a program and a domain for each number into a folder.")

  @OptionGroup var options: FuzzOptions

  @Argument(help: "The folder; files are named NUMBER.state, .dtb, .dts, .elf and .xml.")
  var folder: String

  func run() throws {
    let states = try FuzzState.seeds()
    let trees = try FuzzTree.seeds()
    let sources = try FuzzSource.seeds()
    for number in options.first..<options.first + max(options.inputs, 0) {
      var generator = InputGenerator(seed: options.seed, input: number)
      try write(FuzzState.input(states, &generator), "\(number).state")
      try write(generator.mutateWords(trees[generator.below(trees.count)]), "\(number).dtb")
      try write(FuzzSource.input(sources, &generator), "\(number).dts")
      try write(FuzzELF.input(&generator), "\(number).elf")
      try write(FuzzDomain.input(&generator), "\(number).xml")
    }
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    let path = "\(folder)/\(name)"
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw ValidationError("cannot write \(path): errno \(errno)") }
    defer { close(file) }
    let error = WholeWrite.write(bytes, to: file)
    guard error == 0 else { throw ValidationError("cannot write \(path): errno \(error)") }
  }
}
