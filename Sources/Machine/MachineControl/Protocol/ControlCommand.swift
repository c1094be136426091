internal import JSON
internal import Machine

/// A command of the control socket: one row of ``all``.
public struct ControlCommand: Sendable {
  /// The name in QMP's style: `query-status`.
  public let name: String
  /// One line of help.
  public let help: String
  /// The names of its arguments.
  public let arguments: [String]
  /// The argument that names an output file, and the text before the name.
  public let output: (argument: String, prefix: String)?
  let perform: @Sendable (ControlCall) throws(ControlError) -> JSONValue

  init(
    _ name: String, _ help: String, _ arguments: [String] = [],
    output: (argument: String, prefix: String)? = nil,
    _ perform: @escaping @Sendable (ControlCall) throws(ControlError) -> JSONValue
  ) {
    self.name = name
    self.help = help
    self.arguments = arguments
    self.output = output
    self.perform = perform
  }

  /// Every command; those that QMP has carry its names.
  public static let all: [ControlCommand] =
    sessionCommands + machineCommands + dumpCommands + migrationCommands + descriptorCommands

  private static var names: [String] { all.map(\.name) }

  /// The answers have the form of QEMU's, but claim no version of QEMU.
  static let version: JSONValue = [
    "qemu": ["major": 0, "minor": 0, "micro": 0], "package": "papr",
  ]

  private static let sessionCommands: [ControlCommand] = [
    ControlCommand("qmp_capabilities", "Enable events.", ["enable"]) {
      call throws(ControlError) in
      call.client.wantsEvents = true
      return [:]
    },
    ControlCommand("query-version", "The version of the program and its protocol.") {
      _ throws(ControlError) in
      version
    },
    ControlCommand("query-commands", "The names of all commands.") { _ throws(ControlError) in
      .array(names.map { ["name": .string($0)] })
    },
    ControlCommand("quit", "End the program at once.") { call throws(ControlError) in
      call.supervisor.quit()
      return [:]
    },
  ]
}
