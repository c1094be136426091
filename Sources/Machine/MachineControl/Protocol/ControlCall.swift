internal import JSON
internal import Machine

/// One request to the control socket, with its context.
struct ControlCall {
  let arguments: JSONValue
  let client: ControlClient
  let supervisor: MachineSupervisor
  private let command: ControlCommand
  private let availableMachine: PowerMachine?

  init(
    _ request: JSONValue, from client: ControlClient, to supervisor: MachineSupervisor,
    _ machine: PowerMachine?
  ) throws(ControlError) {
    guard let members = request.members else {
      throw ControlError("QMP input must be a JSON object")
    }
    guard let name = request["execute"]?.string else {
      throw ControlError("QMP input lacks member 'execute'")
    }
    for member in members where !["execute", "arguments", "id"].contains(member.key) {
      throw ControlError("QMP input member '\(member.key)' is unexpected")
    }
    guard let command = ControlCommand.all.first(where: { $0.name == name }) else {
      throw .commandNotFound(name)
    }
    arguments = request["arguments"] ?? [:]
    guard let given = arguments.members else {
      throw ControlError("QMP input member 'arguments' must be an object")
    }
    for member in given where !command.arguments.contains(member.key) {
      throw ControlError("Parameter '\(member.key)' is unexpected")
    }
    self.command = command
    self.client = client
    self.supervisor = supervisor
    availableMachine = machine
  }

  func perform() throws(ControlError) -> JSONValue { try command.perform(self) }

  /// The machine, for commands that need one.
  var machine: PowerMachine {
    get throws(ControlError) {
      guard let availableMachine else {
        throw ControlError(
          supervisor.state == .ended
            ? "the guest has ended" : "there is no guest yet: the program waits for one")
      }
      return availableMachine
    }
  }

  /// A required argument.
  func text(_ name: String) throws(ControlError) -> String {
    guard let value = arguments[name] else { throw ControlError("Parameter '\(name)' is missing") }
    guard let text = value.string else {
      throw ControlError("Invalid parameter type for '\(name)', expected: string")
    }
    return text
  }

  /// An optional number.
  func number(_ name: String, upTo limit: UInt64 = .max) throws(ControlError) -> UInt64? {
    guard let value = arguments[name] else { return nil }
    guard let number = value.unsigned else {
      throw ControlError("Invalid parameter type for '\(name)', expected: integer")
    }
    guard number <= limit else {
      throw ControlError("Parameter '\(name)' expects a value in the range of 0 to \(limit)")
    }
    return number
  }
}
