internal import JSON

/// The error of a command, as QMP describes it.
public struct ControlError: Error, Equatable {
  /// `GenericError`, `CommandNotFound` or `DeviceNotFound`.
  var kind = "GenericError"
  /// The reason in words: `desc` of a QMP error.
  public var description: String

  /// A `GenericError`.
  public init(_ description: String) { self.description = description }

  static func commandNotFound(_ name: String) -> ControlError {
    var error = ControlError("The command \(name) has not been found")
    error.kind = "CommandNotFound"
    return error
  }

  static func deviceNotFound(_ reason: String) -> ControlError {
    var error = ControlError(reason)
    error.kind = "DeviceNotFound"
    return error
  }

  func answer(id: JSONValue?) -> JSONValue {
    ["error": ["class": .string(kind), "desc": .string(description)], "id": id]
  }
}
