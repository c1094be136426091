package import PowerCPU
internal import PowerISA

/// Finds the blocks that belong together: what can be reached from an entry by direct branches
/// within its page, as far as it has been executed before.
package struct RegionBuilder {
  package static let operationLimit = 600

  private let processor: VirtualProcessor
  private let rows: RowTable
  private let features: HostFeatures
  private let page: UInt64
  private let msr: UInt64
  private var operations: [Operation] = []
  /// By word, or -1.
  private var operationOfWord = [Int16](repeating: -1, count: 1024)
  private var leaders = PageWords()
  private var entries = PageWords()
  private var waiting: [Int] = []
  /// The most instructions.
  private var limit = RegionBuilder.operationLimit
  private static let repetitiveLimit = 64
  /// Words that a region is not to continue at, except its first.
  private var endsBefore: (Int) -> Bool = { _ in false }

  /// - Parameter page: the processor's current page.
  init(
    _ processor: VirtualProcessor, page: UInt64, msr: UInt64, rows: RowTable, features: HostFeatures
  ) {
    self.rows = rows
    self.msr = msr
    self.processor = processor
    self.page = page
    self.features = features
  }

  /// Makes a region of code that has been translated often: a short one, which ends where there is code.
  mutating func shorten(endsBefore: @escaping (Int) -> Bool) {
    limit = Self.repetitiveLimit
    self.endsBefore = endsBefore
  }

  /// - Parameters:
  ///   - entry: the word to begin at.
  ///   - other: another word at which the region is to be entered, if it is reached.
  mutating func region(from entry: Int, and other: Int? = nil, _ context: RegionContext) -> Region?
  {
    operations.reserveCapacity(128)
    entries.insert(entry)
    if let other { entries.insert(other) }
    lead(entry)
    while let word = waiting.popLast() {
      guard operations.count < limit else { break }
      follow(from: word)
    }
    var region = Region(
      page: page, context: context, blocks: [], entries: [],
      blockOfWord: [Int16](repeating: -1, count: 1024))
    region.blocks.reserveCapacity(leaders.count)
    for word in leaders where operationOfWord[word] >= 0 {
      region.blockOfWord[word] = Int16(region.blocks.count)
      if entries.contains(word) { region.entries.append(region.blocks.count) }
      region.blocks.append(block(from: word))
    }
    guard !region.blocks.isEmpty else { return nil }
    region.findSuccessors()
    region.findLoops()
    region.findChanges()
    return region
  }

  private mutating func lead(_ word: Int) {
    guard !leaders.contains(word), waiting.isEmpty && operations.isEmpty || !endsBefore(word) else {
      return
    }
    leaders.insert(word)
    waiting.append(word)
  }

  private func operation(_ word: Int) -> Operation? {
    guard word < 1024, let decoded = processor.decoded(word: word) else { return nil }
    return Operation(
      row: decoded.row, of: rows, instruction: decoded.instruction, page: page, word: word,
      handler: unsafeBitCast(decoded.handler, to: UInt.self), features: features, msr: msr,
      permits: { [processor, msr] in
        processor.permits($0, writing: $1, isPrivileged: msr & MSR.pr == 0)
      })
  }

  /// Takes in a run of instructions up to a branch, and notes where that leads.
  private mutating func follow(from start: Int) {
    var word = start
    while word < 1024, operationOfWord[word] < 0, word == start || !endsBefore(word),
      let operation = operation(word)
    {
      operationOfWord[word] = Int16(operations.count)
      operations.append(operation)
      word += operation.wordCount
      guard operation.endsBlock else {
        if operations.count >= limit { return }
        continue
      }
      if let target = DirectBranch.target(operation, page: page)?.word, !operation.isCall {
        lead(target)
      }
      let fallsThrough = operation.kind != .b && !operation.leaves
      // Calls come back to the next instruction, and so do instructions that leave.
      guard word < 1024 else { return }
      if operation.isCall || operation.leaves { entries.insert(word) }
      if entries.contains(word) || fallsThrough && !operation.isUnconditional { lead(word) }
      return
    }
  }

  private func block(from start: Int) -> Region.Block {
    var end = start
    var count = 0
    while end < 1024, operationOfWord[end] >= 0, end == start || !leaders.contains(end) {
      let place = Int(operationOfWord[end])
      count += 1
      end += operations[place].wordCount
      if operations[place].endsBlock { break }
    }
    var run: [Operation] = []
    run.reserveCapacity(count)
    var word = start
    for _ in 0..<count {
      run.append(operations[Int(operationOfWord[word])])
      word += run[run.count - 1].wordCount
    }
    return Region.Block(start: start, operations: run, end: end)
  }
}

