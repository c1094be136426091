package import ArgumentParser
internal import Glibc
package import HostSupport
internal import MachineDescription

/// Why a command stops: one line for the user, and the exit status.
package enum CommandError: Error {
  /// Something about files, trees or guests.
  case failed(String)
  /// A mistake in the arguments.
  case usage(String)
  /// The time allowed is over.
  case overdue(String)

  /// Something about files, trees or guests.
  package init(_ message: String) { self = .failed(message) }

  /// A file that cannot be read.
  package init(_ error: InputError) {
    self = error.reason == .overdue ? .overdue("\(error)") : .failed("\(error)")
  }

  /// The line.
  package var message: String {
    switch self {
    case .failed(let message), .usage(let message), .overdue(let message): message
    }
  }

  /// The exit status: 1 for what was not done, 2 for wrong usage, 4 for a limit that was reached.
  package var status: ExitCode {
    switch self {
    case .failed: .failure
    case .usage: .wrongUsage
    case .overdue: ExitCode(4)
    }
  }
}

extension ExitCode {
  /// The status after a mistake in the arguments.
  fileprivate static let wrongUsage = ExitCode(2)
}

extension ParsableCommand {
  /// Parses the arguments and runs the command. What goes wrong is one line on standard error, and
  /// the exit status: 2 for a mistake in the arguments. A status that is an answer and no failure is
  /// thrown as `ExitCode`.
  ///
  /// - Parameters:
  ///   - bareArgument: the option that an argument without one was probably meant for.
  ///   - programCommands: the commands whose last arguments are another program's.
  ///   - version: further lines of `--version`.
  package static func runAndExit(
    named name: String, bareArgument: String? = nil, programCommands: Set<String> = [],
    version: () -> [String] = { [] }
  ) -> Never {
    StandardDescriptors.open()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try requireUTF8()
      if arguments.first == "--version" {
        let lines = [ProjectVersion.line(name)] + version()
        try Files.writeToStandardOutput(Array(lines.map { "\($0)\n" }.joined().utf8))
        Glibc.exit(0)
      }
      let isOther = arguments.first.map(programCommands.contains) ?? false
      let own = isOther ? arguments.dropFirst().prefix { $0.hasPrefix("-") } : arguments[...]
      if let option = UnknownOption.first(in: own) {
        throw CommandError.usage(UnknownOption.message(option))
      }
      try checkCommand(arguments)
      var command = try parseAsRoot()
      try command.run()
      Glibc.exit(0)
    } catch let status as ExitCode {
      Glibc.exit(status.rawValue)
    } catch let error as CommandError {
      Complaint.write(error.message, from: name)
      Glibc.exit(error.status.rawValue)
    } catch {
      // Help is no error; everything else ArgumentParser throws is a mistake in the arguments.
      guard exitCode(for: error) != .success else { exit(withError: error) }
      let message = message(for: error)
      let hints = UsageHints(Self.self, bareArgument: bareArgument)
      Complaint.write(message.isEmpty ? "\(error)" : hints.improved(message), from: name)
      Glibc.exit(ExitCode.wrongUsage.rawValue)
    }
  }

  /// Stops when an argument is not UTF-8: a `String` of it would have other bytes, which would go
  /// into trees and names of files.
  private static func requireUTF8() throws(CommandError) {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[index],
        String(validatingCString: argument) == nil
      else { continue }
      let bytes = UnsafeBufferPointer(start: argument, count: strlen(argument))
      let text = bytes.map { byte in
        let byte = UInt8(bitPattern: byte)
        let isPlain = (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "\\")
        return isPlain ? String(UnicodeScalar(byte)) : "\\x" + byte.hexDigits(2)
      }
      throw .usage("argument \(index) is not UTF-8: \(text.joined())")
    }
  }

  /// ArgumentParser prints help, with status 0, for a command that is missing or that help has none of.
  private static func checkCommand(_ arguments: [String]) throws(CommandError) {
    let hints = UsageHints(Self.self, bareArgument: nil)
    let list = hints.commands.joined(separator: ", ")
    if arguments.isEmpty, configuration.defaultSubcommand == nil, !hints.commands.isEmpty {
      throw .usage("a command is missing; there are \(list). \(usageString(for: Self.self))")
    }
    if arguments.first == "help", arguments.count > 1, !hints.commands.contains(arguments[1]),
      !arguments[1].hasPrefix("-")
    {
      throw .usage("help: there is no command '\(arguments[1])'; there are \(list)")
    }
  }
}

/// Words behind a single dash, as QEMU spells its options. ArgumentParser reads them as one-letter
/// flags: it takes the `h` of `-machine` or `-nographic` for help, and ends with status 0.
package enum UnknownOption {
  package static func message(_ option: String) -> String {
    UsageHints.unknown(option)
      ?? "Unknown option '\(option)': the options here begin with two dashes"
  }

  /// The first such word. No option here has a one-letter name that others could follow.
  package static func first(in arguments: some Sequence<String>) -> String? {
    var isText = false
    for argument in arguments {
      if argument == "--" { return nil }
      // A kernel's command line may begin with a dash.
      defer { isText = argument == "--append" || argument == "--bootargs" }
      if isText { continue }
      // `-` is standard input, and `-o=FILE` gives an option its value.
      let letters = argument.prefix { $0 != "=" }
      if letters.hasPrefix("-"), !letters.hasPrefix("--"), letters.count > 2 { return argument }
    }
    return nil
  }
}

/// One line on standard error.
package enum Complaint {
  private static let program =
    CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? ""

  /// - Parameter name: who says it; the program's own name without one.
  package static func write(_ message: String, from name: String? = nil) {
    // ArgumentParser lists valid values on lines of their own.
    var line = ""
    for part in message.split(separator: "\n") {
      let text = part.drop { $0 == " " }
      let isItem = text.hasPrefix("- ")
      if !line.isEmpty { line += isItem && !line.hasSuffix(":") ? ", " : " " }
      line += isItem ? text.dropFirst(2) : text
    }
    WholeWrite.writeToStandardError("\(name ?? program): \(line.printable)\n")
  }
}
