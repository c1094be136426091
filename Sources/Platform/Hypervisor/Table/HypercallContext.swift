public import GuestMemory
public import CallInterface

/// The caller: a processor of a partition.
public struct HypercallContext: ServiceContext {
  public let partition: Partition
  public let processor: PartitionProcessor

  public init(partition: Partition, processor: PartitionProcessor) {
    self.partition = partition
    self.processor = processor
  }

  @inlinable public var guestMemory: GuestMemory { partition.memory }
}
