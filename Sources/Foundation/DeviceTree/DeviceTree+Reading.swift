internal import CLibFDT

extension DeviceTree {
  /// The deepest nesting that is read; Linux stops at the same depth.
  public static let deepestNesting = 64
  /// The longest name of a node or property, in bytes. The Devicetree Specification has 31
  /// characters (2.2.1, 2.2.4.1), LoPAR some more.
  public static let longestName = 2048
  /// The longest path of a node, in bytes: that of a file in Linux, which shows nodes as folders.
  public static let longestPath = 4096

  /// How many bytes the places of all nodes and properties may take, each with its whole path, in a
  /// tree of `size` bytes. Names in the strings block may overlap, and siblings share their path,
  /// so that a small tree can hold more text than any memory.
  static func largestText(size: Int) -> Int { 16 << 20 + 32 * size }

  /// Reads a flattened tree.
  ///
  /// Nothing in the blob is trusted: libfdt bounds each tag, and what remains (alignment, names,
  /// nesting, balance, the size of all text) is checked here, so that every version of libfdt gives
  /// the same answer. Time and memory are in proportion to the size of the blob.
  public init(blob: [UInt8]) throws(DeviceTreeError) {
    guard blob.count >= Header.smallestSize else {
      throw .truncated(size: blob.count, needed: Header.smallestSize)
    }
    // libfdt requires the blob at an address that is a multiple of eight.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: blob.count, alignment: 8)
    defer { copy.deallocate() }
    copy.copyBytes(from: blob)
    var reader = try BlobReader(UnsafeRawBufferPointer(copy))
    self.init(
      root: try reader.root(), reservations: try reader.reservations(),
      bootProcessor: reader.bootProcessor)
  }
}

/// The fields of the header, as offsets (Devicetree Specification 5.2).
enum Header {
  static let magic = 0
  static let totalSize = 4
  static let structOffset = 8
  static let stringsOffset = 12
  static let reservationsOffset = 16
  static let version = 20
  static let lastCompatibleVersion = 24
  static let bootProcessor = 28
  static let stringsSize = 32
  static let structSize = 36

  static let magicValue: UInt32 = 0xd00d_feed
  /// The size of a version 16 header, the oldest read here.
  static let smallestSize = 36
  /// The size of a version 17 header.
  static let size = 40
  /// What libfdt's writer reserves for it: a multiple of a reservation's size.
  static let reserved = 48
}

private struct BlobReader {
  private let blob: UnsafeRawBufferPointer
  private let fdt: UnsafeRawPointer
  private let structOffset: Int
  private let strings: UnsafeRawBufferPointer
  /// Property names by their offset in the strings block, since trees repeat few names often.
  private var names: [UInt32: String] = [:]
  /// What ``DeviceTree/largestText(size:)`` bounds, as far as the tree was read.
  private var textSize = 0

  /// A node that is not closed yet, with the length of its path.
  private struct OpenNode {
    var node: Node
    var pathLength: Int
  }

