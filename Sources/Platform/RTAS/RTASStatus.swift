public import CallInterface

/// The status cell of an RTAS call (LoPAR "RTAS Status Word Values").
public struct RTASStatus: CallStatus, Hashable, RawRepresentable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// No events found, and other answers that are neither success nor failure.
  public static let noEvents = Self(rawValue: 1)
  public static let success = Self(rawValue: 0)
  public static let hardware = Self(rawValue: -1)
  public static let busy = Self(rawValue: -2)
  /// A wrong argument; also an indicator, sensor or system parameter that does not exist, and an
  /// unknown token.
  public static let parameter = Self(rawValue: -3)
  public static let notSupported = Self(rawValue: -3)
  public static let notAuthorized = Self(rawValue: -9002)
  /// Parameter error of the system parameter calls.
  public static let parameterError = Self(rawValue: -9999)

  public static var badArgument: Self { .parameter }
}
