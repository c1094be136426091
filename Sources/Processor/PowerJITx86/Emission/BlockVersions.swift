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
  /// The numbers of the versions of a block: of those, and of the plain one.
  private struct Numbers {
    private var numbers = InlineArray<3, Int32>(repeating: 0)
    private(set) var count = 0

    subscript(index: Int) -> Int { Int(numbers[index]) }

    mutating func append(_ number: Int) {
      numbers[count] = Int32(number)
      count += 1
    }

    func first(where isIt: (Int) -> Bool) -> Int? {
      for index in 0..<count where isIt(self[index]) { return self[index] }
      return nil
    }

    func last(where isIt: (Int) -> Bool) -> Int? {
      for index in (0..<count).reversed() where isIt(self[index]) { return self[index] }
      return nil
    }
  }
  /// How much more code than instructions there may be, in percent.
  private static let growth = 200

  private let region: Region
  private let isEntry: [Bool]
  /// By block, whether facts about vector-scalar registers are of use in it.
  private let usesVectors: [Bool]
  private var predecessorCounts: [Int]
  private var list: [Version] = []
  private var ofBlock: [Numbers]
  /// No block before it has a version that has not been emitted.
  private var firstWaiting = 0
  private var operationCount = 0
  private let operationLimit: Int

  init(_ region: Region) {
    self.region = region
    ofBlock = Array(repeating: Numbers(), count: region.blocks.count)
    firstWaiting = region.blocks.count
    usesVectors = region.blocks.map(\.usesVectors)
    var isEntry = [Bool](repeating: false, count: region.blocks.count)
    for entry in region.entries { isEntry[entry] = true }
    self.isEntry = isEntry
    predecessorCounts = Array(repeating: 0, count: region.blocks.count)
    for index in region.blocks.indices {
      for next in region.successors(index) { predecessorCounts[next] += 1 }
    }
    operationLimit = region.instructionCount * Self.growth / 100
    list.reserveCapacity(region.blocks.count + 4)
  }

  func block(_ number: Int) -> Int { list[number].block }
  func label(_ number: Int) -> HostLabel { list[number].label }
  func isEmitted(_ number: Int) -> Bool { list[number].isEmitted }
  func pending(_ number: Int) -> DeferredState { list[number].pending }

  mutating func setEmitted(_ number: Int) { list[number].isEmitted = true }

  /// A version that has been asked for and not been emitted, in the order of blocks.
  mutating func nextWaiting() -> Int? {
    while firstWaiting < ofBlock.count {
      if let waiting = ofBlock[firstWaiting].first(where: { !list[$0].isEmitted }) {
        return waiting
      }
      firstWaiting += 1
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
    var count = 0
    for index in 0..<ofBlock[block].count where !list[ofBlock[block][index]].pending.isEmpty {
      count += 1
    }
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
    firstWaiting = min(firstWaiting, block)
    list.append(Version(block: block, pending: pending, label: assembler.label()))
    return list.count - 1
  }
}
