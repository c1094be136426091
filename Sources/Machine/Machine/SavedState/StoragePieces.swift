internal import Glibc
package import SavedState

/// A large range of storage as the sections of a saved state: pieces of 1 MiB. Pieces that are all
/// zero are left out, and in the others the pages that are.
///
/// A payload is a bit for each page of the piece, the first in the most significant bit of the
/// first byte, and a Zstandard frame with the pages whose bits are 1. The section's instance is the
/// piece's number. Doublewords of hash page tables are little-endian.
package struct StoragePieces: @unchecked Sendable {
  /// Its section in streams.
  package let section: StateSection
  /// What it is, for messages.
  package let name: String
  // Safety: `owner` keeps the memory. The guest may write while it is copied here; pages written in
  // the meantime are copied again while the guest is halted.
  package let storage: UnsafeMutableRawBufferPointer
  /// Keeps the storage allocated.
  private let owner: AnyObject

  init(
    _ section: StateSection, name: String, storage: UnsafeMutableRawBufferPointer,
    owner: AnyObject
  ) {
    self.section = section
    self.name = name
    self.storage = storage
    self.owner = owner
  }

  package static let pageSize = 4096
  package static let pagesPerPiece = 256
  private static let pieceSize = pageSize * pagesPerPiece
  private static let bitmapSize = pagesPerPiece / 8

  package var count: Int { (storage.count + Self.pieceSize - 1) / Self.pieceSize }

  private func piece(_ index: Int) -> UnsafeMutableRawBufferPointer {
    let start = index * Self.pieceSize
    let end = min(start + Self.pieceSize, storage.count)
    return UnsafeMutableRawBufferPointer(rebasing: storage[start..<end])
  }

  private static func isZero(_ page: UnsafeRawPointer) -> Bool {
    page.load(as: UInt8.self) == 0 && memcmp(page, page + 1, pageSize - 1) == 0
  }

  /// Writes the pages of piece `index` that are not zero, if any.
  /// - Returns: the number of pages.
  @discardableResult
  package func save(piece index: Int, to writer: inout StateWriter) throws(StateError) -> Int {
    try save(piece: index, to: &writer) { _, page in !Self.isZero(page) }
  }

  /// Writes the pages of piece `index` that a function selects by their number in the piece and
  /// their contents.
  /// - Returns: the number of pages.
  @discardableResult
  package func save(
    piece index: Int, to writer: inout StateWriter, where isWanted: (Int, UnsafeRawPointer) -> Bool
  ) throws(StateError) -> Int {
    let piece = piece(index)
    guard let base = piece.baseAddress else { return 0 }
    var bitmap = [UInt8](repeating: 0, count: Self.bitmapSize)
    var pages: [UInt8] = []
    for page in 0..<piece.count / Self.pageSize {
      let start = UnsafeRawPointer(base + page * Self.pageSize)
      guard isWanted(page, start) else { continue }
      if pages.isEmpty { pages.reserveCapacity(piece.count) }
      bitmap[page / 8] |= 0x80 >> UInt8(page % 8)
      pages.append(contentsOf: UnsafeRawBufferPointer(start: start, count: Self.pageSize))
    }
    guard !pages.isEmpty else { return 0 }
    guard let frame = pages.withUnsafeBytes({ Zstandard.compress($0) }) else {
      throw StateError(.input("no memory to compress \(pages.count) bytes"), at: writer.offset)
    }
    let payload = bitmap + frame
    try writer.section(section, instance: UInt32(index), payload: payload)
    return pages.count / Self.pageSize
  }

  /// Restores the pages of a payload; pages that it leaves out do not change.
  func restore(_ section: StateReader.Section) throws(StateError) {
    let index = Int(section.instance)
    let version = section.bytes.version
    guard version == self.section.version else {
      throw section.error(.version(version, known: self.section.version))
    }
    guard index < count, section.payload.count > Self.bitmapSize else {
      throw section.error(.value("there is no such piece"))
    }
    let piece = piece(index)
    let places = (0..<Self.pagesPerPiece).filter {
      section.payload[$0 / 8] & 0x80 >> UInt8($0 % 8) != 0
    }
    var pages = [UInt8](repeating: 0, count: places.count * Self.pageSize)
    let isSound = pages.withUnsafeMutableBytes {
      Zstandard.decompress(Array(section.payload[Self.bitmapSize...]), into: $0)
    }
    guard isSound, places.allSatisfy({ ($0 + 1) * Self.pageSize <= piece.count }) else {
      throw section.error(.value("the pages cannot be decompressed"))
    }
    pages.withUnsafeBytes { pages in
      guard let source = pages.baseAddress, let target = piece.baseAddress else { return }
      for (number, place) in places.enumerated() {
        (target + place * Self.pageSize).copyMemory(
          from: source + number * Self.pageSize, byteCount: Self.pageSize)
      }
    }
  }
}
