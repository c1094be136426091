internal import GuestMemory
internal import HostSupport
internal import PowerCPU
internal import PowerISA

/// How one effective page of 4 KiB is translated.
struct PageMapping {
  var effective: UInt64
  var real: UInt64
  var isValid = true
  var isWritable = true
  var isExecutable = true
  /// For supervisor state only.
  var isPrivileged = false
  var isReferenced = false
  var isChanged = false

  /// The pages a program finds at first. Those of the program's beginning can be executed.
  static func initial(_ random: inout SplitMix64, first: UInt64) -> [PageMapping] {
    var pages: [PageMapping] = []
    for real in stride(from: 0 as UInt64, to: MemoryMap.memory, by: 0x1000) {
      var page = PageMapping(effective: real, real: real)
      page.isPrivileged = real < MemoryMap.code
      page.isReferenced = random.once(in: 2)
      page.isChanged = page.isReferenced && random.once(in: 2)
      let isFirst = real == first & ~0xFFF
      if real >= MemoryMap.code, !isFirst, random.once(in: 6) { page.change(&random) }
      pages.append(page)
      guard real >= MemoryMap.code else { continue }
      page.effective = real + MemoryMap.alias
      if random.once(in: 4) { page.change(&random) }
      pages.append(page)
    }
    return pages
  }

  /// Another translation of the same effective page.
  mutating func change(_ random: inout SplitMix64) {
    switch random.below(6) {
    case 0: isValid.toggle()
    case 1: isWritable.toggle()
    case 2: isExecutable.toggle()
    case 3: isPrivileged.toggle()
    case 4:
      isReferenced = false
      isChanged = false
    default:
      // Another page of code, or of data.
      let isCode = real < MemoryMap.data
      let (base, size) =
        isCode ? (MemoryMap.code, MemoryMap.codeSize * 2) : (MemoryMap.data, MemoryMap.dataSize)
      real = base + UInt64(random.below(Int(size >> 12))) << 12
    }
  }
}

extension PageMapping: CustomStringConvertible {
  var description: String {
    let flags: [(Bool, String)] = [
      (isValid, "valid"), (isWritable, "writable"), (isExecutable, "executable"),
      (isPrivileged, "privileged"), (isReferenced, "R"), (isChanged, "C"),
    ]
    let words = flags.filter(\.0).map(\.1).joined(separator: " ")
    return "\(effective.hexadecimal()) at \(real.hexadecimal()) \(words)"
  }
}

/// The tables that say so, in the form of radix or of hashed translation.
enum PageTables {
  private static let virtualSegments: [(effective: UInt64, number: UInt64)] = [
    (0, 0x123), (MemoryMap.kernel, 0x456),
  ]

  // MARK: radix

  /// Directories of five bits each: effective addresses have 31 bits.
  static func writeDirectories(to memory: GuestMemory) throws {
    for process in 0..<16 as Range<UInt64> {
      try memory.write(MemoryMap.rootDirectory | 5, at: MemoryMap.processTable + process * 16)
    }
    try memory.write(RadixEntry.valid | MemoryMap.lowerDirectory | 5, at: MemoryMap.rootDirectory)
    try memory.write(RadixEntry.valid | MemoryMap.pageTable | 9, at: MemoryMap.lowerDirectory)
  }

  static func write(_ page: PageMapping, to memory: GuestMemory) throws {
    var entry = RadixEntry.leaf | page.real | RadixEntry.read
    if page.isValid { entry |= RadixEntry.valid }
    if page.isReferenced { entry |= RadixEntry.reference }
    if page.isChanged { entry |= RadixEntry.change }
    if page.isPrivileged { entry |= RadixEntry.privileged }
    if page.isWritable { entry |= RadixEntry.write }
    if page.isExecutable { entry |= RadixEntry.execute }
    try memory.write(entry, at: MemoryMap.pageTable + page.effective >> 12 * 8)
  }

  // MARK: hashed

  /// What the segment lookaside buffer holds: both segments with a key for problem state alone.
  static var segments: [(index: Int, effective: UInt64, virtual: UInt64)] {
    virtualSegments.enumerated().map { index, segment in
      (index, segment.effective | SLB.valid, segment.number << 12 | SLB.problemKey)
    }
  }

  /// Has a processor translate again what the page's entries translate.
  static func invalidate(_ page: PageMapping, of cpu: VirtualProcessor) {
    for segment in virtualSegments {
      cpu.invalidateTranslations(
        ofSegment: segment.number, at: page.effective & 0x0FFF_F000, segmentShift: 28, shift: 12)
    }
  }

  static func write(_ page: PageMapping, to table: HashPageTable) {
    write(page, in: 0, to: table)
    if page.effective < MemoryMap.code { write(page, in: 1, to: table) }
  }

  private static func write(_ page: PageMapping, in segment: Int, to table: HashPageTable) {
    let (number, segment) = (page.effective >> 12, virtualSegments[segment].number)
    // Every third page is in the secondary group; its number chooses the place.
    let isSecondary = number % 3 == 0
    let hash = isSecondary ? ~(segment ^ number) : segment ^ number
    let index = (hash & table.groupMask) << 3 | number & 7
    let first =
      segment << 12 | (number >> 11) << 7 | (page.isValid ? HPTE.valid : 0)
      | (isSecondary ? HPTE.secondary : 0)
    // PP: 2 and 3 for both states, 0 and 6 for supervisor state; the last of each cannot be written.
    var second =
      switch (page.isPrivileged, page.isWritable) {
      case (false, true): 2
      case (false, false): 3
      case (true, true): 0
      case (true, false): 2 | HPTE.pp0
      } as UInt64
    if !page.isExecutable { second |= HPTE.noExecute }
    if page.isReferenced { second |= HPTE.reference }
    if page.isChanged { second |= HPTE.change }
    table[index] = (first, page.real | second)
  }
}
