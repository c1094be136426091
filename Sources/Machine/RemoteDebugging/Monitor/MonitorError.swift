internal import HostSupport

/// Why a command of monitor cannot be done.
public enum MonitorError: Error, Equatable, CustomStringConvertible {
  /// A command that there is not.
  case unknown(String)
  /// The command's usage.
  case usage(String)
  /// A path that the tree does not have.
  case noNode(String)
  /// The guest has left the firmware, or never had one.
  case noTree
  /// The command is for processors with this kind of translation.
  case translation(String)
  /// A real address without memory, or with less than was asked for.
  case noMemory(UInt64)
  /// A file that cannot be written.
  case file(String)

  /// The reason in words.
  public var description: String {
    switch self {
    case .unknown(let name): "there is no command '\(name)'; monitor help lists all"
    case .usage(let usage): "usage: monitor \(usage)"
    case .noNode(let path): "the tree has no node \(path)"
    case .noTree: "the guest has no tree of the firmware"
    case .translation(let reason): reason
    case .noMemory(let address): "there is not so much memory at \(address.hexadecimal())"
    case .file(let reason): reason
    }
  }
}
