public import GuestMemory
public import CallInterface

/// The caller: a processor of a partition.
public struct HypercallContext: ServiceContext {
  /// The caller's partition, whose lock is held while the call is served.
  public let partition: Partition
  /// The processor that executed `sc 1`.
  public let processor: PartitionProcessor

  /// A processor of a partition as the caller.
  public init(partition: Partition, processor: PartitionProcessor) {
    self.partition = partition
    self.processor = processor
  }

  /// The partition's real memory, from which arguments are read.
  @inlinable public var guestMemory: GuestMemory { partition.memory }
}
