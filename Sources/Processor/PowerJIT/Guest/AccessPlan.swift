internal import PowerCPU
package import PowerISA

/// Accesses of a block whose addresses differ by constants, near enough to each other for one check.
package struct AccessGroup {
  /// Bytes that one check may cover.
  package static let spanLimit: Int64 = 256

  /// The first byte and the one after the last, from the first access's effective address.
  package var low: Int64
  package var high: Int64
  package var hasStore: Bool
  package var count = 1
  /// Position in the block of the first access.
  package let first: Int
  /// What is added to a value to have the first access's effective address.
  package let origin: Int64
  /// Which invariant base register the first access is off: ``AccessSlotNumbers/invariantBase(_:)``.
  package let invariantBase: Int?

  /// Takes bytes in, if that keeps the group near.
  package mutating func add(_ start: Int64, _ end: Int64, isStore: Bool) -> Bool {
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
package struct AccessPlan {
  package private(set) var groups: [AccessGroup] = []
  /// By position, or -1.
  private var groupOfPosition: [Int] = []
  private var values = ValueNumbers()

  package init() {}

  /// Replaces the plan by that of a block.
  /// - Parameter separate: the words from which accesses must be checked one by one.
  package mutating func make(_ block: Region.Block, separate: PageWords) {
    groups.removeAll(keepingCapacity: true)
    groupOfPosition.removeAll(keepingCapacity: true)
    guard block.accessCount > 1 || block.hasWideAccess else { return }
    groupOfPosition.append(
      contentsOf: repeatElement(-1, count: block.operations.count))
    values.begin()
    // By invariant base register, the last group that has its slot.
    var lastByInvariantBase = InlineArray<3, Int>(repeating: -1)
    for (position, operation) in block.operations.enumerated() {
      if separate.contains(operation.word) { break }
      guard let shape = operation.storage else {
        values.note(operation)
        continue
      }
      let address = values.address(operation)
      let group = values.group(of: address.number)
      // Others must not have had the same slot since.
      if group >= 0,
        groups[group].invariantBase.map({ lastByInvariantBase[$0] == group })
          ?? (groups.count - group < AccessSlotNumbers.groupCount),
        groups[group].add(
          address.offset &- groups[group].origin,
          address.offset &- groups[group].origin &+ shape.span, isStore: shape.isStore)
      {
        groupOfPosition[position] = group
      } else {
        let invariantBase = shape.invariantBase(operation.instruction)
        if let invariantBase { lastByInvariantBase[invariantBase] = groups.count }
        groupOfPosition[position] = groups.count
        values.setGroup(of: address.number, groups.count)
        groups.append(
          AccessGroup(
            low: 0, high: shape.span, hasStore: shape.isStore, first: position,
            origin: address.offset, invariantBase: invariantBase))
      }
      values.note(operation)
      if shape.updates { values[operation.instruction.ra] = address }
    }
  }

  /// The group of the access at a position of the block, if it is in one.
  package func group(at position: Int) -> (index: Int, group: AccessGroup)? {
    guard position < groupOfPosition.count, groupOfPosition[position] >= 0 else { return nil }
    let index = groupOfPosition[position]
    // A single wide access needs the margin of a group's slot.
    let isGroup = groups[index].count > 1 || groups[index].high - groups[index].low > 16
    return isGroup ? (index, groups[index]) : nil
  }
}

/// Assigns slots of the access cache in turn, so that accesses near each other have different ones;
/// those off an invariant base register share one. Stores use the odd slots, because a page may be
/// readable but not writable.
package final class AccessSlotNumbers {
  /// The stack's pointer, the processor's or thread's own data, the table of contents: accesses off one
  /// of these have a slot in common.
  private static let invariantBases: InlineArray<3, Int> = [1, 13, 2]
  private static let firstGroup = 2 * invariantBases.count
  /// Groups that have slots of their own at the same time.
  package static let groupCount = (firstSingle - firstGroup) / 2
  /// Slots before this are for groups, those after it for single accesses.
  package static let firstSingle = AccessCacheLayout.count / 2
  /// Bytes at the end of a single access's slot that it leaves out, so that no access which begins in
  /// it leaves it.
  package static let margin = 15
  /// The same for a group's slot.
  package static let wideMargin = Int(AccessGroup.spanLimit) - 1

  private let firstSingle = AccessSlotNumbers.firstSingle
  private let singleCount = AccessCacheLayout.count - AccessSlotNumbers.firstSingle
  @exclusivity(unchecked) private var single = 0
  @exclusivity(unchecked) private var groups = (first: 0, next: 0)

  package init() {}

  /// Which of the invariant base registers it is.
  package static func invariantBase(_ register: GPR) -> Int? {
    for index in invariantBases.indices where invariantBases[index] == register.number {
      return index
    }
    return nil
  }

  /// The slot of accesses off an invariant base register; a group's.
  package func invariantBase(_ index: Int, isStore: Bool) -> Int { 2 * index + (isStore ? 1 : 0) }

  /// The slot of an access by itself.
  package func nextSingle(isStore: Bool) -> Int {
    single += 2
    if single >= singleCount { single = 0 }
    return firstSingle + single + (isStore ? 1 : 0)
  }

  /// Begins another block.
  package func nextBlock(groups count: Int) { groups = (groups.next, groups.next + count) }

  /// The slot of a group of the current block.
  package func group(_ number: Int, hasStore: Bool) -> Int {
    Self.firstGroup + 2 * ((groups.first + number) % Self.groupCount) + (hasStore ? 1 : 0)
  }
}

extension StorageShape {
  /// Whether it has more bytes than an access by itself may have.
  package var isWide: Bool { bytes > 16 }

  /// Which invariant base register an access is off: ``AccessSlotNumbers/invariantBase(_:)``.
  package func invariantBase(_ i: Instruction) -> Int? {
    isIndexed || i.isPrefixed ? nil : AccessSlotNumbers.invariantBase(i.ra)
  }
}
