/// How often a translator executed instructions of one row by their semantics function.
public struct HelperCallCount: Sendable, Hashable {
  /// Why the semantics function was called.
  public enum Reason: UInt8, Sendable {
    /// The instruction has host code, which left these operands to the semantics function.
    case operands
    /// The instruction has host code, which left this access to the semantics function: its page was not cached,
    /// or the access is not like others.
    case access
    /// The row, or this form of it, has no host code.
    case call
    /// Likewise, and the instruction may change what code depends on: the next code was looked up.
    case exit
  }

  /// The row's mnemonic; moves of special-purpose registers have the register's number too.
  public var instruction: String
  /// Why the semantics function was called.
  public var reason: Reason
  /// Whether that was in problem state.
  public var isProblemState: Bool
  /// How often.
  public var count: UInt64

  /// A count.
  public init(_ instruction: String, _ reason: Reason, isProblemState: Bool, _ count: UInt64) {
    self.instruction = instruction
    self.reason = reason
    self.isProblemState = isProblemState
    self.count = count
  }
}
