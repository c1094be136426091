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
  private var groupOfPosition: [Int: Int] = [:]

  init() {}

  /// - Parameter isSeparate: whether accesses from a word on must be checked one by one.
  init(_ block: Region.Block, isSeparate: (Int) -> Bool) {
    // The group that a register is the base of, and what was added to it since the first access.
    var open: [GuestRegister: (group: Int, drift: Int64)] = [:]
    for (position, operation) in block.operations.enumerated() {
      if isSeparate(operation.word) { break }
      let i = operation.instruction
      if operation.kind == .addi, i.rt == i.ra, let group = open[GuestRegister(i.ra)] {
        open[GuestRegister(i.ra)] = (group.group, group.drift &+ i.si)
        continue
      }
      let form = operation.kind.isFixedPointStorage ? StorageForm(operation.kind, i) : nil
      if let form, case .displacement(let displacement) = form.address, i.ra.number != 0 {
        let base = GuestRegister(i.ra)
        let drift = open[base]?.drift ?? 0
        let start = drift &+ displacement
        if let group = open[base]?.group,
          groups[group].add(start, Int64(form.bytes), isStore: form.isStore)
        {
          groupOfPosition[position] = group
          if form.updates { open[base] = (group, start) }
        } else {
          groupOfPosition[position] = groups.count
          open[base] = (groups.count, form.updates ? displacement : 0)
          groups.append(
            AccessGroup(
              base: base, low: displacement, high: displacement + Int64(form.bytes),
              hasStore: form.isStore, first: position))
        }
        if !form.isStore { open[GuestRegister(i.rt)] = nil }
        continue
      }
      switch operation.kind {
      // What translations are at hand may be others afterwards.
      case .detour, .detourAndLeave: open = [:]
      default: for register in operation.changes.members { open[register] = nil }
      }
    }
    dissolveSingles()
  }

  private mutating func dissolveSingles() {
    groupOfPosition = groupOfPosition.filter { groups[$0.value].count > 1 }
  }

  /// The group of the access at a position of the block, if it is in one.
  func group(at position: Int) -> (index: Int, group: AccessGroup)? {
    groupOfPosition[position].map { ($0, groups[$0]) }
  }
}

/// Gives accesses their ranges: in turn, so that those near each other have different ones. What
/// may be loaded from may not be stored to, so that stores have the odd ones to themselves.
final class RangeNumbers {
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
