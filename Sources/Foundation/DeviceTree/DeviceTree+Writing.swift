internal import CLibFDT

extension DeviceTree {
  /// Writes the tree in the flattened format, version 17, with libfdt's sequential functions.
  ///
  /// The strings block holds each property name once, as libfdt has it: the one used last for the
  /// first time at its start.
  /// - Parameters:
  ///   - padding: bytes that are free at the end, for a program that adds to the tree in place.
  ///   - alignment: the size becomes a multiple of so many bytes.
  public func blob(padding: Int = 0, alignment: Int = 1) throws(DeviceTreeError) -> [UInt8] {
    var plan = BlobPlan()
    plan.add(root)
    // libfdt rounds the header up to two reservations' size; the last reservation is zero.
    let size = Header.reserved + (reservations.count + 1) * 16 + plan.size
    // Offsets are signed 32-bit numbers in libfdt and in Linux.
    guard size <= Int(Int32.max) else { throw .tooLarge(bytes: size) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    defer { buffer.deallocate() }
    var writer = try SequentialWriter(buffer, plan)
    for reservation in reservations {
      guard reservation.size > 0 else { throw .emptyReservation(address: reservation.address) }
      try writer.check(
        fdt_add_reservemap_entry(writer.fdt, reservation.address, reservation.size))
    }
    try writer.check(fdt_finish_reservemap(writer.fdt))
    try writer.write(root)
    return try writer.finished(
      bootProcessor: bootProcessor, padding: max(padding, 0), alignment: max(alignment, 1))
  }
}

/// What is known of a tree before it is written.
private struct BlobPlan {
  /// Bytes of the structure block, and of the strings block at most.
  private(set) var size = 4
  /// The number of each property's name, in the order of the tree.
  private(set) var nameNumbers: [Int] = []
  private var numbers: [String: Int] = [:]

  var nameCount: Int { numbers.count }

  /// - Parameters:
  ///   - sibling: the node before it, and where its name numbers start.
  mutating func add(_ node: Node, after sibling: (node: Node, start: Int)? = nil) {
    size += 8 + Self.aligned(node.name.utf8.count + 1)
    for (index, property) in node.properties.enumerated() {
      size += 12 + Self.aligned(property.value.bytes.count)
      // Siblings are often of one kind; comparing is cheaper than hashing.
      if let (node, start) = sibling, node.properties.indices.contains(index),
        node.properties[index].name == property.name
      {
        nameNumbers.append(nameNumbers[start + index])
      } else {
        nameNumbers.append(number(of: property.name))
      }
    }
    size += node.properties.count
    var previous: (Node, Int)?
    for child in node.children {
      let start = nameNumbers.count
      add(child, after: previous)
      previous = (child, start)
    }
  }

  private mutating func number(of name: String) -> Int {
    if let number = numbers[name] { return number }
    let number = numbers.count
    numbers[name] = number
    size += name.utf8.count
    return number
  }

  private static func aligned(_ count: Int) -> Int { (count + 3) & ~3 }
}

/// libfdt's writer over a buffer that is large enough.
///
/// libfdt compares a property's name with the whole strings block. That is done once for each name;
/// further properties get the offset that libfdt gave the first. With many names even that would
/// take long, and is left out by `FDT_CREATE_FLAG_NO_NAME_DEDUP`.
private struct SequentialWriter {
  private let buffer: UnsafeMutableRawBufferPointer
  let fdt: UnsafeMutableRawPointer
  private let nameNumbers: [Int]
  private var written = 0
  /// The strings block's offset of each name that was written, as the structure block has it.
  private var offsets: [UInt32] = []
  /// A name that libfdt finds fast or, when it does not search, that takes one byte.
  private var shortcut = ""
  private let searches: Bool

  /// How many names are many. A machine's tree has less than a hundred.
  private static let manyNames = 1000

  init(
    _ buffer: UnsafeMutableRawBufferPointer, _ plan: BlobPlan
  ) throws(DeviceTreeError) {
    guard let fdt = buffer.baseAddress else { throw .tooLarge(bytes: 0) }
    (self.buffer, self.fdt, nameNumbers) = (buffer, fdt, plan.nameNumbers)
    searches = plan.nameCount <= Self.manyNames
    try check(
      fdt_create_with_flags(
        fdt, Int32(buffer.count), searches ? 0 : UInt32(FDT_CREATE_FLAG_NO_NAME_DEDUP)))
  }

  /// The buffer has room for everything, so that this can only be a fault of libfdt.
  func check(_ status: Int32) throws(DeviceTreeError) {
    if status < 0 { throw .notWritten(String(cString: fdt_strerror(status))) }
  }

  mutating func write(_ node: Node) throws(DeviceTreeError) {
    try check(fdt_begin_node(fdt, node.name))
    for property in node.properties { try write(property) }
    for child in node.children { try write(child) }
    try check(fdt_end_node(fdt))
  }

  private mutating func write(_ property: Property) throws(DeviceTreeError) {
    let number = nameNumbers[written]
    written += 1
    let isKnown = number < offsets.count
    let bytes = property.value.bytes
    var place: UnsafeMutableRawPointer?
    try check(
      fdt_property_placeholder(
        fdt, isKnown ? shortcut : property.name, Int32(bytes.count), &place))
    guard let place else { throw .notWritten("a property without a place") }
    place.copyMemory(from: bytes, byteCount: bytes.count)
    // `struct fdt_property` has the name's offset before the value.
    let offset = place - 4
    if isKnown {
      offset.storeBytes(of: offsets[number], as: UInt32.self)
    } else {
      offsets.append(offset.load(as: UInt32.self))
      if searches { shortcut = property.name }
    }
  }

  func finished(
    bootProcessor: UInt32, padding: Int, alignment: Int
  ) throws(DeviceTreeError) -> [UInt8] {
    try check(fdt_finish(fdt))
    fdt_set_boot_cpuid_phys(fdt, bootProcessor)
    let size = Int(
      UInt32(bigEndian: fdt.load(fromByteOffset: Header.totalSize, as: UInt32.self)))
    let (padded, overflow) = size.addingReportingOverflow(padding)
    let (_, carry) = padded.addingReportingOverflow(alignment)
    guard !overflow, !carry, padded + alignment <= Int(Int32.max) else {
      throw .tooLarge(bytes: overflow || carry ? .max : padded + alignment)
    }
    let total = (padded + alignment - 1) / alignment * alignment
    fdt_set_totalsize(fdt, UInt32(total))
    return [UInt8](unsafeUninitializedCapacity: total) { blob, count in
      UnsafeMutableRawBufferPointer(blob).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: buffer[..<size]))
      blob[size...].initialize(repeating: 0)
      count = total
    }
  }
}
