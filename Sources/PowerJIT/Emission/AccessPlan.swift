internal import PowerCPU
internal import PowerISA

/// Accesses of a block whose addresses differ by constants, near enough to each other for one check.
struct AccessGroup {
  /// Bytes that one check may cover.
  static let spanLimit: Int64 = 256

  /// The first byte and the one after the last, from the first access's effective address.
  var low: Int64
  var high: Int64
  var hasStore: Bool
  var count = 1
  /// Position in the block of the first access.
  let first: Int
  /// What is added to a value to have the first access's effective address.
  let origin: Int64

  /// Takes bytes in, if that keeps the group near.
  mutating func add(_ start: Int64, _ end: Int64, isStore: Bool) -> Bool {
    guard abs(start &- 1) < Self.spanLimit, end > start else { return false }
    let (low, high) = (min(low, start), max(high, end))
    guard high - low <= Self.spanLimit else { return false }
    (self.low, self.high) = (low, high)
    hasStore = hasStore || isStore
    count += 1
    return true
  }
}

/// Which accesses of a block share a check.
struct AccessPlan {
  private(set) var groups: [AccessGroup] = []
  /// By position, or -1.
  private var groupOfPosition: [Int] = []

  init() {}

  /// - Parameter isSeparate: whether accesses from a word on must be checked one by one.
  init(_ block: Region.Block, isSeparate: (Int) -> Bool) {
    guard block.operations.count(where: { $0.storage != nil }) > 1 else { return }
    groupOfPosition = Array(repeating: -1, count: block.operations.count)
    var values = ValueNumbers()
    for (position, operation) in block.operations.enumerated() {
      if isSeparate(operation.word) { break }
      guard let shape = operation.storage else {
        values.note(operation)
        continue
      }
      let address = values.address(shape, operation.instruction)
      let group = values.group(of: address.number)
      // Others must not have had the same range since.
      if group >= 0, groups.count - group < RangeNumbers.groupCount,
        groups[group].add(
          address.offset &- groups[group].origin &- shape.bytesBefore,
          address.offset &- groups[group].origin &+ Int64(shape.bytes), isStore: shape.isStore)
      {
        groupOfPosition[position] = group
      } else {
        groupOfPosition[position] = groups.count
        values.setGroup(of: address.number, groups.count)
        groups.append(
          AccessGroup(
            low: -shape.bytesBefore, high: Int64(shape.bytes), hasStore: shape.isStore,
            first: position, origin: address.offset))
      }
      values.note(operation)
      if shape.updates { values[operation.instruction.ra] = address }
    }
  }

  /// The group of the access at a position of the block, if it is in one.
  func group(at position: Int) -> (index: Int, group: AccessGroup)? {
    guard position < groupOfPosition.count, groupOfPosition[position] >= 0 else { return nil }
    let index = groupOfPosition[position]
    return groups[index].count > 1 ? (index, groups[index]) : nil
  }
}

/// Gives accesses their ranges: in turn, so that those near each other have different ones. What
/// may be loaded from may not be stored to, so that stores have the odd ones to themselves.
final class RangeNumbers {
  /// Groups that have ranges of their own at the same time.
  static let groupCount = StorageRangeLayout.firstSingle / 2

  private var single = 0
  private var groups = (first: 0, next: 0)

  /// The range of an access by itself.
  func nextSingle(isStore: Bool) -> Int {
    let singles = StorageRangeLayout.count - StorageRangeLayout.firstSingle
    single = (single + 2) % singles
    return StorageRangeLayout.firstSingle + single + (isStore ? 1 : 0)
  }

  /// Begins another block.
  func nextBlock(groups count: Int) { groups = (groups.next, groups.next + count) }

  /// The range of a group of the current block.
  func group(_ number: Int, hasStore: Bool) -> Int {
    2 * (groups.first + number) % StorageRangeLayout.firstSingle + (hasStore ? 1 : 0)
  }
}
