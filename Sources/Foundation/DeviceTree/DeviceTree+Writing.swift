extension DeviceTree {
  /// Writes the tree in the flattened format, version 17.
  ///
  /// The structure block is laid down here and not by libfdt's sequential writer, which searches
  /// the whole strings block again for each property: with 2,048 processors that alone took longer
  /// than all the rest. libfdt checks the result in the tests.
  public func blob() throws(DeviceTreeError) -> [UInt8] {
    var writer = BlobWriter()
    writer.write(root)
    writer.word(.end)
    return try writer.finished(reservations: reservations, bootProcessor: bootProcessor)
  }
}

/// The tags of the structure block (Devicetree Specification 5.4.1).
private enum Tag: UInt32 {
  case beginNode = 1
  case endNode = 2
  case property = 3
  case end = 9
}

private struct BlobWriter {
  private var structure: [UInt8] = []
  private var strings: [UInt8] = []
  private var nameOffsets: [String: UInt32] = [:]

  init() { structure.reserveCapacity(64 << 10) }

  mutating func write(_ node: Node) {
    word(.beginNode)
    structure.append(contentsOf: node.name.utf8)
    structure.append(0)
    align()
    for property in node.properties {
      word(.property)
      word(UInt32(truncatingIfNeeded: property.value.bytes.count))
      word(offset(ofName: property.name))
      structure.append(contentsOf: property.value.bytes)
      align()
    }
    for child in node.children { write(child) }
    word(.endNode)
  }

  mutating func word(_ tag: Tag) { word(tag.rawValue) }

  private mutating func word(_ value: UInt32) {
    withUnsafeBytes(of: value.bigEndian) { structure.append(contentsOf: $0) }
  }

  private mutating func align() {
    while !structure.count.isMultiple(of: 4) { structure.append(0) }
  }

  private mutating func offset(ofName name: String) -> UInt32 {
    if let offset = nameOffsets[name] { return offset }
    let offset = UInt32(truncatingIfNeeded: strings.count)
    nameOffsets[name] = offset
    strings.append(contentsOf: name.utf8)
    strings.append(0)
    return offset
  }

  func finished(
    reservations: [DeviceTree.Reservation], bootProcessor: UInt32
  ) throws(DeviceTreeError) -> [UInt8] {
    let structStart = Header.size + (reservations.count + 1) * 16
    let stringsStart = structStart + structure.count
    let total = stringsStart + strings.count
    // Offsets are signed 32-bit numbers in libfdt and in Linux.
    guard total <= Int(Int32.max) else { throw .tooLarge(bytes: total) }

    var blob: [UInt8] = []
    blob.reserveCapacity(total)
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.bigEndian) { blob.append(contentsOf: $0) }
    }
    append(Header.magicValue)
    append(UInt32(total))
    append(UInt32(structStart))
    append(UInt32(stringsStart))
    append(UInt32(Header.size))
    append(17 as UInt32)
    append(16 as UInt32)
    append(bootProcessor)
    append(UInt32(strings.count))
    append(UInt32(structure.count))
    for reservation in reservations {
      append(reservation.address)
      append(reservation.size)
    }
    append(0 as UInt64)
    append(0 as UInt64)
    blob += structure
    blob += strings
    return blob
  }
}
