internal import HostSupport

/// Why a text is not device tree source, or is more than this package reads of it.
public struct DeviceTreeSourceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where that shows, each from 1 on; columns count bytes.
  public var line: Int
  /// The column of that line, from 1, in bytes.
  public var column: Int
  /// What is wrong there.
  public var reason: Reason

  /// What is wrong with a text.
  public enum Reason: Hashable, Sendable {
    /// A word or a value that is not of the language.
    case syntax(PropertySourceError.Reason)
    /// What dtc has and this package does not, with what helps.
    case unsupported(String, help: String)
    /// In a blob it would end the list of reservations.
    case emptyReservation
    case propertyAfterNode
    case duplicateProperty(String)
    case duplicateNode(String)
    case severalUnitAddresses(String)
    /// dtc keeps such a property, and refuses such a node.
    case deletedInSameBody(String)
    case duplicateLabel(String)
    case duplicatePhandle(UInt32)
    case phandleLength(Int)
    case noSuchNode(String)
    case longName
    case tooDeep
    case longPath
    case muchText
    /// All values together, in bytes.
    case muchData(limit: Int)
    case noPhandleLeft
    case fileTooShort(String, size: Int)
    /// What the reader of files says.
    case unreadableFile(String)
  }

  /// `LINE:COLUMN: REASON`.
  public var description: String { "\(line):\(column): \(reason)" }
}

extension DeviceTreeSourceError.Reason: CustomStringConvertible {
  /// The reason in words, without the place.
  public var description: String {
    switch self {
    case .syntax(let reason): "\(reason)"
    case .unsupported(let word, let help): "\(word) is not supported; \(help)"
    case .emptyReservation:
      "a memory reservation of no bytes, which ends the list in a blob and hides those after it"
    case .propertyAfterNode: "a property after a child; properties come first"
    case .duplicateProperty(let name): "a second property \(name) of one node"
    case .duplicateNode(let name): "a second child \(name) of one node"
    case .severalUnitAddresses(let name): "\(name) has more than one @"
    case .deletedInSameBody(let name): "\(name) is deleted where it is made; leave it out"
    case .duplicateLabel(let label): "label \(label) is at another node already"
    case .duplicatePhandle(let phandle):
      "phandle \(phandle.hexadecimal()) is no phandle, or that of another node"
    case .phandleLength(let count): "a phandle of \(count) bytes; it has four"
    case .noSuchNode(let name): "there is no node \(name)"
    case .longName: "a name of more than \(DeviceTree.longestName) bytes"
    case .tooDeep: "nodes nested more than \(DeviceTree.deepestNesting) deep"
    case .longPath: "a node with a path of more than \(DeviceTree.longestPath) bytes"
    case .muchText: "names and paths that take too much memory for a text of this size"
    case .muchData(let limit): "values of more than \(limit >> 20) MiB together"
    case .noPhandleLeft: "no phandle is free"
    case .fileTooShort(let file, let size): "\(file) has only \(size) bytes"
    case .unreadableFile(let reason): reason
    }
  }
}
