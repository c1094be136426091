internal import HostSupport

/// A statically linked PowerPC program: a kernel or a client program (ELF gABI; ELFv1 and ELFv2
/// ABI supplements).
public struct ELFImage: Sendable, Equatable {
  /// `EI_CLASS`: the width of addresses.
  public enum WordSize: Sendable { case bits32, bits64 }
  /// `EI_DATA`: the byte order of the file and of the program's data.
  public enum ByteOrder: Sendable { case big, little }

  /// What a PT_LOAD entry puts into memory.
  public struct Segment: Sendable, Equatable {
    /// Physical address the linker gave.
    public var physicalAddress: UInt64
    /// `p_vaddr`: the address as linked.
    public var virtualAddress: UInt64
    /// Bytes in the file, first `fileSize` of `memorySize`.
    public var fileOffset: Int
    /// `p_filesz`: bytes that come from the file.
    public var fileSize: Int
    /// `p_memsz`: bytes in memory; those behind ``fileSize`` are zero.
    public var memorySize: UInt64
  }

  /// The width of the program's addresses.
  public let wordSize: WordSize
  /// The byte order of its data and, in this package, of its instructions.
  public let byteOrder: ByteOrder
  /// Address of the first instruction, as linked.
  public let entry: UInt64
  /// The PT_LOAD entries in the order of the file.
  public let segments: [Segment]
  /// Whether it is a shared object at low addresses, as compilers make programs by default.
  /// Relocatable kernels of Linux are linked at high addresses, and their boot wrappers, which
  /// relocate themselves, have the note of a client program.
  public let isPositionIndependent: Bool

  /// Lowest physical address of a segment.
  public var lowestAddress: UInt64 { segments.map(\.physicalAddress).min() ?? 0 }

  /// Bytes from the lowest to the highest physical address used.
  public var extent: UInt64 {
    (segments.map { $0.physicalAddress + $0.memorySize }.max() ?? 0) - lowestAddress
  }

  /// Reads the headers of a file; everything in it is checked against its length.
  public init(_ file: GuestFile) throws(ELFError) {
    guard file.size >= 20, let identification = try? file.bytes(6, at: 0),
      identification[0...3] == [0x7F, 0x45, 0x4C, 0x46]
    else { throw .notELF }
    switch identification[4] {
    case 1: wordSize = .bits32
    case 2: wordSize = .bits64
    default: throw .unsupported(field: "EI_CLASS", value: UInt64(identification[4]))
    }
    switch identification[5] {
    case 1: byteOrder = .little
    case 2: byteOrder = .big
    default: throw .unsupported(field: "EI_DATA", value: UInt64(identification[5]))
    }
    let reader = Reader(file: file, isBig: byteOrder == .big)
    let isWide = wordSize == .bits64

    let type = try reader.integer(at: 16, 2)
    let machine = try reader.integer(at: 18, 2)
    guard machine == (isWide ? 21 : 20) else { throw .otherMachine(machine) }
    guard type == 2 || type == 3 else { throw .notAProgram(type: type) }
    let entry = try reader.integer(at: 24, isWide ? 8 : 4)
    let tableOffset = try reader.integer(at: isWide ? 32 : 28, isWide ? 8 : 4)
    let entrySize = try reader.integer(at: isWide ? 54 : 42, 2)
    let count = try reader.integer(at: isWide ? 56 : 44, 2)
    guard entrySize >= (isWide ? 56 : 32) else {
      throw .unsupported(field: "e_phentsize", value: entrySize)
    }

    var segments: [Segment] = []
    var (hasDynamicSection, isClientProgram) = (false, false)
    for index in 0..<count {
      // At most 65,535 times 65,535 past an offset that is checked below.
      let (place, overflow) = tableOffset.addingReportingOverflow(index * entrySize)
      guard !overflow else { throw .truncated(offset: tableOffset) }
      let field = { (wide: UInt64, narrow: UInt64) throws(ELFError) -> UInt64 in
        try reader.integer(at: place &+ (isWide ? wide : narrow), isWide ? 8 : 4)
      }
      let kind = try reader.integer(at: place, 4)
      // PT_INTERP: the program is another's to load.
      if kind == 3 { throw .dynamicallyLinked }
      if kind == 2 { hasDynamicSection = true }
      if kind == 4, reader.isClientProgramNote(try field(8, 4), try field(32, 16)) {
        isClientProgram = true
      }
      guard kind == 1 else { continue }
      let offset = try field(8, 4)
      let virtual = try field(16, 8)
      let physical = try field(24, 12)
      let fileSize = try field(32, 16)
      let memorySize = try field(40, 20)
      if memorySize == 0 { continue }
      guard fileSize <= memorySize else {
        throw .inconsistentSegment(index: Int(index), offset: place)
      }
      guard offset <= UInt64(file.size), fileSize <= UInt64(file.size) - offset else {
        throw .truncated(offset: offset)
      }
      guard !physical.addingReportingOverflow(memorySize).overflow else {
        throw .inconsistentSegment(index: Int(index), offset: place)
      }
      segments.append(
        Segment(
          physicalAddress: physical, virtualAddress: virtual, fileOffset: Int(offset),
          fileSize: Int(fileSize), memorySize: memorySize))
    }
    guard !segments.isEmpty else { throw .nothingToLoad }
    // Apart from each other: together they are no more than memory, and no byte is loaded twice.
    let ordered = segments.sorted { $0.physicalAddress < $1.physicalAddress }
    for (lower, upper) in zip(ordered, ordered.dropFirst())
    where upper.physicalAddress - lower.physicalAddress < lower.memorySize {
      throw .overlap(address: upper.physicalAddress)
    }
    self.entry = entry
    self.segments = segments
    isPositionIndependent =
      type == 3 && hasDynamicSection && !isClientProgram
      && segments.allSatisfy { $0.virtualAddress < 1 << 32 }
  }