  init(_ blob: UnsafeRawBufferPointer) throws(DeviceTreeError) {
    func field(_ offset: Int) -> UInt32 {
      UInt32(bigEndian: blob.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    guard let fdt = blob.baseAddress, blob.count >= Header.smallestSize else {
      throw .truncated(size: blob.count, needed: Header.smallestSize)
    }
    let magic = field(Header.magic)
    guard magic == Header.magicValue else { throw .badMagic(magic) }
    let version = field(Header.version)
    let lastCompatible = field(Header.lastCompatibleVersion)
    guard version >= 16, lastCompatible <= 17, lastCompatible <= version else {
      throw .unsupportedVersion(version)
    }
    let needed = max(
      Int(field(Header.totalSize)), version >= 17 ? Header.size : Header.smallestSize)
    guard needed <= blob.count else { throw .truncated(size: blob.count, needed: needed) }
    // Devicetree Specification 5.1; libfdt from 1.7 on looks at these two as well.
    for (place, alignment) in [(Header.reservationsOffset, 8), (Header.structOffset, 4)]
    where !field(place).isMultiple(of: UInt32(alignment)) {
      throw .misaligned(offset: place, alignment: alignment)
    }
    guard fdt_check_header(fdt) == 0 else { throw .badLayout }
    self.blob = UnsafeRawBufferPointer(rebasing: blob[..<needed])
    self.fdt = fdt
    structOffset = Int(field(Header.structOffset))
    let stringsStart = Int(field(Header.stringsOffset))
    let stringsEnd = stringsStart + Int(field(Header.stringsSize))
    guard stringsEnd <= needed else { throw .badLayout }
    strings = UnsafeRawBufferPointer(rebasing: blob[stringsStart..<stringsEnd])
  }

  var bootProcessor: UInt32 {
    UInt32(
      bigEndian: blob.loadUnaligned(fromByteOffset: Header.bootProcessor, as: UInt32.self))
  }

  func reservations() throws(DeviceTreeError) -> [DeviceTree.Reservation] {
    let count = fdt_num_mem_rsv(fdt)
    guard count >= 0 else {
      let start = blob.loadUnaligned(fromByteOffset: Header.reservationsOffset, as: UInt32.self)
      throw .badReservation(offset: Int(UInt32(bigEndian: start)))
    }
    return (0..<count).map { index in
      var address: UInt64 = 0
      var size: UInt64 = 0
      fdt_get_mem_rsv(fdt, index, &address, &size)
      return DeviceTree.Reservation(address: address, size: size)
    }
  }

  /// Reads the structure block. An explicit stack, so that nesting costs no host stack.
  mutating func root() throws(DeviceTreeError) -> Node {
    var open: [OpenNode] = []
    var root: Node?
    var offset: Int32 = 0
    while true {
      var next: Int32 = 0
      let tag = fdt_next_tag(fdt, offset, &next)
      let place = structOffset + Int(offset)
      guard next >= 0 else { throw .badStructure(offset: place, .badTag) }
      switch tag {
      case UInt32(FDT_BEGIN_NODE):
        if root != nil { throw .badStructure(offset: place, .secondRoot) }
        if open.count == DeviceTree.deepestNesting { throw .badStructure(offset: place, .tooDeep) }
        let name = try nodeName(offset, isRoot: open.isEmpty)
        let length = open.last.map { $0.pathLength + 1 + name.utf8.count } ?? 0
        guard length <= DeviceTree.longestPath else {
          throw .badStructure(offset: place, .longPath)
        }
        try addText(length, place)
        open.append(OpenNode(node: Node(name), pathLength: length))
      case UInt32(FDT_END_NODE):
        guard let node = open.popLast()?.node else {
          throw .badStructure(offset: place, .unbalanced)
        }
        if open.isEmpty {
          root = node
        } else {
          open[open.count - 1].node.children.append(node)
        }
      case UInt32(FDT_PROP):
        guard let length = open.last?.pathLength else {
          throw .badStructure(offset: place, .noRoot)
        }
        let property = try property(offset)
        try addText(length + property.name.utf8.count, place)
        open[open.count - 1].node.properties.append(property)
      case UInt32(FDT_NOP):
        break
      case UInt32(FDT_END):
        guard open.isEmpty else { throw .badStructure(offset: place, .unbalanced) }
        guard let root else { throw .badStructure(offset: place, .noRoot) }
        return root
      default:
        throw .badStructure(offset: place, .badTag)
      }
      offset = next
    }
  }

  private mutating func addText(_ count: Int, _ place: Int) throws(DeviceTreeError) {
    textSize += count
    guard textSize <= DeviceTree.largestText(size: blob.count) else {
      throw .badStructure(offset: place, .muchText)
    }
  }

  private func nodeName(_ offset: Int32, isRoot: Bool) throws(DeviceTreeError) -> String {
    let place = structOffset + Int(offset) + 4
    var length: Int32 = 0
    guard let text = fdt_get_name(fdt, offset, &length), length >= 0 else {
      throw .badStructure(offset: place - 4, .badName)
    }
    // Devicetree Specification 2.2.1: the root does not have a name.
    if isRoot && length > 0 { throw .badStructure(offset: place, .rootName) }
    let name = try Self.name(UnsafeRawBufferPointer(start: text, count: Int(length)), place)
    guard isRoot || !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else {
      throw .badStructure(offset: place, .badName)
    }
    return name
  }

  /// The name that some bytes are.
  private static func name(
    _ bytes: UnsafeRawBufferPointer, _ place: Int
  ) throws(DeviceTreeError) -> String {
    guard bytes.count <= DeviceTree.longestName else {
      throw .badStructure(offset: place, .longName)
    }
    guard Node.isName(bytes) else {
      throw .badStructure(offset: place, .badName)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func property(_ offset: Int32) throws(DeviceTreeError) -> Property {
    let place = structOffset + Int(offset)
    var length: Int32 = 0
    guard let header = fdt_get_property_by_offset(fdt, offset, &length), length >= 0 else {
      throw .badStructure(offset: place, .badTag)
    }
    // The value follows its tag, length and name offset. libfdt's `fdt_next_tag` has bounded it.
    let start = place + 12
    guard start <= blob.count, Int(length) <= blob.count - start else {
      throw .badStructure(offset: place, .badTag)
    }
    let name = try propertyName(UInt32(bigEndian: header.pointee.nameoff), place + 8)
    return Property(name, .bytes(Array(blob[start..<start + Int(length)])))
  }

  private mutating func propertyName(
    _ offset: UInt32, _ place: Int
  ) throws(DeviceTreeError) -> String {
    if let known = names[offset] { return known }
    guard Int(offset) < strings.count else { throw .badStructure(offset: place, .badString) }
    // One byte more than a name may have shows that it is too long.
    let rest = UnsafeRawBufferPointer(
      rebasing: strings[Int(offset)...].prefix(DeviceTree.longestName + 1))
    let end = rest.firstIndex(of: 0)
    guard end != nil || rest.count > DeviceTree.longestName else {
      throw .badStructure(offset: place, .badString)
    }
    let name = try Self.name(UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)]), place)
    guard !name.isEmpty else { throw .badStructure(offset: place, .badName) }
    names[offset] = name
    return name
  }
}
