public import CallInterface

/// The status cell of an RTAS call (LoPAR "RTAS Status Word Values").
public struct RTASStatus: CallStatus, Hashable, RawRepresentable {
  /// The status cell as a signed number of 32 bits.
  public let rawValue: Int32
  /// The status of this number.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// No events found, and other answers that are neither success nor failure.
  public static let noEvents = Self(rawValue: 1)
  /// ibm,query-interrupt-source-number: the function has no such interrupt.
  public static let noInterrupt = Self(rawValue: 1)
  /// The call did what it says.
  public static let success = Self(rawValue: 0)
  /// A hardware error, or another one that has no number.
  public static let hardware = Self(rawValue: -1)
  /// The same call may succeed later.
  public static let busy = Self(rawValue: -2)
  /// A wrong argument; also an indicator, sensor or system parameter that does not exist, and an
  /// unknown token.
  public static let parameter = Self(rawValue: -3)
  /// The call or what it names is not supported; the number is that of ``parameter``.
  public static let notSupported = Self(rawValue: -3)
  /// ibm,set-slot-reset: the endpoint has no fundamental reset.
  public static let noFundamentalReset = Self(rawValue: -8)
  /// The partition may not do this.
  public static let notAuthorized = Self(rawValue: -9002)
  /// Parameter error of the system parameter calls.
  public static let parameterError = Self(rawValue: -9999)

  /// A parameter error, for a call whose arguments cannot be decoded.
  public static var badArgument: Self { .parameter }
}
