internal import Glibc
internal import Machine

/// What was sent of a table, to find what changed since: stores to tables outside guest memory leave
/// no mark.
final class TableShadow {
  private let table: StoragePieces
  private let copy: UnsafeMutableRawPointer

  /// - Returns: nil when the host has no memory for it.
  init?(of table: StoragePieces) {
    // Zero, as the table on the other side is.
    guard let copy = calloc(table.storage.count, 1) else { return nil }
    self.table = table
    self.copy = copy
  }

  deinit { free(copy) }

  func isOf(_ other: StoragePieces) -> Bool {
    table.storage.baseAddress == other.storage.baseAddress
      && table.storage.count == other.storage.count
  }

  /// Whether a page differs from what was sent; it is taken as sent now.
  func takeChange(piece: Int, page: Int, at place: UnsafeRawPointer) -> Bool {
    let sent =
      copy + (piece * StoragePieces.pagesPerPiece + page) * StoragePieces.pageSize
    guard memcmp(sent, place, StoragePieces.pageSize) != 0 else { return false }
    memcpy(sent, place, StoragePieces.pageSize)
    return true
  }
}
