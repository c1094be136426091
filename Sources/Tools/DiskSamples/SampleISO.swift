internal import HostSupport

/// An ISO 9660 file system in memory: folders of files.
package struct SampleISO {
  package indirect enum Item {
    case file([UInt8])
    case folder([(name: String, rockRidge: String?, Item)])
  }

  package private(set) var bytes: [UInt8]

  package init(_ root: Item) {
    bytes = [UInt8](repeating: 0, count: 18 * 2048)
    bytes.replaceSubrange(16 * 2048..<16 * 2048 + 7, with: [1] + Array("CD001".utf8) + [1])
    bytes.replaceSubrange(17 * 2048..<17 * 2048 + 7, with: [255] + Array("CD001".utf8) + [1])
    bytes.replaceSubrange(16 * 2048 + 128..<16 * 2048 + 130, with: [0, 8])
    let place = add(root)
    let record = Self.record([0], rockRidge: nil, place, isFolder: true)
    bytes.replaceSubrange(16 * 2048 + 156..<16 * 2048 + 156 + record.count, with: record)
  }

  private mutating func add(_ item: Item) -> (block: Int, size: Int) {
    var data: [UInt8]
    switch item {
    case .file(let content): data = content
    case .folder(let items):
      data = []
      for (name, rockRidge, item) in items {
        let place = add(item)
        let isFolder = if case .folder = item { true } else { false }
        let record = Self.record(
          Array(name.utf8), rockRidge: rockRidge, place, isFolder: isFolder)
        if data.count % 2048 + record.count > 2048 { Self.pad(&data) }
        data += record
      }
      Self.pad(&data)
    }
    let block = bytes.count / 2048
    bytes += data
    Self.pad(&bytes)
    return (block, data.count)
  }

  private static func pad(_ data: inout [UInt8]) {
    data += [UInt8](repeating: 0, count: (2048 - data.count % 2048) % 2048)
  }

  private static func record(
    _ name: [UInt8], rockRidge: String?, _ place: (block: Int, size: Int), isFolder: Bool
  ) -> [UInt8] {
    func both(_ value: Int) -> [UInt8] {
      UInt32(value).littleEndianBytes + UInt32(value).littleEndianBytes.reversed()
    }
    var record: [UInt8] = [0, 0] + both(place.block) + both(place.size)
    record += [0, 0, 0, 0, 0, 0, 0, isFolder ? 2 : 0, 0, 0, 1, 0, 0, 1, UInt8(name.count)] + name
    if record.count % 2 == 1 { record.append(0) }
    if let rockRidge {
      record += [UInt8(ascii: "P"), UInt8(ascii: "X"), 6, 1, 0, 0]
      record += [UInt8(ascii: "N"), UInt8(ascii: "M"), UInt8(5 + rockRidge.utf8.count), 1, 0]
      record += Array(rockRidge.utf8)
      if record.count % 2 == 1 { record.append(0) }
    }
    record[0] = UInt8(record.count)
    return record
  }
}
