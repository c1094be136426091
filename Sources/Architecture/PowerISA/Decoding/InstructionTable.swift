import Synchronization

/// The instructions that exist at one level: what a word means there.
///
/// Where two rows match a word, the one with more fixed bits wins: `mffsce` is `mffs` with a field
/// that used to be ignored, and is `mffs` again at levels before it.
///
/// Unchecked, because nothing changes behind the pointers between `init` and `deinit`.
public final class InstructionTable: @unchecked Sendable {
  private struct Candidate: Sendable {
    var mask: UInt64
    var value: UInt64
    var row: UInt16
  }

  /// Ends a chain: matches everything.
  private static let none: UInt16 = .max
  /// Marks a slot that names an expansion rather than a chain.
  private static let expanded: UInt16 = 0x8000

  /// The instructions that the table has.
  public let instructions: InstructionSubset
  /// Primary opcode → first slot, and the bits of the word that choose among the group's slots.
  /// Groups 64 and up are prefixed: by prefix type and the suffix's primary opcode.
  private let groups: UnsafePointer<(slot: UInt32, keyMask: UInt32)>
  /// Start of each slot's chain of candidates.
  private let slots: UnsafePointer<UInt16>
  /// Starts of 32 chains each, by bits 11:15, for the slots where these hold a further opcode.
  private let expansions: UnsafePointer<UInt16>
  private let candidates: UnsafePointer<Candidate>

  /// Makes a table of its own; the static functions give tables that are shared.
  public init(_ instructions: InstructionSubset) {
    self.instructions = instructions
    let rows = InstructionRow.all.indices.compactMap { id -> Candidate? in
      let row = InstructionRow.all[id]
      guard row.exists(at: instructions.level), row.gates.isDisjoint(with: instructions.absent)
      else { return nil }
      return Candidate(mask: row.mask, value: row.value, row: UInt16(id))
    }
    var groups: [(slot: UInt32, keyMask: UInt32)] = []
    var slots: [UInt16] = []
    var expansions: [UInt16] = []
    var candidates: [Candidate] = []
    for group in 0..<Self.groupCount {
      let (groupMask, groupValue) = Self.groupBits(group)
      let members =
        rows
        .filter { ($0.value ^ groupValue) & $0.mask & groupMask == 0 }
        .sorted { ($0.mask.nonzeroBitCount, $1.row) > ($1.mask.nonzeroBitCount, $0.row) }
      // Extended opcodes lie in the low eleven bits.
      let fixed = members.reduce(0) { $0 | $1.mask } & 0x7FF
      let keyMask = fixed == 0 ? 0 : UInt64.max >> UInt64(fixed.leadingZeroBitCount)
      groups.append((UInt32(slots.count), UInt32(keyMask)))
      var matches = [[Int]](repeating: [], count: Int(keyMask) + 1)
      for (index, member) in members.enumerated() {
        // Every filling of the bits the row leaves free.
        let free = keyMask & ~member.mask
        var filling = free
        while true {
          matches[Int(member.value & keyMask | filling)].append(index)
          if filling == 0 { break }
          filling = (filling - 1) & free
        }
      }
      var chains: [[Int]: UInt16] = [:]
      func start(of chain: [Int]) -> UInt16 {
        if let known = chains[chain] { return known }
        let start = UInt16(candidates.count)
        chains[chain] = start
        candidates += chain.lazy.map { members[$0] }
        candidates.append(Candidate(mask: 0, value: 0, row: Self.none))
        return start
      }
      for chain in matches {
        guard chain.count > 2 else {
          slots.append(start(of: chain))
          continue
        }
        slots.append(Self.expanded | UInt16(expansions.count / 32))
        for field in UInt64(0)..<32 {
          expansions.append(
            start(
              of: chain.filter {
                (members[$0].value ^ field << 16) & members[$0].mask & 0x1F << 16 == 0
              }))
        }
      }
    }
    (self.groups, self.slots) = (Self.copy(groups), Self.copy(slots))
    (self.expansions, self.candidates) = (Self.copy(expansions), Self.copy(candidates))
  }

  deinit {
    groups.deallocate()
    slots.deallocate()
    expansions.deallocate()
    candidates.deallocate()
  }

  private static func copy<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    copy.initialize(from: elements, count: elements.count)
    return UnsafePointer(copy)
  }

  private static let groupCount = 64 + 4 * 64

  /// The bits that instructions of a group have in common.
  private static func groupBits(_ group: Int) -> (mask: UInt64, value: UInt64) {
    let primary = UInt64(group & 63) << 26
    guard group >= 64 else { return (0xFFFF_FFFF << 32 | 63 << 26, primary) }
    return (0xFF << 56 | 63 << 26, UInt64(4 + (group - 64) >> 6) << 56 | primary)
  }

  /// Primary opcode, or for a prefixed instruction its type and the suffix's primary opcode.
  @inline(__always)
  private static func group(_ instruction: Instruction) -> Int {
    let raw = instruction.rawValue
    let primary = raw >> 26 & 63
    guard instruction.isPrefixed else { return Int(primary) }
    return Int(64 + (raw >> 56 & 3) << 6 + primary)
  }

  /// The row an instruction is of.
  /// - Returns: nil when it is illegal at this level.
  public func row(of instruction: Instruction) -> Int? {
    let group = groups[Self.group(instruction)]
    var slot = slots[Int(group.slot + (instruction.word & group.keyMask))]
    if slot & Self.expanded != 0 {
      slot = expansions[Int(slot & ~Self.expanded) << 5 | Int(instruction.word >> 16 & 31)]
    }
    var next = Int(slot)
    while true {
      let candidate = candidates[next]
      if instruction.rawValue & candidate.mask == candidate.value {
        return candidate.row == Self.none ? nil : Int(candidate.row)
      }
      next &+= 1
    }
  }

  // MARK: shared tables

  private static let shared = Mutex<[InstructionSubset: InstructionTable]>([:])

  /// The table of some instructions; made once.
  public static func table(for instructions: InstructionSubset) -> InstructionTable {
    shared.withLock { tables in
      if let table = tables[instructions] { return table }
      let table = InstructionTable(instructions)
      tables[instructions] = table
      return table
    }
  }

  /// The table of a version with all facilities, made once.
  public static func table(for level: ISALevel) -> InstructionTable {
    table(for: InstructionSubset(level: level))
  }

  /// The table of a level with every facility.
  public convenience init(level: ISALevel) { self.init(InstructionSubset(level: level)) }
}
