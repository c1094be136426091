public import CallInterface

/// Whether a client service could be invoked: the value of r3. A service's own failures are
/// results, in its first result cell.
public enum ClientStatus: Hashable, Sendable, CallStatus {
  case success
  /// Wrong number or kind of arguments.
  case badArgument
  case failed
}

/// Results of services.
enum ClientResult {
  static let failed: Int32 = -1
  static let succeeded: Int32 = 0
  /// "No data available" of `read` (IEEE 1275, serial devices).
  static let noData: Int32 = -2
  /// Catch code of an undefined word (`interpret`).
  static let undefinedWord: Int32 = -13
  static let isTrue: Int32 = -1
  static let isFalse: Int32 = 0
}
