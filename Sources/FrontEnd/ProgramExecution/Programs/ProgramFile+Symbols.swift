/// Sections and the functions that they name.
extension ProgramFile {
  /// A function of the symbol table.
  package struct Function: Equatable, Sendable {
    package var name: String
    package var address: UInt64
    package var size: UInt64
  }

  struct Section {
    var type, flags, address, offset, size, link, entrySize: UInt64
  }

  /// Limits of what is read.
  private static let mostSections: UInt64 = 65_535
  private static let mostSymbolBytes: UInt64 = 256 << 20
  /// Functions that may contain others: the most that a search passes over.
  private static let mostNested = 4096

  func sectionTable() throws(ExecutionError) -> [Section] {
    let size: UInt64 = is64Bit ? 64 : 40
    let table = sectionHeaders
    guard table.count > 0, table.count <= Self.mostSections, table.entrySize >= size else {
      return []
    }
    let headers = try bytes(at: table.offset, table.count * table.entrySize)
    return (0..<Int(table.count)).map { index in
      let start = index * Int(table.entrySize)
      let fields = FieldReader(
        bytes: Array(headers[start..<start + Int(size)]), isLittle: byteOrder == .little)
      return is64Bit
        ? Section(
          type: fields.value(4, 4), flags: fields.value(8, 8), address: fields.value(16, 8),
          offset: fields.value(24, 8), size: fields.value(32, 8), link: fields.value(40, 4),
          entrySize: fields.value(56, 8))
        : Section(
          type: fields.value(4, 4), flags: fields.value(8, 4), address: fields.value(12, 4),
          offset: fields.value(16, 4), size: fields.value(20, 4), link: fields.value(24, 4),
          entrySize: fields.value(36, 4))
    }
  }

  /// The function that contains an address, before relocation: of the symbol table, or of that of the
  /// dynamic linker when there is no other.
  package func function(at address: UInt64) -> Function? {
    FunctionTable(self).function(at: address)
  }

  /// The functions of a program, for many questions.
  struct FunctionTable {
    private struct Entry {
      var name, address, size: UInt64
      var end: UInt64 { size == 0 ? .max : address &+ size }
    }

    /// The entries of a table of symbols, by address.
    private struct Symbols {
      var strings: (offset: UInt64, size: UInt64)
      var entries: [Entry]
      /// The largest end of an entry and those before it.
      var ends: [UInt64] = []

      func entry(at address: UInt64) -> Entry? {
        var (low, high) = (0, entries.count)
        while low < high {
          let middle = (low + high) / 2
          if entries[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        let first = max(0, low - mostNested)
        while low > first, ends[low - 1] > address {
          low -= 1
          if entries[low].end > address { return entries[low] }
        }
        return nil
      }
    }

    private let program: ProgramFile
    private var tables: [Symbols] = []

    init(_ program: ProgramFile) {
      self.program = program
      guard let sections = try? program.sectionTable() else { return }
      let descriptors = program.hasDescriptors ? try? Descriptors(program) : nil
      var total: UInt64 = 0
      for type: UInt64 in [2, 11] {
        for section in sections where section.type == type && section.size <= mostSymbolBytes {
          total += section.size
          guard total <= mostSymbolBytes else { return }
          if let symbols = try? Self.symbols(of: section, sections, program, descriptors) {
            tables.append(symbols)
          }
        }
      }
    }

    func function(at address: UInt64) -> Function? {
      for table in tables {
        guard let entry = table.entry(at: address),
          let name = try? program.name(at: entry.name, of: table.strings), !name.isEmpty
        else { continue }
        return Function(name: name, address: entry.address, size: entry.size)
      }
      return nil
    }

    private static func symbols(
      of section: Section, _ sections: [Section], _ program: ProgramFile,
      _ descriptors: Descriptors?
    ) throws(ExecutionError) -> Symbols? {
      let size: UInt64 = program.is64Bit ? 24 : 16
      guard section.entrySize == size, section.link < UInt64(sections.count) else { return nil }
      let fields = FieldReader(
        bytes: try program.bytes(at: section.offset, section.size),
        isLittle: program.byteOrder == .little)
      let (value, extent, kind) = program.is64Bit ? ((8, 8), (16, 8), 4) : ((4, 4), (8, 4), 12)
      let strings = sections[Int(section.link)]
      var symbols = Symbols(strings: (strings.offset, strings.size), entries: [])
      for start in stride(from: 0, to: Int(section.size / size * size), by: Int(size)) {
        // Functions, and labels of assembly code, which have no size, in a section of the file.
        let type = fields.value(start + kind, 1) & 15
        let isDefined = fields.value(start + (program.is64Bit ? 6 : 14), 2) != 0
        guard type == 2 || type == 10, isDefined else { continue }
        let symbol = fields.value(start + value.0, value.1)
        symbols.entries.append(
          Entry(
            name: fields.value(start, 4), address: descriptors?.code(of: symbol) ?? symbol,
            size: fields.value(start + extent.0, extent.1)))
      }
      symbols.entries.sort { ($0.address, $0.size) < ($1.address, $1.size) }
      var end: UInt64 = 0
      symbols.ends = symbols.entries.map { entry in
        end = max(end, entry.end)
        return end
      }
      return symbols
    }
  }

  /// The data in which descriptors of functions are.
  private struct Descriptors {
    private var parts: [(address: UInt64, fields: FieldReader)] = []

    init(_ program: ProgramFile) throws(ExecutionError) {
      var total: UInt64 = 0
      for segment in program.segments
      where !segment.isExecutable && segment.fileSize <= mostSymbolBytes {
        total += segment.fileSize
        guard total <= 2 * program.file.size else { return }
        let bytes = try program.bytes(at: segment.offset, segment.fileSize)
        parts.append((segment.address, FieldReader(bytes: bytes, isLittle: false)))
      }
    }

    /// The code's address of a descriptor; nil where there is none, or it is made when the file is loaded.
    func code(of address: UInt64) -> UInt64? {
      for part in parts where address >= part.address {
        let offset = address - part.address
        guard offset < UInt64(part.fields.bytes.count) else { continue }
        let value = part.fields.value(Int(offset), 8)
        return value == 0 ? nil : value
      }
      return nil
    }
  }
}