extension Operation {
  package var endsBlock: Bool { leaves || traits.contains(.branch) }

  /// Whether the region is left after it.
  package var leaves: Bool { codeKind == .exit }

  /// Why it calls the semantics function, when it does.
  package var helperCallReason: HelperCallCount.Reason {
    if leaves { return .exit }
    return codeKind == .call ? .call : .operands
  }

  /// Whether what is deferred stays so across it: it has no side exit, and neither reads conditions nor
  /// uses the FPSCR.
  package var keepsDeferredState: Bool {
    promises.contains(.noSideExit)
      && deferrable.isDisjoint(with: [.readsConditions, .usesFloatStatus])
  }

  /// Whether it always sets a whole field of the condition register.
  package func replaces(field: Int) -> Bool {
    guard promises.contains(.noSideExit) else { return false }
    return field == 0 && writes.contains(.cr0) || field == 6 && writes.contains(.cr6)
      || deferrable.contains(.setsNamedField) && instruction.bf.number == field
  }

  /// Whether it sets LR in order to come back: not to have its own address, as code does that branches to the next
  /// instruction. Kernels do that many times in succession, to change what processors predict.
  package var isCall: Bool {
    guard traits.contains(.branch), !leaves, instruction.lk else { return false }
    let i = instruction
    let goesOn =
      switch kind {
      case .b: !i.aa && i.li == 4
      case .bc: !i.aa && i.bd == 4 && isUnconditional
      default: false
      }
    return !goesOn
  }

  /// Whether a branch is always taken.
  package var isUnconditional: Bool {
    switch kind {
    case .b: true
    case .bc, .bclr: instruction.bo & 0x14 == 0x14
    case .bcctr: instruction.bo & 0x10 != 0
    default: false
    }
  }
}

extension Region {
  /// Blocks, at most two.
  @usableFromInline
  package struct Successors: Sequence, IteratorProtocol {
    @usableFromInline var first: Int?
    @usableFromInline var second: Int?

    @inlinable
    package mutating func next() -> Int? {
      if let block = first {
        first = nil
        return block
      }
      defer { second = nil }
      return second
    }
  }

  /// The blocks that may follow a block within the region.
  package func successors(_ index: Int) -> Successors { blocks[index].successors }

  package mutating func findSuccessors() {
    for index in blocks.indices { blocks[index].successors = successors(of: blocks[index]) }
  }

  private func successors(of origin: Block) -> Successors {
    let end = origin.end
    guard let last = origin.operations.last, last.endsBlock else {
      return Successors(first: block(atWord: end))
    }
    var list = Successors()
    if !last.isCall, let target = DirectBranch.target(last, page: page)?.word {
      list.first = block(atWord: target)
    }
    switch last.kind {
    case .bc, .bclr, .bcctr: if !last.isUnconditional { list.second = block(atWord: end) }
    default: break
    }
    return list
  }

  /// The words of the page where the region would continue if they had been executed before.
  var missing: [Int] {
    var words: [Int] = []
    for block in blocks {
      guard let last = block.operations.last, last.endsBlock else {
        if block.end < 1024, blockOfWord[block.end] < 0 { words.append(block.end) }
        continue
      }
      if !last.isCall, let target = DirectBranch.target(last, page: page)?.word,
        blockOfWord[target] < 0
      {
        words.append(target)
      }
      guard last.kind == .bc || last.kind == .bclr || last.kind == .bcctr, !last.isUnconditional,
        block.end < 1024, blockOfWord[block.end] < 0
      else { continue }
      words.append(block.end)
    }
    return words
  }

  /// Branches backward make a loop of everything between their target and the last of them.
  mutating func findLoops() {
    var ends: [Int: Int] = [:]
    for index in blocks.indices {
      for target in successors(index) where target <= index {
        ends[target] = max(ends[target] ?? index, index)
      }
    }
    loops = ends.map { $0...$1 }.sorted { $0.lowerBound < $1.lowerBound }
    for (target, end) in ends {
      for inside in target...end { blocks[inside].depth = min(blocks[inside].depth + 1, 4) }
    }
  }

  /// Works out which registers may differ from the state's at the beginning of each block.
  mutating func findChanges() {
    var waiting = Array(blocks.indices)
    while let index = waiting.popLast() {
      let after = blocks[index].changedBefore.union(blocks[index].changes)
      for next in successors(index) where !blocks[next].changedBefore.isSuperset(of: after) {
        blocks[next].changedBefore.formUnion(after)
        waiting.append(next)
      }
    }
  }
}
