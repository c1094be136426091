public import GuestMemory
public import CallInterface
public import Hypervisor

/// Who calls: a processor of a partition.
public struct RTASContext: ServiceContext {
  /// The caller's partition, whose lock is held while the call is served.
  public let partition: Partition
  /// The processor that entered RTAS.
  public let processor: PartitionProcessor

  /// The partition's real memory, from which arguments are read.
  public var guestMemory: GuestMemory { partition.memory }
}

/// One row of the RTAS table: a token, the name of the property of `/rtas` that holds it, and the
/// handler. The status is the first output cell, the handler's results follow.
public struct RTASCall: Sendable {
  /// A function that serves a call, with its argument and result types erased.
  public typealias Handler = Service<RTASContext, RTASStatus>

  /// What the guest passes to call it, and the value of the property.
  public let token: UInt32
  /// The name of the property of `/rtas`.
  public let name: String
  /// The function that serves the call.
  public let handler: Handler

  init<each Argument: GuestArgument, each Result: GuestResult>(
    _ token: UInt32, _ name: String,
    _ handler:
      @escaping @Sendable (RTASContext, repeat each Argument) throws(RTASStatus) -> (
        repeat each Result
      )
  ) {
    (self.token, self.name) = (token, name)
    self.handler = Service(handler)
  }
}
