internal import JSON

/// The error of a command, as QMP describes it.
public struct ControlError: Error, Equatable {
  /// `GenericError`, `CommandNotFound` or `DeviceNotFound`.
  var kind = "GenericError"
  /// The reason in words: `desc` of a QMP error.
  public var description: String

  /// A `GenericError`.
  public init(_ description: String) { self.description = description }

  private init(kind: String, _ description: String) {
    (self.kind, self.description) = (kind, description)
  }

  static func commandNotFound(_ name: String) -> ControlError {
    ControlError(kind: "CommandNotFound", "The command \(name) has not been found")
  }

  static func deviceNotFound(_ reason: String) -> ControlError {
    ControlError(kind: "DeviceNotFound", reason)
  }

  func answer(id: JSONValue?) -> JSONValue {
    ["error": ["class": .string(kind), "desc": .string(description)], "id": id]
  }
}
