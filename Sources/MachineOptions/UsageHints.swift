package import ArgumentParser

/// What else a mistake in the arguments may have meant.
package struct UsageHints {
  /// The names of the subcommands.
  let commands: [String]
  /// What an argument that stands alone was probably meant for: `--kernel`.
  let bareArgument: String?

  init(_ command: any ParsableCommand.Type, bareArgument: String?) {
    commands = command.configuration.subcommands.map(\._commandName)
    self.bareArgument = bareArgument
  }

  /// Options by the names that other programs give them.
  private static let spellings: [String: String] = [
    "-m": "--memory SIZE", "--mem": "--memory SIZE", "--ram": "--memory SIZE",
    "-smp": "--smp N", "--cpus": "--smp N", "--vcpus": "--smp N",
    "-cpu": "--cpu NAME", "--max-cpu-compat": "--compat LEVEL",
    "--compat-level": "--compat LEVEL", "-kernel": "--kernel FILE", "-initrd": "--initrd FILE",
    "--initramfs": "--initrd FILE", "-append": "--append TEXT", "--cmdline": "--append TEXT",
    "--command-line": "--append TEXT", "-uuid": "--uuid UUID", "-name": "--name NAME",
    "-machine": "--cpu, --compat and the other options of pseries run --help",
    "-M": "--cpu, --compat and the other options of pseries run --help",
    "-nographic": "nothing: the terminal is the guest's console",
    "-serial": "nothing: the terminal is the guest's console",
    "-accel": "--engine", "-dtb": "--dtb FILE",
    "-drive": "--kernel and --initrd: there are no disks",
    "-hda": "--kernel and --initrd: there are no disks",
    "--drive": "--kernel and --initrd: there are no disks",
    "-incoming": "--incoming ADDRESS", "-qmp": "--control unix:PATH",
    "-rtc": "--clock", "-no-reboot": "--no-reboot", "-d": "--trace SUBJECTS",
  ]

  /// The message about an option that no command has.
  static func unknown(_ option: String) -> String? {
    spellings[option].map { "Unknown option '\(option)'; use \($0)" }
  }

  /// ArgumentParser's message with another suggestion, or without one that is too far away.
  func improved(_ message: String) -> String {
    if let option = Self.quoted(message, after: "Unknown option '") {
      if let known = Self.unknown(option) { return known }
      if let suggestion = Self.quoted(message, after: "Did you mean '"),
        !Self.isClose(option, suggestion), let end = message.firstRange(of: ". Did you mean ")
      {
        return String(message[..<end.lowerBound])
      }
    }
    if let argument = Self.quoted(message, after: "Unexpected argument '") {
      if let command = commands.first(where: { Self.isClose(argument, $0) }) {
        return "\(message); did you mean the command '\(command)'?"
      }
      if let bareArgument { return "\(message); use \(bareArgument) \(argument)" }
      if !commands.isEmpty {
        return "\(message); the commands are \(commands.joined(separator: ", "))"
      }
    }
    if message.contains("is invalid for '--"), message.contains("<size>'") {
      return message + "; a size is a number of bytes, or has K, M, G or T, as 512M or 2G"
    }
    return message
  }

  /// The text between the mark and the next quote.
  private static func quoted(_ message: String, after mark: String) -> String? {
    guard let start = message.firstRange(of: mark) else { return nil }
    let rest = message[start.upperBound...]
    return rest.firstIndex(of: "'").map { String(rest[..<$0]) }
  }

  /// Whether one may be a slip of the other: a third of its letters or fewer are wrong.
  static func isClose(_ one: String, _ other: String) -> Bool {
    let (a, b) = (Array(one.drop { $0 == "-" }), Array(other.drop { $0 == "-" }))
    guard a.count < 64, b.count < 64 else { return false }
    return distance(a, b) <= max(1, min(a.count, b.count) / 3)
  }

  /// Letters that are missing, too many, wrong or exchanged with their neighbour.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
