import CLibFDT
import DeviceTree
import Testing

@Suite struct WritingTests {
  /// What libfdt's sequential functions make of a tree when they search for every name.
  private func plain(_ tree: DeviceTree) throws -> [UInt8] {
    var buffer = [UInt64](repeating: 0, count: 1 << 16)
    return try buffer.withUnsafeMutableBytes { buffer in
      let fdt = try #require(buffer.baseAddress)
      #expect(fdt_create(fdt, Int32(buffer.count)) == 0)
      for reservation in tree.reservations {
        #expect(fdt_add_reservemap_entry(fdt, reservation.address, reservation.size) == 0)
      }
      #expect(fdt_finish_reservemap(fdt) == 0)
      func write(_ node: Node) {
        #expect(fdt_begin_node(fdt, node.name) == 0)
        for property in node.properties {
          let bytes = property.value.bytes
          #expect(fdt_property(fdt, property.name, bytes, Int32(bytes.count)) == 0)
        }
        for child in node.children { write(child) }
        #expect(fdt_end_node(fdt) == 0)
      }
      write(tree.root)
      #expect(fdt_finish(fdt) == 0)
      fdt_set_boot_cpuid_phys(fdt, tree.bootProcessor)
      let size = UInt32(bigEndian: fdt.load(fromByteOffset: 4, as: UInt32.self))
      return Array(buffer[..<Int(size)])
    }
  }

  /// Names that end like others, siblings with the same names and with other ones, empty values.
  @Test func headerAndStringsAreThoseOfLibfdt() throws {
    var tree = sampleTree()
    tree.root.properties += [
      Property("ibm,reg", .cell(1)), Property("reg", .cell(2)), Property("flag", .empty),
    ]
    tree.root.children += (0..<50).map { (number: UInt32) in
      var node = Node(
        "cpu@\(number)",
        properties: [Property("reg", .cell(number)), Property("name\(number % 7)", .bytes([1]))])
      if number % 3 == 0 { node.properties.reverse() }
      node.children = [Node("l2", properties: [Property("flag", .empty)])]
      return node
    }
    // An offset may lead to another of two equal names, as in `ibm,reg` and `reg`.
    let (blob, plain) = (try tree.blob(), try plain(tree))
    #expect(blob.count == plain.count)
    let strings = blob[12..<16].reduce(0) { $0 << 8 | Int($1) }
    #expect(blob[..<80] == plain[..<80] && blob[strings...] == plain[strings...])
    #expect(try DeviceTree(blob: blob) == tree)
    #expect(try DeviceTree(blob: plain) == tree)
  }

  /// Names up to a thousand are searched for, more are not; both ways each is there once.
  @Test(arguments: [1, 999, 1000, 1001, 20_000])
  func manyNames(count: UInt32) throws {
    let properties = (0..<count).map { Property("name\($0)", .cell($0)) }
    let tree = DeviceTree(
      root: Node("", properties: properties, children: [Node("a", properties: properties)]))
    let blob = try tree.blob()
    #expect(fdt_check_full(blob, blob.count) == 0)
    #expect(try DeviceTree(blob: blob) == tree)
    let names = properties.reduce(0) { $0 + $1.name.utf8.count + 1 }
    let strings = blob[32..<36].reduce(0) { $0 << 8 | Int($1) }
    #expect(strings == (count > 1000 ? names + Int(count) : names))
  }

  @Test func headerIsComplete() throws {
    let blob = try sampleTree().blob()
    func field(_ offset: Int) -> Int { blob[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    #expect(field(4) == blob.count)
    #expect(field(20) == 17)
    #expect(field(24) == 16)
    #expect(field(28) == 8)
  }

  @Test func paddingAndAlignment() throws {
    let tree = sampleTree()
    let size = try tree.blob().count
    for (padding, alignment) in [(0, 1), (1, 1), (100, 1), (0, 8), (0, 4096), (10, 64), (3, 7)] {
      let blob = try tree.blob(padding: padding, alignment: alignment)
      let expected = (size + padding + alignment - 1) / alignment * alignment
      #expect(blob.count == expected)
      #expect(blob[size...].allSatisfy { $0 == 0 })
      #expect(fdt_check_full(blob, blob.count) == 0)
      #expect(try DeviceTree(blob: blob) == tree)
    }
  }

  @Test(arguments: [(Int.max, 1), (0, Int.max), (Int.max, Int.max), (1 << 31, 1), (0, 1 << 31)])
  func tooLargeIsAnError(padding: Int, alignment: Int) throws {
    #expect(throws: DeviceTreeError.self) {
      try sampleTree().blob(padding: padding, alignment: alignment)
    }
  }

  /// libfdt and dtc take an entry without bytes for the end of the list.
  @Test func aReservationWithoutBytesIsAnError() throws {
    var tree = sampleTree()
    tree.reservations = [.init(address: 0x1000, size: 0), .init(address: 0x2000, size: 16)]
    #expect(throws: DeviceTreeError.emptyReservation(address: 0x1000)) { try tree.blob() }
    let text = "/dts-v1/;\n/memreserve/ 0x1000 (1 - 1);\n/ { };\n"
    let error = #expect(throws: DeviceTreeSourceError.self) {
      try DeviceTree(source: Array(text.utf8)) { _ in [] }
    }
    #expect(error?.line == 2 && error?.column == 1 && error?.reason == .emptyReservation)
  }
}
