internal import HostSupport
internal import Machine
internal import PowerISA

extension ProgramAudit {
  /// The instructions in a file's sections of code, whether they are executed or not: of problem state, as the
  /// newest level that has the word has it.
  ///
  /// Tables of distances after `bctr`, as compilers make them of a switch, are left out. Other data among the code
  /// is taken for instructions, too; a word that no level has, or with bits that are reserved, is passed over.
  package init(_ program: ProgramFile) throws(ExecutionError) {
    // Older levels have facilities that were dropped.
    let tables = CompatibilityLevel.allCases.reversed().map {
      InstructionTable.table(for: $0.instructions)
    }
    let functions = ProgramFile.FunctionTable(program)
    var comparisons = Comparisons()
    var kinds: [Kind] = []
    var indices: [Key: Int] = [:]
    for part in try program.codeSections() {
      let words = FieldReader(bytes: part.bytes, isLittle: program.byteOrder == .little)
      var offset = 0
      while offset + 4 <= part.bytes.count {
        let word = UInt32(words.value(offset, 4))
        var instruction = Instruction(word: word)
        if word >> 26 == 1, offset + 8 <= part.bytes.count {
          instruction = Instruction(prefix: word, suffix: UInt32(words.value(offset + 4, 4)))
        }
        let address = part.address &+ UInt64(offset)
        offset += instruction.byteCount
        if word == Self.branchToCounter {
          offset = Self.end(
            ofTable: words, from: offset, at: part.address, in: functions.function(at: address))
        }
        guard !Self.isInvalid(instruction),
          let table = tables.first(where: { table in
            table.row(of: instruction).map {
              let row = InstructionRow.all[$0]
              return instruction.rawValue & row.reserved == 0
                && row.isInProblemState(instruction, with: table.instructions)
            } ?? false
          }), let id = table.row(of: instruction)
        else { continue }
        let row = InstructionRow.all[id]
        let key = Key(
          row: id, register: row.registerNumber(of: instruction),
          comparison: comparisons.comparison(of: instruction, row))
        let index = indices[key] ?? kinds.count
        if index == kinds.count {
          indices[key] = index
          kinds.append(
            Kind(
              name: row.name(register: key.register), comparison: key.comparison, count: 0,
              places: []))
        }
        kinds[index].count += 1
        guard kinds[index].version >= Self.sitesSince || kinds[index].places.isEmpty else {
          continue
        }
        let function = functions.function(at: address)
        kinds[index].places.append(
          Place(
            address: address,
            code: CodePlace(
              file: program.name, address: address, function: function?.name,
              offset: function.map { address - $0.address }),
            text: row.text(of: instruction, at: address).onlySingleBlanks, count: 0))
      }
    }
    self.init(kinds: kinds, isExecuted: false)
  }

  /// Whether it is prefixed with both a base register and an address that counts from the instruction: the book
  /// calls that an invalid form, which only data has.
  private static func isInvalid(_ instruction: Instruction) -> Bool {
    guard instruction.isPrefixed, instruction.prefixBits(6, 7) & 1 == 0 else { return false }
    return instruction.prefixBits(11, 11) == 1 && instruction.bits(11, 15) != 0
  }

  /// `bctr`.
  private static let branchToCounter: UInt32 = 0x4E80_0420

  /// The farthest place that a table leads to, where the function is not known.
  private static let mostDistance: UInt64 = 1 << 15

  /// Where a table of distances to places of a function ends; each is of a word, and counts from the table's
  /// beginning.
  private static func end(
    ofTable words: FieldReader, from start: Int, at base: UInt64, in function: ProgramFile.Function?
  ) -> Int {
    let table = base &+ UInt64(start)
    let isSized = function.map { $0.size > 0 } ?? false
    let first = isSized ? function?.address ?? table : table &- mostDistance
    let size = isSized ? function?.size ?? 0 : 2 * mostDistance
    var end = start
    while end + 4 <= words.bytes.count, base &+ UInt64(end) &- first < size {
      let distance = Int32(truncatingIfNeeded: words.value(end, 4))
      let target = table &+ UInt64(bitPattern: Int64(distance))
      guard distance & 3 == 0, target &- first < size else { break }
      end += 4
    }
    return end
  }

  /// The comparisons of rows, each made once where it depends on the row only.
  private struct Comparisons {
    private var dependsOnWord: [Int: Bool] = [:]
    private var known: [Int: LevelComparison] = [:]

    mutating func comparison(of instruction: Instruction, _ row: InstructionRow) -> LevelComparison
    {
      if let known = known[row.id] { return known }
      let comparison = LevelComparison(instruction, row: row)
      let depends = dependsOnWord[row.id] ?? row.dependsOnWord
      dependsOnWord[row.id] = depends
      if !depends { known[row.id] = comparison }
      return comparison
    }
  }

  private struct Key: Hashable {
    var row: Int
    var register: Int?
    var comparison: LevelComparison
  }
}
