internal import PowerCPU
internal import PowerISA

/// Blocks of one page that are translated together, and may branch to each other.
struct Region {
  /// Effective address of the page; of relocatable code, one of several.
  let page: UInt64
  let context: RegionContext
  /// In the order of their addresses.
  var blocks: [Block]
  /// The blocks at which the region may be entered.
  var entries: [Int]
  /// Block by word, or -1.
  var blockOfWord: [Int16]
  /// Ranges of blocks, from where a branch leads backward to the last such branch.
  var loops: [ClosedRange<Int>] = []

  /// A straight run of instructions.
  struct Block {
    /// Its first word in the page.
    let start: Int
    let operations: [Operation]
    /// Word after the last.
    let end: Int
    /// Nesting depth of loops, estimated from backward branches.
    var depth = 0
    /// Registers that may have changed since the region was entered.
    var changedBefore: RegisterSet = []
    /// The blocks that may follow within the region.
    var successors = Successors()

    // MARK: what its instructions have in common
    private(set) var uses: RegisterSet = []
    private(set) var changes: RegisterSet = []
    /// Whether one has a vector-scalar register as target.
    private(set) var usesVectors = false
    private(set) var needsFacility = false
    private(set) var accessCount = 0
    private(set) var hasWideAccess = false

    init(start: Int, operations: [Operation], end: Int) {
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
  func block(atWord word: Int) -> Int? {
    guard word < 1024, blockOfWord[word] >= 0 else { return nil }
    return Int(blockOfWord[word])
  }

  /// Whether the code is for any effective address of its page: then the state has that address.
  var isRelocatable: Bool { context.isProblemState }

  func address(ofWord word: Int) -> UInt64 { page &+ UInt64(word) &* 4 }

  var instructionCount: Int { blocks.reduce(0) { $0 + $1.operations.count } }

  /// The words of its instructions.
  var words: PageWords {
    var words = PageWords()
    for block in blocks {
      for word in block.start..<min(block.end, 1024) { words.insert(word) }
    }
    return words
  }

  /// Whether its code depends on which register files are available.
  var needsFacilities: Bool {
    blocks.contains(where: \.needsFacility)
  }
}

/// What the code of a region takes for granted.
struct RegionContext: Hashable {
  /// MSR[SF, LE, PR, FP, VEC, VSX], ``lacksPrefix``, and other bits that do not matter.
  var msr: UInt64
  /// XER[SO].
  var summaryOverflow: Bool

  var isProblemState: Bool { msr & MSR.pr != 0 }
  /// In 32-bit mode storage and instructions have addresses of 32 bits, and results are recorded by their
  /// low words; registers have 64 bits in any case.
  var is64Bit: Bool { msr & MSR.sf != 0 }
  /// Bytes of an address, and of a result that is recorded.
  var size: Int32 { is64Bit ? 8 : 4 }
  /// The bits of an address that count.
  func effective(_ address: UInt64) -> UInt64 { is64Bit ? address : address & 0xFFFF_FFFF }

  /// In ``msr``: problem state without FSCR[PREFIX].
  static let lacksPrefix = ContextBits.lacksPrefix
}

/// Where execution may continue after a block's last instruction, for those that branch directly.
enum DirectBranch {
  /// The target as a word of the page, when it is there.
  static func target(
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
