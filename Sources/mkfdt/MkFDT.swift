internal import ArgumentParser
internal import Glibc

@main
struct MkFDT: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mkfdt",
    abstract: "Make, read and check device trees of PAPR partitions.",
    discussion: """
      Without a subcommand, mkfdt builds a tree: `mkfdt --compat power6 > guest.dtb`.

      Exit status: 0 done, 1 not done (for diff: different, for check: findings), 2 wrong usage.
      """,
    subcommands: [
      BuildCommand.self, ShowCommand.self, DiffCommand.self, CheckCommand.self,
      FeaturesCommand.self, NegotiateCommand.self,
    ],
    defaultSubcommand: BuildCommand.self)

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let status as ExitStatus {
      Glibc.exit(status.code)
    } catch let failure as Failure {
      complain(failure.message)
      Glibc.exit(failure.status)
    } catch {
      // Help is no error; everything else ArgumentParser throws is a mistake in the arguments.
      guard exitCode(for: error) != .success else {
        exit(withError: error)
      }
      let message = message(for: error)
      complain(message.isEmpty ? "\(error)" : message)
      Glibc.exit(Failure.usage)
    }
  }

  /// One line on standard error.
  private static func complain(_ message: String) {
    // ArgumentParser lists valid values on lines of their own.
    var line = ""
    for part in message.split(separator: "\n") {
      let text = part.drop { $0 == " " }
      let isItem = text.hasPrefix("- ")
      if !line.isEmpty { line += isItem && !line.hasSuffix(":") ? ", " : " " }
      line += isItem ? text.dropFirst(2) : text
    }
    let text = Array("mkfdt: \(line)\n".utf8)
    _ = write(STDERR_FILENO, text, text.count)
  }
}

/// Why a command stops: one line, and the exit status.
struct Failure: Error {
  static let other: Int32 = 1
  static let usage: Int32 = 2

  var message: String
  var status: Int32

  /// Something about files or trees.
  init(_ message: String) { (self.message, status) = (message, Self.other) }

  /// Something about the arguments.
  static func usage(_ message: String) -> Failure {
    var failure = Failure(message)
    failure.status = Self.usage
    return failure
  }
}

/// An exit status that is an answer and no failure.
struct ExitStatus: Error {
  var code: Int32
}
