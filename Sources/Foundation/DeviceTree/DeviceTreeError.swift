internal import HostSupport

/// Why a flattened tree could not be read, written or merged. Offsets count from the blob's start.
public enum DeviceTreeError: Error, Hashable, Sendable {
  /// The blob ends before the header, or before the size the header gives.
  case truncated(size: Int, needed: Int)
  case badMagic(UInt32)
  case unsupportedVersion(UInt32)
  /// A block of the header lies outside the blob or is out of place.
  case badLayout
  /// The offset in the header's field at `offset` is not a multiple of `alignment` bytes.
  case misaligned(offset: Int, alignment: Int)
  case badReservation(offset: Int)
  case badStructure(offset: Int, Problem)
  case tooLarge(bytes: Int)
  /// A reservation of no bytes: in a blob that is the end of the list, and hides those after it.
  case emptyReservation(address: UInt64)
  /// libfdt's reason for not writing a tree.
  case notWritten(String)
  /// Two properties or two children of the node at `path` have one name, which JSON cannot express.
  case repeatedName(path: String, name: String)
  /// Why an overlay does not fit the tree.
  case overlay(String)

  /// What is wrong at an offset of a blob.
  public enum Problem: String, Hashable, Sendable {
    case badTag = "a tag or its data that runs out of the structure block"
    case badName = "a name that is not printable ASCII"
    case badString = "a property name outside the strings block"
    case unbalanced = "a node that is not closed, or closed twice"
    case secondRoot = "something after the end of the root node"
    case noRoot = "no root node"
    case tooDeep = "nodes nested more than 64 deep"
    case rootName = "a root node with a name"
    case longName = "a name of more than 2048 bytes"
    case longPath = "a node with a path of more than 4096 bytes"
    case muchText = "names and paths that take too much memory for a tree of this size"
  }
}

extension DeviceTreeError: CustomStringConvertible {
  /// A message with offsets and sizes in decimal.
  public var description: String {
    switch self {
    case .truncated(let size, let needed):
      "device tree blob has \(size) bytes, needs \(needed)"
    case .badMagic(let magic):
      "not a device tree blob: magic at offset 0 is \(magic.hexadecimal()), not 0xd00dfeed"
    case .unsupportedVersion(let version):
      "device tree blob of version \(version) at offset 20; versions 16 and 17 can be read"
    case .badLayout:
      "device tree blob is corrupt at offset 4: a block of the header is out of place"
    case .misaligned(let offset, let alignment):
      "device tree blob is corrupt at offset \(offset): a block that does not begin at a multiple of"
        + " \(alignment) bytes"
    case .badReservation(let offset):
      "device tree blob is corrupt at offset \(offset): memory reservation without an end"
    case .badStructure(let offset, let problem):
      "device tree blob is corrupt at offset \(offset): \(problem.rawValue)"
    case .tooLarge(let bytes):
      "device tree of \(bytes) bytes does not fit the flattened format"
    case .emptyReservation(let address):
      "the memory reservation at \(address.hexadecimal()) has no bytes, which ends the list in a"
        + " blob"
    case .notWritten(let reason):
      "libfdt does not write the tree: \(reason)"
    case .repeatedName(let path, let name):
      "\(path) has two properties or two children \(name), which a JSON object cannot hold; device"
        + " tree source can"
    case .overlay(let reason):
      "overlay does not apply: \(reason)"
    }
  }
}
