internal import PowerJIT

/// The versions of a block: one with no deferred state at its entry and, in a loop, possibly one for the
/// state that is deferred at the backward branch. So a loop writes neither CFAR nor a field of the
/// condition register that the next iteration replaces.
struct BlockVersions {
  struct Version {
    let block: Int
    let pending: DeferredState
    let label: HostLabel
    var isEmitted = false
  }

  private static let limit = 2
  /// How much more code than instructions there may be, in percent.
  private static let growth = 200

  private let region: Region
  private let isEntry: [Bool]
  /// By block, whether facts about vector-scalar registers are of use in it.
  private let usesVectors: [Bool]
  private var predecessorCounts: [Int]
  private var list: [Version] = []
  private var ofBlock: [[Int]]
  private var operationCount = 0
  private let operationLimit: Int

  init(_ region: Region) {
    self.region = region
    ofBlock = region.blocks.map { _ in [] }
    usesVectors = region.blocks.map { $0.operations.contains { $0.vsr.t >= 0 } }
    isEntry = region.blocks.indices.map { region.entries.contains($0) }
    predecessorCounts = region.blocks.map { _ in 0 }
    for index in region.blocks.indices {
      for next in region.successors(index) { predecessorCounts[next] += 1 }
    }
    let operations = region.blocks.reduce(0) { $0 + $1.operations.count }
    operationLimit = operations * Self.growth / 100
  }

  subscript(number: Int) -> Version { list[number] }

  mutating func setEmitted(_ number: Int) { list[number].isEmitted = true }

  /// A version that has been asked for and not been emitted, in the order of blocks.
  func nextWaiting() -> Int? {
    for numbers in ofBlock {
      if let waiting = numbers.first(where: { !list[$0].isEmitted }) { return waiting }
    }
    return nil
  }

  /// The version that begins with everything in the state.
  mutating func plain(_ block: Int, _ assembler: HostAssembler) -> Int {
    find(block, DeferredState()) ?? add(block, DeferredState(), assembler)
  }

  /// The version to continue with.
  /// - Returns: whether it accepts what is pending; otherwise that must be written before.
  mutating func version(
    of block: Int, from origin: Int, _ pending: DeferredState, _ assembler: HostAssembler
  ) -> (number: Int, isExact: Bool) {
    var pending = pending
    if !usesVectors[block] { pending.known = KnownVectors() }
    if let known = find(block, pending) { return (known, true) }
    if mayHaveAnother(block, from: origin) { return (add(block, pending, assembler), true) }
    if let known = ofBlock[block].last(where: { pending.satisfies(list[$0].pending) }) {
      return (known, true)
    }
    return (plain(block, assembler), false)
  }

  private func find(_ block: Int, _ pending: DeferredState) -> Int? {
    ofBlock[block].first { list[$0].pending == pending }
  }

  private func mayHaveAnother(_ block: Int, from origin: Int) -> Bool {
    let count = ofBlock[block].count { !list[$0].pending.isEmpty }
    if predecessorCounts[block] == 1, !isEntry[block] { return count < Self.limit }
    // Where a loop is entered everything is written: once, and not each time round.
    return region.blocks[block].depth > 0
      && region.blocks[block].depth <= region.blocks[origin].depth
      && count < Self.limit - 1
      && operationCount + region.blocks[block].operations.count <= operationLimit
  }

  private mutating func add(_ block: Int, _ pending: DeferredState, _ assembler: HostAssembler)
    -> Int
  {
    operationCount += region.blocks[block].operations.count
    ofBlock[block].append(list.count)
    list.append(Version(block: block, pending: pending, label: assembler.label()))
    return list.count - 1
  }
}
