/// The arguments of a disk in a device specifier, behind its colon: `[PARTITION][,PATH]` (IEEE 1275,
/// disk-label support package; PowerPC Microprocessor Common Hardware Reference Platform binding,
/// 11.1). A path alone begins with `\` or `/`.
public struct DeviceArguments: Hashable, Sendable, CustomStringConvertible {
  /// The number of the partition; 0 or nil for the whole disk.
  public var partition: Int?
  /// A file on it; nil for the partition itself.
  public var path: String?

  /// A partition, a file, both or neither.
  public init(partition: Int? = nil, path: String? = nil) {
    (self.partition, self.path) = (partition, path)
  }

  /// The arguments in a text, which may be empty.
  public init(_ text: some StringProtocol) throws(DiskFormatError) {
    let text = String(text)
    if let first = text.first, first == "\\" || first == "/" {
      self.init(path: text)
      return
    }
    let parts = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    var partition: Int?
    if !parts[0].isEmpty {
      guard parts[0].utf8.count <= 9, parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = Int(parts[0])
      else { throw .argument(text) }
      partition = number
    }
    let path = parts.count == 2 && !parts[1].isEmpty ? String(parts[1]) : nil
    self.init(partition: partition, path: path)
  }

  /// The arguments as they are written behind a colon; empty for the whole disk.
  public var description: String {
    guard let path else { return partition.map(String.init) ?? "" }
    let isAlone = partition == nil && (path.first == "\\" || path.first == "/")
    return isAlone ? path : (partition.map(String.init) ?? "") + "," + path
  }

  /// The arguments of a device specifier: behind the colon in its last component.
  public init(ofSpecifier specifier: some StringProtocol) throws(DiskFormatError) {
    let start = specifier.firstIndex(of: ":").map { specifier.index(after: $0) }
    try self.init(specifier[(start ?? specifier.endIndex)...])
  }
}
