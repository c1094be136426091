internal import HostSupport

/// The symbols of a kernel or client program, by address, for traces and reports.
struct KernelSymbols: Sendable {
  /// Addresses as linked, in ascending order, each with its name's offset in ``names``, and its
  /// size in bytes; 0 for all up to the next.
  private let addresses: [UInt64]
  private let places: [Int]
  private let sizes: [UInt64]
  /// Names, each terminated by a zero byte.
  private let names: [UInt8]
  /// The link addresses, and the addresses to which the program was loaded.
  private let segments: [(linked: Range<UInt64>, loaded: UInt64)]

  /// The largest accepted section, in bytes.
  private static let limit: UInt64 = 16 << 20

  /// Reads the symbol table of a file.
  /// - Parameter base: the address of the lowest segment after loading.
  /// - Returns: nil when there is none, or it is inconsistent.
  init?(_ file: GuestFile, _ image: ELFImage, base: UInt64) {
    let isWide = image.wordSize == .bits64
    let elf = Reader(file: file, isBig: image.byteOrder == .big, isWide: isWide)
    guard let table = elf.address(at: isWide ? 40 : 32), table != 0,
      let entrySize = elf.integer(at: isWide ? 58 : 46, 2), entrySize >= (isWide ? 64 : 40),
      let count = elf.integer(at: isWide ? 60 : 48, 2),
      let nameIndex = elf.integer(at: isWide ? 62 : 50, 2)
    else { return nil }
    let sections = (0..<count).map { elf.section(at: table &+ $0 &* entrySize) }
    guard let symbolSection = sections.lazy.compactMap({ $0 }).first(where: { $0.type == 2 }),
      symbolSection.link < sections.count, let nameSection = sections[Int(symbolSection.link)],
      let symbols = elf.bytes(of: symbolSection), let names = elf.bytes(of: nameSection)
    else { return nil }
    // ELFv1 functions are descriptors in .opd, which begin with the address of the code.
    var descriptors: (section: Reader.Section, bytes: [UInt8])?
    if nameIndex < count, let section = sections[Int(nameIndex)],
      let sectionNames = elf.bytes(of: section)
    {
      for case let section? in sections
      where sectionNames.dropFirst(Int(section.name)).starts(with: [0x2E, 0x6F, 0x70, 0x64, 0]) {
        if let bytes = elf.bytes(of: section) { descriptors = (section, bytes) }
      }
    }
    let size = isWide ? 24 : 16
    var found: [(address: UInt64, place: Int, size: UInt64)] = []
    for start in stride(from: 0, to: symbols.count - size + 1, by: size) {
      let place = Int(elf.integer(symbols, start, 4))
      let kind = symbols[start + (isWide ? 4 : 12)] & 15
      let section = elf.integer(symbols, start + (isWide ? 6 : 14), 2)
      var address = elf.integer(symbols, start + (isWide ? 8 : 4), isWide ? 8 : 4)
      // Functions, data and labels that have a name and a section.
      guard kind <= 2, section != 0, section < 0xFF00, place < names.count, names[place] != 0 else {
        continue
      }
      if let descriptors, case let offset = address &- descriptors.section.address,
        offset < descriptors.bytes.count, descriptors.bytes.count - Int(offset) >= 8
      {
        address = elf.integer(descriptors.bytes, Int(offset), 8)
      }
      let length = elf.integer(symbols, start + (isWide ? 16 : 8), isWide ? 8 : 4)
      found.append((address, place, length))
    }
    guard !found.isEmpty else { return nil }
    found.sort { ($0.address, $0.place) < ($1.address, $1.place) }
    addresses = found.map(\.address)
    places = found.map(\.place)
    sizes = found.map(\.size)
    self.names = names
    segments = image.segments.map {
      let (end, overflow) = $0.virtualAddress.addingReportingOverflow($0.memorySize)
      return (
        $0.virtualAddress..<(overflow ? .max : end),
        base &+ ($0.physicalAddress &- image.lowestAddress)
      )
    }
  }

  /// The symbol at or before an address, as `start_kernel+0x10`: an effective address, a real
  /// address in the loaded program, or one after Linux has moved itself to 0.
  func name(at address: UInt64) -> String? {
    linked(address).flatMap(nameLinked)
  }

  private func linked(_ address: UInt64) -> UInt64? {
    if segments.contains(where: { $0.linked.contains(address) }) { return address }
    for (linked, loaded) in segments
    where address >= loaded && address - loaded < linked.upperBound - linked.lowerBound {
      return linked.lowerBound + (address - loaded)
    }
    let moved = address | 0xC000_0000_0000_0000
    return segments.contains { $0.linked.contains(moved) } ? moved : nil
  }

  private func nameLinked(_ address: UInt64) -> String? {
    var (low, high) = (0, addresses.count)
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle] <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, sizes[low - 1] == 0 || address - addresses[low - 1] < sizes[low - 1] else {
      return nil
    }
    let name = String(decoding: names[places[low - 1]...].prefix { $0 != 0 }, as: UTF8.self)
    let offset = address - addresses[low - 1]
    return offset == 0 ? name : "\(name)+" + offset.hexadecimal()
  }

  /// Reads numbers and sections of the file; nil beyond its end.
  private struct Reader {
    struct Section {
      var name, type, address, offset, size, link: UInt64
    }

    let file: GuestFile
    let isBig: Bool
    let isWide: Bool

    func integer(at offset: UInt64, _ count: Int) -> UInt64? {
      guard let place = Int(exactly: offset), let bytes = try? file.bytes(count, at: place) else {
        return nil
      }
      return integer(bytes, 0, count)
    }

    func integer(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
      let part = bytes[offset..<offset + count]
      return isBig
        ? part.reduce(0) { $0 << 8 | UInt64($1) }
        : part.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func address(at offset: UInt64) -> UInt64? { integer(at: offset, isWide ? 8 : 4) }

    func section(at offset: UInt64) -> Section? {
      guard let name = integer(at: offset, 4), let type = integer(at: offset &+ 4, 4),
        let address = address(at: offset &+ (isWide ? 16 : 12)),
        let place = self.address(at: offset &+ (isWide ? 24 : 16)),
        let size = self.address(at: offset &+ (isWide ? 32 : 20)),
        let link = integer(at: offset &+ (isWide ? 40 : 24), 4)
      else { return nil }
      return Section(
        name: name, type: type, address: address, offset: place, size: size, link: link)
    }

    func bytes(of section: Section) -> [UInt8]? {
      guard section.size <= KernelSymbols.limit, let place = Int(exactly: section.offset) else {
        return nil
      }
      return try? file.bytes(Int(section.size), at: place)
    }
  }
}

extension PowerMachine {
  /// The symbols of the booted program; read again at each call.
  func readSymbols() -> KernelSymbols? {
    let program: GuestFile
    switch configuration.program {
    case .testGuest, .disks: return nil
    case .file(let file), .flat(let file, _): program = file
    }
    guard let file = try? Self.expand(program), let image = try? ELFImage(file) else { return nil }
    return KernelSymbols(file, image, base: Self.base(of: image))
  }

  /// An address, with the symbol there if the program has any.
  func place(_ address: UInt64) -> String {
    if symbols == nil { symbols = .some(readSymbols()) }
    let name = (symbols ?? nil)?.name(at: address)
    return address.hexadecimal() + (name.map { " <\($0)>" } ?? "")
  }
}
