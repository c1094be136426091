internal import ArgumentParser
internal import Glibc
internal import JSON
internal import MachineControl
internal import MachineOptions

struct ControlCommandLine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "control",
    abstract: "Send a command to a running guest's --control socket.",
    discussion: """
      Examples:
        pseries control unix:guest.sock query-status
        pseries control unix:guest.sock save filename=guest.state
        pseries control guest.sock migrate-set-parameters max-bandwidth=100000000
        pseries control unix:guest.sock migrate uri=unix:there.sock --wait

      pseries control opens the output file of a command, for its owner only, and passes the descriptor.

      Commands:
      \(ControlCommand.all.map { command in
        let arguments = command.arguments.map { " \($0)=" }.joined()
        return "  \(command.name)\(arguments)\n      \(command.help)"
      }.joined(separator: "\n"))

      The answer is JSON on standard output. Exit status: 0 done, 1 refused or failed, 2 wrong usage.
      """)

  @Argument(help: "The socket: unix:PATH.", transform: { try SocketAddress($0) })
  var address: SocketAddress

  @Argument(help: "The command.")
  var command: String

  @Argument(help: "Arguments as name=value; a value may be JSON.")
  var arguments: [String] = []

  @Flag(help: "After migrate: print the progress, and whether the guest moved.")
  var wait = false

  func run() throws {
    guard !wait || command == "migrate" else {
      throw CommandError.usage(
        "--wait: there is nothing to wait for after \(command), only after migrate")
    }
    var values: [(name: String, value: JSONValue)] = []
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw CommandError.usage("'\(argument)' is not name=value")
      }
      let value = (try? JSONValue(parsing: String(parts[1]))) ?? .string(String(parts[1]))
      values.append((String(parts[0]), value))
    }
    do {
      let connection = try ControlConnection(to: address)
      let file = try replacement(in: &values, connection)
      let answer = try connection.execute(command, values)
      try file?.commit(synced: true)
      guard wait else {
        return try Files.writeToStandardOutput(Array(answer.text().utf8))
      }
      try follow(connection)
    } catch let error as SocketError {
      throw CommandError("\(error)")
    } catch let error as ControlConnectionError {
      throw CommandError("\(error)")
    }
  }

  /// Opens the file that the command writes, if it does, and passes it: the guest's process needs no
  /// access to the folder.
  private func replacement(
    in values: inout [(name: String, value: JSONValue)], _ connection: ControlConnection
  ) throws -> FileReplacement? {
    guard case .unix = address,
      let output = ControlCommand.all.first(where: { $0.name == command })?.output,
      let place = values.firstIndex(where: { $0.name == output.argument }),
      let path = values[place].value.string, path.hasPrefix(output.prefix),
      case let name = String(path.dropFirst(output.prefix.count)), !name.isEmpty,
      !name.hasPrefix("/dev/fdset/")
    else { return nil }
    let file = try FileReplacement(of: name, .private)
    let added = try connection.execute("add-fd", passing: file.descriptor)
    guard let set = added["fdset-id"]?.unsigned else {
      throw CommandError("the machine does not say where it keeps the file")
    }
    values[place].value = .string("\(output.prefix)/dev/fdset/\(set)")
    return file
  }

  /// Reports a migration until it ends.
  private func follow(_ connection: ControlConnection) throws {
    var reported = 0
    while true {
      let answer = try connection.execute("query-migrate")
      let status = answer["status"]?.string ?? ""
      let milliseconds = Int(answer["total-time"]?.integer ?? 0)
      if milliseconds - reported >= 1000 {
        reported = milliseconds
        let ram = answer["ram"]
        let sent = (ram?["transferred"]?.unsigned ?? 0) >> 20
        let left = (ram?["remaining"]?.unsigned ?? 0) >> 20
        let pass = ram?["dirty-sync-count"]?.unsigned ?? 0
        Complaint.write(
          "\(status): \(milliseconds / 1000) s, \(sent) MiB sent, pass \(pass), \(left) MiB to go"
        )
      }
      guard ["setup", "active", "device", "cancelling"].contains(status) else {
        try Files.writeToStandardOutput(Array(answer.text().utf8))
        guard status == "completed" else {
          throw CommandError("\(status): \(answer["error-desc"]?.string ?? "")")
        }
        return
      }
      usleep(50_000)
    }
  }
}
