internal import Glibc
internal import Machine

/// A copy of the sent contents of a table, to find its changes: stores to tables outside guest
/// memory leave no page tag.
final class TableShadow {
  private let table: StoragePieces
  private let copy: UnsafeMutableRawPointer

  /// - Returns: nil when the host has no memory for it.
  init?(of table: StoragePieces) {
    // Zero, as at the destination.
    guard let copy = calloc(table.storage.count, 1) else { return nil }
    self.table = table
    self.copy = copy
  }

  deinit { free(copy) }

  func isOf(_ other: StoragePieces) -> Bool {
    table.storage.baseAddress == other.storage.baseAddress
      && table.storage.count == other.storage.count
  }

  /// Whether a page differs from the sent contents; it then counts as sent.
  func takeChange(piece: Int, page: Int, at place: UnsafeRawPointer) -> Bool {
    let sent =
      copy + (piece * StoragePieces.pagesPerPiece + page) * StoragePieces.pageSize
    guard memcmp(sent, place, StoragePieces.pageSize) != 0 else { return false }
    memcpy(sent, place, StoragePieces.pageSize)
    return true
  }
}
