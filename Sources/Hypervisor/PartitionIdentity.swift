/// Who the partition is, as system parameters and the device tree tell.
public struct PartitionIdentity: Hashable, Sendable {
  public var name: String
  /// Sixteen bytes.
  public var uuid: [UInt8]
  /// Processors the partition may ever have.
  public var maximumProcessors: Int

  public init(
    name: String = "papr", uuid: [UInt8] = [UInt8](repeating: 0, count: 16),
    maximumProcessors: Int = 1
  ) {
    self.name = name
    self.uuid = uuid
    self.maximumProcessors = maximumProcessors
  }
}
