package import HostSupport

/// An ELF program or shared library for PowerPC, as far as running it in a guest needs.
///
/// The file is untrusted: every offset and count is checked against its size, and what is read has
/// limits.
package struct ProgramFile {
  /// A loaded part of the file.
  package struct Segment: Equatable, Sendable {
    package var address: UInt64
    package var offset: UInt64
    package var fileSize: UInt64
    package var isExecutable: Bool

    /// Whether a byte at an address, before relocation, comes from the file.
    func contains(_ place: UInt64) -> Bool { place >= address && place - address < fileSize }
  }

  package enum ByteOrder: String, Sendable { case little, big }

  package let name: String
  package let byteOrder: ByteOrder
  /// Whether it is a 64-bit file.
  package let is64Bit: Bool
  /// Whether it can be loaded anywhere: a shared library, or a position-independent program.
  package let isRelocatable: Bool
  package private(set) var segments: [Segment] = []
  /// The dynamic linker that starts it; nil for a static program or a library.
  package private(set) var interpreter: String?
  /// The libraries that it names, in order.
  package private(set) var needed: [String] = []
  /// Where these are looked for first, as it says (`DT_RUNPATH`, or `DT_RPATH` without it).
  package private(set) var searchPaths: [String] = []
  /// Its `DT_SONAME`.
  package private(set) var libraryName: String?

  /// Whether symbols of functions are addresses of descriptors, whose first doubleword is the code's (the
  /// first version of the 64-bit ABI).
  let hasDescriptors: Bool
  let file: ProgramBytes
  private(set) var sectionHeaders: (offset: UInt64, count: UInt64, entrySize: UInt64)

  static let headerSize = 64
  private static let machinePPC: UInt64 = 20
  private static let machinePPC64: UInt64 = 21
  /// Limits of what is read.
  private static let mostSegments: UInt64 = 1024
  private static let mostText: UInt64 = 4096
  private static let mostDynamicBytes: UInt64 = 1 << 20
  private static let mostLibraries = 4096

  /// Whether a file begins like an ELF file.
  package static func isELF(_ start: [UInt8]) -> Bool {
    start.starts(with: [0x7F, 0x45, 0x4C, 0x46])
  }

  /// Reads the headers of a file.
  package init(_ file: InputFile) throws(ExecutionError) { try self.init(ProgramBytes(file)) }

  /// Reads the headers of a file.
  package init(_ file: ProgramBytes) throws(ExecutionError) {
    name = file.name
    self.file = file
    sectionHeaders = (0, 0, 0)
    let head = try file.read(at: 0, UInt64(Self.headerSize))
    guard Self.isELF(head) else { throw ExecutionError("\(name): not an ELF file") }
    guard head[4] == 1 || head[4] == 2, head[5] == 1 || head[5] == 2 else {
      throw ExecutionError("\(name): an ELF file of an unknown class or byte order")
    }
    is64Bit = head[4] == 2
    byteOrder = head[5] == 1 ? .little : .big
    let fields = FieldReader(bytes: head, isLittle: head[5] == 1)
    let (type, machine) = (fields.value(16, 2), fields.value(18, 2))
    guard machine == Self.machinePPC64 || machine == Self.machinePPC else {
      throw ExecutionError("\(name): a program for \(Self.machineName(machine)), not for PowerPC")
    }
    guard type == 2 || type == 3 else {
      throw ExecutionError("\(name): neither a program nor a shared library (ELF type \(type))")
    }
    isRelocatable = type == 3
    hasDescriptors = head[4] == 2 && head[5] == 2 && fields.value(48, 4) & 3 != 2
    let (table, entrySize, count) =
      is64Bit
      ? (fields.value(32, 8), fields.value(54, 2), fields.value(56, 2))
      : (fields.value(28, 4), fields.value(42, 2), fields.value(44, 2))
    sectionHeaders =
      is64Bit
      ? (fields.value(40, 8), fields.value(60, 2), fields.value(58, 2))
      : (fields.value(32, 4), fields.value(48, 2), fields.value(46, 2))
    try readSegments(table, entrySize, count)
  }

  private static func machineName(_ number: UInt64) -> String {
    switch number {
    case 3: "i386"
    case 40: "ARM"
    case 62: "x86-64"
    case 183: "AArch64"
    case 243: "RISC-V"
    case 22: "S/390"
    default: "another machine (ELF machine \(number))"
    }
  }

  // MARK: program headers

  private mutating func readSegments(
    _ table: UInt64, _ entrySize: UInt64, _ count: UInt64
  ) throws(ExecutionError) {
    let size: UInt64 = is64Bit ? 56 : 32
    guard count > 0, count <= Self.mostSegments, entrySize >= size else {
      throw ExecutionError("\(name): no program headers that can be read")
    }
    let headers = try bytes(at: table, count * entrySize)
    var (dynamic, interpreter) = ((UInt64, UInt64)?.none, (UInt64, UInt64)?.none)
    for index in 0..<Int(count) {
      let start = index * Int(entrySize)
      let fields = FieldReader(
        bytes: Array(headers[start..<start + Int(size)]), isLittle: byteOrder == .little)
      let (offset, address, fileSize, flags) =
        is64Bit
        ? (fields.value(8, 8), fields.value(16, 8), fields.value(32, 8), fields.value(4, 4))
        : (fields.value(4, 4), fields.value(8, 4), fields.value(16, 4), fields.value(24, 4))
      switch fields.value(0, 4) {
      case 1:
        segments.append(
          Segment(
            address: address, offset: offset, fileSize: fileSize, isExecutable: flags & 1 != 0))
      case 2: dynamic = (offset, fileSize)
      case 3: interpreter = (offset, fileSize)
      default: break
      }
    }
    if let (offset, size) = interpreter {
      self.interpreter = Self.text(try bytes(at: offset, min(size, Self.mostText)))
    }
    if let (offset, size) = dynamic { try readDynamic(offset, min(size, Self.mostDynamicBytes)) }
  }

  private mutating func readDynamic(_ offset: UInt64, _ size: UInt64) throws(ExecutionError) {
    let word = is64Bit ? 8 : 4
    let fields = FieldReader(bytes: try bytes(at: offset, size), isLittle: byteOrder == .little)
    var (names, soname, runPath, path) = ([UInt64](), UInt64?.none, UInt64?.none, UInt64?.none)
    var strings: (offset: UInt64, size: UInt64) = (0, 0)
    for entry in 0..<Int(size) / (2 * word) {
      let (tag, value) = (
        fields.value(entry * 2 * word, word), fields.value(entry * 2 * word + word, word)
      )
      if tag == 0 { break }
      switch tag {
      case 1 where names.count < Self.mostLibraries: names.append(value)
      case 5: strings.offset = value
      case 10: strings.size = value
      case 14: soname = value
      case 15: path = value
      case 29: runPath = value
      default: break
      }
    }
    guard let start = fileOffset(of: strings.offset) else {
      guard names.isEmpty else { throw ExecutionError("\(name): its table of names is not in it") }
      return
    }
    strings.offset = start
    for place in names { needed.append(try name(at: place, of: strings)) }
    if let soname { libraryName = try name(at: soname, of: strings) }
    guard let path = runPath ?? path else { return }
    searchPaths = try name(at: path, of: strings).split(separator: ":").map(String.init)
  }

  /// A text of a table of the file.
  func name(
    at place: UInt64, of table: (offset: UInt64, size: UInt64)
  ) throws(ExecutionError) -> String {
    let (start, overflow) = table.offset.addingReportingOverflow(place)
    guard place < table.size, !overflow else {
      throw ExecutionError("\(name): a name is outside of its table")
    }
    let available = file.size > start ? file.size - start : 0
    return Self.text(try bytes(at: start, min(Self.mostText, table.size - place, available)))
  }

  /// Where the byte at an address is in the file.
  private func fileOffset(of address: UInt64) -> UInt64? {
    guard let segment = segments.first(where: { $0.contains(address) }) else { return nil }
    let (offset, overflow) = segment.offset.addingReportingOverflow(address - segment.address)
    return overflow ? nil : offset
  }

  // MARK: bytes

  func bytes(at offset: UInt64, _ count: UInt64) throws(ExecutionError) -> [UInt8] {
    try file.read(at: offset, count)
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
