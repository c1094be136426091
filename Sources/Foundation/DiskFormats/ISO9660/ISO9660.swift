internal import HostSupport

/// An ISO 9660 file system (ECMA-119), read-only, with the names of Rock Ridge (IEEE P1282, `NM`) where
/// it has them.
public struct ISO9660<Disk: DiskBytes> {
  /// A file or folder.
  public struct Entry: Hashable, Sendable {
    /// Offsets of its bytes on the medium; a file is in one piece.
    public let range: Range<UInt64>
    /// Whether it is a folder.
    public let isFolder: Bool
  }

  private let disk: Disk
  /// Where the file system begins, in bytes.
  private let base: UInt64
  private let blockSize: UInt64
  private let root: Entry

  private static var sector: UInt64 { 2048 }
  /// The most volume descriptors, bytes of a folder, and components of a path that are looked at.
  private static var mostDescriptors: UInt64 { 64 }
  private static var largestFolder: UInt64 { 4 << 20 }
  private static var deepestPath: Int { 64 }

  /// Looks for the primary volume descriptor.
  /// - Parameters:
  ///   - disk: the medium.
  ///   - base: the offset in bytes at which the file system begins.
  public init(_ disk: Disk, at base: UInt64 = 0) throws(DiskFormatError) {
    self.disk = disk
    self.base = base
    var found: [UInt8]?
    for index in 16..<16 + Self.mostDescriptors {
      let (offset, overflow) = base.addingReportingOverflow(index * Self.sector)
      guard !overflow, disk.size >= Self.sector, offset <= disk.size - Self.sector else { break }
      let bytes = try disk.bytes(Int(Self.sector), at: offset)
      guard bytes[1..<6].elementsEqual("CD001".utf8), bytes[0] != 255 else { break }
      if bytes[0] == 1 {
        found = bytes
        break
      }
    }
    guard let found else { throw .noFileSystem }
    blockSize = UInt64(UInt16(littleEndianBytes: found[128..<130]))
    guard [512, 1024, 2048].contains(blockSize) else {
      throw .field(
        structure: "the volume descriptor", name: "the size of blocks", value: blockSize,
        offset: base + 16 * Self.sector)
    }
    guard let record = DirectoryRecord(found[156..<190]), record.isFolder,
      let range = record.range(base, blockSize, disk.size)
    else { throw .noFileSystem }
    root = Entry(range: range, isFolder: true)
  }

  /// The entry that a path leads to, its components after `\` or `/`; letters in any case.
  public func entry(at path: String) throws(DiskFormatError) -> Entry {
    let components = path.split { $0 == "\\" || $0 == "/" }
    guard components.count <= Self.deepestPath else { throw .noFile(path: path) }
    var entry = root
    for component in components {
      guard entry.isFolder, let next = try child(String(component), of: entry) else {
        throw .noFile(path: path)
      }
      entry = next
    }
    return entry
  }

  /// The file that a path leads to.
  public func file(at path: String) throws(DiskFormatError) -> Range<UInt64> {
    let entry = try entry(at: path)
    guard !entry.isFolder else { throw .noFile(path: path) }
    return entry.range
  }

  private func child(_ name: String, of folder: Entry) throws(DiskFormatError) -> Entry? {
    let size = folder.range.upperBound - folder.range.lowerBound
    guard size <= Self.largestFolder else {
      throw .field(
        structure: "a folder", name: "the size", value: size, offset: folder.range.lowerBound)
    }
    let wanted = name.lowercased()
    let bytes = try disk.bytes(Int(size), at: folder.range.lowerBound)
    var place = 0
    while place < bytes.count {
      let length = Int(bytes[place])
      // Records do not cross sectors; the rest of one is zero.
      guard length > 0 else {
        place = (place / Int(Self.sector) + 1) * Int(Self.sector)
        continue
      }
      guard length <= bytes.count - place,
        let record = DirectoryRecord(bytes[place..<place + length])
      else {
        throw .field(
          structure: "a folder's record", name: "the length", value: UInt64(length),
          offset: folder.range.lowerBound + UInt64(place))
      }
      place += length
      guard record.names.contains(wanted) else { continue }
      // What continues in a further record is in several pieces.
      guard !record.isContinued, let range = record.range(base, blockSize, disk.size) else {
        throw .field(
          structure: "a folder's record", name: "the extent", value: UInt64(record.block),
          offset: folder.range.lowerBound + UInt64(place - length))
      }
      return Entry(range: range, isFolder: record.isFolder)
    }
    return nil
  }
}

/// A record of a folder (ECMA-119, 9.1).
private struct DirectoryRecord {
  let block: UInt32
  private let attributeBlocks: UInt8
  private let size: UInt32
  private let flags: UInt8
  private let isInterleaved: Bool
  /// Its names in lower case: of ISO 9660 without version, and of Rock Ridge.
  let names: [String]

  var isFolder: Bool { flags & 0x02 != 0 }
  var isContinued: Bool { flags & 0x80 != 0 || isInterleaved }

  init?(_ bytes: ArraySlice<UInt8>) {
    let start = bytes.startIndex
    guard bytes.count >= 34 else { return nil }
    let nameLength = Int(bytes[start + 32])
    guard nameLength >= 1, 33 + nameLength <= bytes.count else { return nil }
    attributeBlocks = bytes[start + 1]
    block = UInt32(littleEndianBytes: bytes[start + 2..<start + 6])
    size = UInt32(littleEndianBytes: bytes[start + 10..<start + 14])
    flags = bytes[start + 25]
    isInterleaved = bytes[start + 26] != 0 || bytes[start + 27] != 0
    let name = bytes[start + 33..<start + 33 + nameLength]
    var text = String(decoding: name.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
    if text.hasSuffix(".") { text.removeLast() }
    // Behind the name and its padding to an even length.
    let rest = bytes.dropFirst(33 + nameLength + (nameLength.isMultiple(of: 2) ? 1 : 0))
    names = [text.lowercased()] + [Self.rockRidgeName(rest)].compactMap { $0?.lowercased() }
  }

  /// The bytes of the file on the medium; nil when they are not all there.
  func range(_ base: UInt64, _ blockSize: UInt64, _ end: UInt64) -> Range<UInt64>? {
    let (start, overflow) = base.addingReportingOverflow(
      (UInt64(block) + UInt64(attributeBlocks)) * blockSize)
    guard !overflow, start <= end, UInt64(size) <= end - start else { return nil }
    return start..<start + UInt64(size)
  }

  /// The parts of `NM` entries: signature, length, version, flags, text.
  private static func rockRidgeName(_ bytes: ArraySlice<UInt8>) -> String? {
    var (rest, name) = (bytes, [UInt8]())
    while rest.count >= 5 {
      let start = rest.startIndex
      let length = Int(rest[start + 2])
      guard length >= 4, length <= rest.count else { break }
      if rest[start] == UInt8(ascii: "N"), rest[start + 1] == UInt8(ascii: "M"), length >= 5 {
        name += rest[start + 5..<start + length]
      }
      rest = rest.dropFirst(length)
    }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
  }
}
