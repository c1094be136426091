public import CallInterface

/// One row of the hypercall table: a number, its PAPR name, the function set that advertises it
/// and, when this platform serves it, the handler.
public struct Hypercall: Sendable {
  /// A function that serves a call, with its argument and result types erased.
  public typealias Handler = Service<HypercallContext, HypercallStatus>

  /// The number that the caller passes in r3.
  public let number: UInt64
  /// The name in PAPR or, for private calls, in Linux: `H_ENTER`.
  public let name: String
  /// The function set that the call belongs to.
  public let set: FunctionSet
  /// nil for a known call that is not served: it returns H_FUNCTION, and its set is not advertised.
  public private(set) var handler: Handler?
  /// Whether guests make the call to find out if it exists: H_FUNCTION is then a normal answer,
  /// which is not logged.
  public private(set) var isProbe = false

  /// A call whose handler returns results with H_SUCCESS and throws any other status.
  public init<each Argument: GuestArgument, each Result: GuestResult>(
    _ number: UInt64, _ name: String, _ set: FunctionSet,
    _ handler:
      @escaping @Sendable (HypercallContext, repeat each Argument) throws(HypercallStatus) -> (
        repeat each Result
      )
  ) {
    (self.number, self.name, self.set) = (number, name, set)
    self.handler = Service(handler)
  }

  /// A call whose handler may return results with any status.
  public init<each Argument: GuestArgument, each Result: GuestResult>(
    _ number: UInt64, _ name: String, _ set: FunctionSet,
    _ handler:
      @escaping @Sendable (HypercallContext, repeat each Argument) throws(HypercallStatus)
      -> Completion<HypercallStatus, repeat each Result>
  ) {
    (self.number, self.name, self.set) = (number, name, set)
    self.handler = Service(handler)
  }

  /// A call that is not served and that no function set advertises; guests probe it.
  public static func probe(_ number: UInt64, _ name: String) -> Hypercall {
    var call = Hypercall(number, name, .unannounced)
    call.isProbe = true
    return call
  }

  /// A call that is not served.
  public init(_ number: UInt64, _ name: String, _ set: FunctionSet) {
    (self.number, self.name, self.set) = (number, name, set)
  }

  /// The row without its handler, for machines that lack what the call operates on.
  public var unserved: Hypercall { Hypercall(number, name, set) }
}
