internal import ArgumentParser

/// What else a mistake in the arguments may have meant.
struct UsageHints {
  /// The names of the subcommands.
  let commands: [String]
  /// What an argument that stands alone was probably meant for: `--kernel`.
  let bareArgument: String?

  init(_ command: any ParsableCommand.Type, bareArgument: String?) {
    commands = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
      .map { $0._commandName }
    self.bareArgument = bareArgument
  }

  /// Options by the names that other programs give them.
  private static let spellings: [String: String] = {
    let run = "see pseries run --help"
    let disk = "use --disk FILE"
    let network = "use --net user"
    let console = "the terminal is the guest's console"
    return [
      "-m": "use --memory SIZE", "--mem": "use --memory SIZE", "--ram": "use --memory SIZE",
      "-smp": "use --smp N", "--cpus": "use --smp N", "--vcpus": "use --smp N",
      "-cpu": "use --cpu NAME", "--max-cpu-compat": "use --compat LEVEL",
      "--compat-level": "use --compat LEVEL", "-kernel": "use --kernel FILE",
      "-initrd": "use --initrd FILE", "--initramfs": "use --initrd FILE",
      "-append": "use --append TEXT", "--cmdline": "use --append TEXT",
      "--command-line": "use --append TEXT", "-uuid": "use --uuid UUID", "-name": "use --name NAME",
      "-dtb": "use --dtb FILE", "-incoming": "use --incoming ADDRESS",
      "-qmp": "use --control unix:PATH", "-rtc": "use --clock", "-no-reboot": "use --no-reboot",
      "-d": "use --trace SUBJECTS", "-accel": "use --engine",
      "-machine": "QEMU's spelling; \(run)", "-M": "QEMU's spelling; \(run)",
      "-device": "QEMU's spelling; \(run)", "-chardev": "QEMU's spelling; \(run)",
      "-nographic": console, "-serial": console,
      "-drive": disk, "-hda": disk, "--drive": disk, "-cdrom": "use --cdrom FILE",
      "-nic": network, "-netdev": network, "-net": network,
      "-boot": "use --boot DEVICE",
    ]
  }()

  /// The message about an option that no command has.
  static func unknown(_ option: String) -> String? {
    spellings[option].map { "Unknown option '\(option)': \($0)" }
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
    if let argument = Self.quoted(message, after: "Unexpected argument '")
      ?? Self.quoted(message, after: "unexpected arguments: '")
    {
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
