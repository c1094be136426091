internal import PowerCPU
internal import PowerISA

/// Accesses of a block off one base register, near enough to each other for one check.
struct AccessGroup {
  /// Bytes that one check may cover.
  static let spanLimit: Int64 = 256

  let base: GuestRegister
  /// The first byte and the one after the last, from the register's value at the first access.
  var low: Int64
  var high: Int64
  var hasStore: Bool
  var count = 1
  /// Position in the block of the first access.
  let first: Int

  /// Takes an access in, if that keeps the group near.
  mutating func add(_ start: Int64, _ bytes: Int64, isStore: Bool) -> Bool {
    let (low, high) = (min(low, start), max(high, start + bytes))
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
    // The group that a register is the base of, and what was added to it since the first access.
    var open = InlineArray<32, (group: Int, drift: Int64)>(repeating: (-1, 0))
    for (position, operation) in block.operations.enumerated() {
      if isSeparate(operation.word) { break }
      let i = operation.instruction
      let base = i.ra.number
      if operation.kind == .addi, i.rt == i.ra, open[base].group >= 0 {
        open[base].drift &+= i.si
        continue
      }
      guard let shape = operation.storage, case .displacement(let displacement) = shape.address(i),
        base != 0
      else {
        switch operation.kind {
        // What translations are at hand may be others afterwards.
        case .detour, .detourAndLeave: open = InlineArray(repeating: (-1, 0))
        default:
          var changed = UInt32(truncatingIfNeeded: operation.changes.rawValue)
          while changed != 0 {
            open[changed.trailingZeroBitCount].group = -1
            changed &= changed - 1
          }
        }
        continue
      }
      let (group, drift) = open[base]
      let start = drift &+ displacement
      // Others must not have had the same range since.
      let isRecent = group >= 0 && groups.count - group < RangeNumbers.groupCount
      if isRecent, groups[group].add(start, Int64(shape.bytes), isStore: shape.isStore) {
        groupOfPosition[position] = group
        if shape.updates { open[base].drift = start }
      } else {
        groupOfPosition[position] = groups.count
        open[base] = (groups.count, shape.updates ? displacement : 0)
        groups.append(
          AccessGroup(
            base: GuestRegister(i.ra), low: displacement,
            high: displacement + Int64(shape.bytes), hasStore: shape.isStore, first: position))
      }
      if shape.isGeneral, !shape.isStore { open[i.rt.number].group = -1 }
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
