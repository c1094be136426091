internal import CLibFDT

extension DeviceTree {
  /// The deepest nesting that is read; Linux stops at the same depth.
  static let deepestNesting = 64

  /// Reads a flattened tree.
  ///
  /// Nothing in the blob is trusted: libfdt bounds each tag and string, and what remains (nesting,
  /// names, balance) is checked here.
  public init(blob: [UInt8]) throws(DeviceTreeError) {
    guard blob.count >= Header.smallestSize else {
      throw .truncated(size: blob.count, needed: Header.smallestSize)
    }
    // libfdt wants the blob at an address that is a multiple of eight.
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
}

private struct BlobReader {
  private let blob: UnsafeRawBufferPointer
  private let fdt: UnsafeRawPointer
  private let structOffset: Int
  /// Property names by their offset in the strings block, since trees repeat few names often.
  private var names: [Int32: String] = [:]

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
    guard version >= 16, field(Header.lastCompatibleVersion) <= 17 else {
      throw .unsupportedVersion(version)
    }
    let needed = max(
      Int(field(Header.totalSize)), version >= 17 ? Header.size : Header.smallestSize)
    guard needed <= blob.count else { throw .truncated(size: blob.count, needed: needed) }
    guard fdt_check_header(fdt) == 0 else { throw .badLayout }
    self.blob = UnsafeRawBufferPointer(rebasing: blob[..<needed])
    self.fdt = fdt
    structOffset = Int(field(Header.structOffset))
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
    var open: [Node] = []
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
        open.append(Node(try nodeName(offset, isRoot: open.isEmpty)))
      case UInt32(FDT_END_NODE):
        guard let node = open.popLast() else { throw .badStructure(offset: place, .unbalanced) }
        if open.isEmpty {
          root = node
        } else {
          open[open.count - 1].children.append(node)
        }
      case UInt32(FDT_PROP):
        guard !open.isEmpty else { throw .badStructure(offset: place, .noRoot) }
        open[open.count - 1].properties.append(try property(offset))
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

  private func nodeName(_ offset: Int32, isRoot: Bool) throws(DeviceTreeError) -> String {
    var length: Int32 = 0
    guard let name = fdt_get_name(fdt, offset, &length), length >= 0 else {
      throw .badStructure(offset: structOffset + Int(offset), .badName)
    }
    let bytes = UnsafeRawBufferPointer(start: name, count: Int(length))
    let isValid = bytes.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "/") }
    guard isValid, isRoot || !bytes.isEmpty else {
      throw .badStructure(offset: structOffset + Int(offset) + 4, .badName)
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
    let nameOffset = Int32(bitPattern: UInt32(bigEndian: header.pointee.nameoff))
    let name = try propertyName(nameOffset, place)
    return Property(name, .bytes(Array(blob[start..<start + Int(length)])))
  }

  private mutating func propertyName(
    _ nameOffset: Int32, _ place: Int
  ) throws(DeviceTreeError) -> String {
    if let known = names[nameOffset] { return known }
    var length: Int32 = 0
    guard let text = fdt_get_string(fdt, nameOffset, &length), length >= 0 else {
      throw .badStructure(offset: place + 8, .badString)
    }
    let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
    guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw .badStructure(offset: place + 8, .badName)
    }
    let name = String(decoding: bytes, as: UTF8.self)
    names[nameOffset] = name
    return name
  }
}