  /// The entry point as a physical address: entry points are linked at virtual addresses.
  public var physicalEntry: UInt64 {
    for segment in segments {
      let offset = entry &- segment.virtualAddress
      if entry >= segment.virtualAddress, offset < segment.memorySize {
        return segment.physicalAddress &+ offset
      }
    }
    return entry
  }

  private struct Reader {
    let file: GuestFile
    let isBig: Bool

    /// Whether notes are those of a client program of Open Firmware (its PowerPC binding, 8.1).
    func isClientProgramNote(_ offset: UInt64, _ size: UInt64) -> Bool {
      guard let place = Int(exactly: offset), size >= 20, size <= 1 << 16,
        let notes = try? file.bytes(Int(size), at: place)
      else { return false }
      return notes.firstRange(of: Array("PowerPC\0".utf8)) != nil
    }

    func integer(at offset: UInt64, _ count: Int) throws(ELFError) -> UInt64 {
      guard let place = Int(exactly: offset) else { throw .truncated(offset: offset) }
      let bytes: [UInt8]
      do throws(GuestFileError) {
        bytes = try file.bytes(count, at: place)
      } catch {
        throw switch error {
        case .ends: .truncated(offset: offset)
        case .unreadable: .unreadable(offset: offset, reason: "\(error)")
        }
      }
      return isBig
        ? bytes.reduce(0) { $0 << 8 | UInt64($1) }
        : bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}

/// Why a file is not a program this machine can load.
public enum ELFError: Error, Equatable, CustomStringConvertible {
  case notELF
  case unsupported(field: String, value: UInt64)
  /// e_machine says that it is for another architecture.
  case otherMachine(UInt64)
  /// An object file or a core dump.
  case notAProgram(type: UInt64)
  /// It asks for a dynamic linker.
  case dynamicallyLinked
  case truncated(offset: UInt64)
  /// The host cannot read it there.
  case unreadable(offset: UInt64, reason: String)
  case inconsistentSegment(index: Int, offset: UInt64)
  case nothingToLoad
  /// Two segments have the same physical address.
  case overlap(address: UInt64)

  /// What e_machine stands for, of architectures whose kernels are given by mistake (ELF gABI).
  private static let machines: [UInt64: String] = [
    2: "SPARC", 3: "x86 (i386)", 8: "MIPS", 15: "PA-RISC", 20: "32-bit PowerPC, in a 64-bit file",
    21: "64-bit PowerPC, in a 32-bit file", 22: "s390", 40: "Arm (32-bit)", 42: "SuperH",
    43: "SPARC64", 50: "Itanium", 62: "x86-64", 183: "AArch64", 243: "RISC-V", 258: "LoongArch",
  ]

  /// What is wrong, with offsets and numbers where they help.
  public var description: String {
    switch self {
    case .notELF: "not an ELF file"
    case .unsupported(let field, let value):
      "\(field) is \(value): not a statically linked PowerPC program"
    case .otherMachine(let machine):
      (Self.machines[machine].map { "is for \($0)" } ?? "is for e_machine \(machine)")
        + "; a kernel for ppc64 or ppc64le is needed"
    case .notAProgram(let type):
      type == 1
        ? "is an object file (ET_REL): not linked yet"
        : type == 4 ? "is a core dump" : "e_type is \(type): not a program"
    case .dynamicallyLinked:
      "is a dynamically linked program, which needs an operating system; link it with -static -no-pie"
    case .truncated(let offset): "the file ends before offset \(offset.hexadecimal())"
    case .unreadable(_, let reason): reason
    case .inconsistentSegment(let index, let offset):
      "program header \(index) at offset \(offset.hexadecimal()) is inconsistent"
    case .nothingToLoad: "no segment to load"
    case .overlap(let address):
      "two segments overlap at physical address \(address.hexadecimal())"
    }
  }
}
