/// The identity of the partition in system parameters and the device tree.
public struct PartitionIdentity: Hashable, Sendable {
  /// The partition's name, as the system parameters give it.
  public var name: String
  /// Sixteen bytes.
  public var uuid: [UInt8]
  /// Threads the partition may ever have.
  public var maximumProcessors: Int
  /// Threads of a core; capacity is counted in cores.
  public var threadsPerCore: Int

  /// An identity; the default is that of a machine whose user names none.
  public init(
    name: String = "papr", uuid: [UInt8] = [UInt8](repeating: 0, count: 16),
    maximumProcessors: Int = 1, threadsPerCore: Int = 1
  ) {
    self.name = name
    self.uuid = uuid
    self.maximumProcessors = maximumProcessors
    self.threadsPerCore = max(1, threadsPerCore)
  }

  /// Cores the partition may ever have.
  public var maximumCores: Int { (maximumProcessors + threadsPerCore - 1) / threadsPerCore }

  /// - Parameters:
  ///   - name: the name of the partition.
  ///   - text: its UUID in the usual text form; anything else is all zero.
  ///   - maximumProcessors: threads that the partition may ever have.
  ///   - threadsPerCore: threads of each core.
  public init(name: String, uuid text: String, maximumProcessors: Int, threadsPerCore: Int = 1) {
    let digits = text.filter { $0 != "-" }.compactMap { $0.hexDigitValue.map(UInt8.init) }
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).map {
      digits[$0] << 4 | digits[$0 + 1]
    }
    let uuid = bytes.count == 16 ? bytes : [UInt8](repeating: 0, count: 16)
    self.init(
      name: name, uuid: uuid, maximumProcessors: maximumProcessors, threadsPerCore: threadsPerCore)
  }
}
