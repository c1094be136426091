public import GuestMemory
public import CallInterface
public import Hypervisor

/// Who calls: a processor of a partition.
public struct RTASContext: ServiceContext {
  public let partition: Partition
  public let processor: PartitionProcessor

  public var guestMemory: GuestMemory { partition.memory }
}

/// One row of the RTAS table: a token, the name of the property of `/rtas` that holds it, and the
/// handler. The status is the first output cell, the handler's results follow.
public struct RTASCall: Sendable {
  public typealias Handler = Service<RTASContext, RTASStatus>

  public let token: UInt32
  public let name: String
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
