internal import PowerCPU
internal import PowerISA

/// Blocks of one page that are translated together, and may branch to each other.
@usableFromInline
package struct Region {
  /// Effective address of the page; of relocatable code, one of several.
  package let page: UInt64
  package let context: RegionContext
  /// In the order of their addresses.
  package var blocks: [Block]
  /// The blocks at which the region may be entered.
  package var entries: [Int]
  /// Block by word, or -1.
  package var blockOfWord: [Int16]
  /// Ranges of blocks, from where a branch leads backward to the last such branch.
  package var loops: [ClosedRange<Int>] = []

  /// A straight run of instructions.
  package struct Block {
    /// Its first word in the page.
    package let start: Int
    package let operations: [Operation]
    /// Word after the last.
    package let end: Int
    /// Nesting depth of loops, estimated from backward branches.
    package var depth = 0
    /// Registers that may have changed since the region was entered.
    package var changedBefore: RegisterSet = []
    /// The blocks that may follow within the region.
    package var successors = Successors()

    // MARK: what its instructions have in common
    package private(set) var uses: RegisterSet = []
    package private(set) var changes: RegisterSet = []
    /// Whether one has a vector-scalar register as target.
    package private(set) var usesVectors = false
    package private(set) var needsFacility = false
    package private(set) var accessCount = 0
    package private(set) var hasWideAccess = false

    package init(start: Int, operations: [Operation], end: Int) {
      (self.start, self.operations, self.end) = (start, operations, end)
      for operation in operations {
        uses.formUnion(operation.uses)
        changes.formUnion(operation.changes)
        usesVectors = usesVectors || operation.vsr.t >= 0
        needsFacility = needsFacility || operation.needsFacility
        guard let shape = operation.storage else { continue }
        accessCount += 1
        hasWideAccess = hasWideAccess || shape.isWide
      }
    }
  }

  /// The block that begins at a word of the page.
  package func block(atWord word: Int) -> Int? {
    guard word < 1024, blockOfWord[word] >= 0 else { return nil }
    return Int(blockOfWord[word])
  }

  /// Whether the code is for any effective address of its page: then the state has that address.
  package var isRelocatable: Bool { context.isProblemState }

  package func address(ofWord word: Int) -> UInt64 { page &+ UInt64(word) &* 4 }

  package var instructionCount: Int { blocks.reduce(0) { $0 + $1.operations.count } }

  /// The words of its instructions.
  package var words: PageWords {
    var words = PageWords()
    for block in blocks {
      for word in block.start..<min(block.end, 1024) { words.insert(word) }
    }
    return words
  }

  /// The words at which its blocks begin.
  package var starts: PageWords {
    var words = PageWords()
    for block in blocks { words.insert(block.start) }
    return words
  }

  /// Whether its code depends on which register files are available.
  package var needsFacilities: Bool {
    blocks.contains(where: \.needsFacility)
  }
}

/// What the code of a region takes for granted.
package struct RegionContext: Hashable {
  /// MSR[SF, LE, PR, FP, VEC, VSX], ``lacksPrefix``, and other bits that do not matter.
  package var msr: UInt64
  /// XER[SO].
  package var summaryOverflow: Bool

  package var isProblemState: Bool { msr & MSR.pr != 0 }
  /// In 32-bit mode storage and instructions have addresses of 32 bits, and results are recorded by their
  /// low words; registers have 64 bits in any case.
  package var is64Bit: Bool { msr & MSR.sf != 0 }
  /// Bytes of an address, and of a result that is recorded.
  package var size: Int32 { is64Bit ? 8 : 4 }
  /// The bits of an address that count.
  package func effective(_ address: UInt64) -> UInt64 { is64Bit ? address : address & 0xFFFF_FFFF }

  /// In ``msr``: problem state without FSCR[PREFIX].
  package static let lacksPrefix = ContextBits.lacksPrefix
}

/// Where execution may continue after a block's last instruction, for those that branch directly.
package enum DirectBranch {
  /// The target as a word of the page, when it is there.
  package static func target(
    _ operation: Operation, page: UInt64
  ) -> (address: UInt64, word: Int?)? {
    guard !operation.leaves else { return nil }
    let i = operation.instruction
    let offset: Int64
    switch operation.kind {
    case .b: offset = i.li
    case .bc: offset = i.bd
    default: return nil
    }
    let origin = i.aa ? 0 : page &+ UInt64(operation.word) &* 4
    let address = origin &+ UInt64(bitPattern: offset)
    let word = address & ~0xFFF == page ? Int(address & 0xFFF) >> 2 : nil
    return (address, word)
  }
}
