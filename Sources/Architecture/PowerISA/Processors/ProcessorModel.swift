/// What is known of one processor chip.
///
/// The rows are in `ProcessorModel+Table.swift`, oldest first; processors are ordered by that table.
public struct ProcessorModel: Hashable, Sendable {
  /// The name on command lines: `power8nvl`.
  public var name: String
  /// The name before the `@` of its device tree node: `PowerPC,POWER8`.
  public var nodeName: String
  /// Processor version registers, the one shown by default first.
  public var versions: [UInt32]
  /// The version of the ISA it implements.
  public var isa: ISALevel
  /// The logical versions it can take, or nil when it only runs as itself.
  public var levels: ClosedRange<CompatibilityLevel>?
  /// The PCR bits it implements.
  public var pcrMask: PCR
  /// The facilities that the device tree has a property for.
  public var facilities: Facilities
  /// Page and segment sizes, and the entries of the SLB.
  public var translation: Translation
  /// The sizes of the caches.
  public var caches: Caches
  /// Threads of one core.
  public var threads: Int
  /// Width of the decrementer once LPCR[LD] is set; 32 where there is no large decrementer.
  public var decrementerBits: Int

  /// Facilities that the device tree advertises one by one.
  public struct Facilities: Hashable, Sendable {
    /// `ibm,vmx`: 0 none, 1 VMX, 2 VMX and VSX.
    public var vector: Int
    /// `ibm,dfp`: decimal floating-point instructions.
    public var decimalFloatingPoint: Bool
    /// PURR and SPURR.
    public var utilization: Bool
  }

  /// What its storage control offers a partition.
  public struct Translation: Hashable, Sendable {
    /// Entries of the segment lookaside buffer.
    public var slbEntries: Int
    /// Base page sizes, smallest first.
    public var segments: [SegmentPageSize]
    /// Logarithms of the segment sizes, smallest first.
    public var segmentShifts: [Int]
    /// Cache-inhibited pages larger than 4 KiB.
    public var cacheInhibitedLargePages: Bool
    /// Radix page sizes, empty without radix translation.
    public var radix: [RadixPageSize]
  }

  /// A base page size of a segment and the page sizes it may hold.
  public struct SegmentPageSize: Hashable, Sendable {
    /// Base-2 logarithm of the base page size in bytes.
    public var shift: Int
    /// ``SLB/pageSize`` of an SLB entry, in place.
    public var slbEncoding: UInt32
    /// The sizes of pages that such a segment may hold, smallest first.
    public var pages: [Page]

    /// An actual page size, with the LP value of its page table entry.
    public struct Page: Hashable, Sendable {
      /// Base-2 logarithm of the page size in bytes.
      public var shift: Int
      /// The LP value of the page table entry.
      public var pteEncoding: UInt32
    }
  }

  /// A page size of radix translation with its value in the AP field of `tlbie`.
  public struct RadixPageSize: Hashable, Sendable {
    /// Base-2 logarithm of the page size in bytes.
    public var shift: Int
    /// The value in the AP field.
    public var actualPage: UInt32
  }

  /// The caches of a core, as the processor's user's manual has them.
  public struct Caches: Hashable, Sendable {
    /// Bytes of a line, which `dcbz` clears.
    public var line: Int
    /// The first-level cache of instructions.
    public var instruction: Cache
    /// The first-level cache of data.
    public var data: Cache
    /// The second-level cache.
    public var second: Cache
    /// The third-level cache, where the processor has one.
    public var third: Cache?
  }

  /// One cache.
  public struct Cache: Hashable, Sendable {
    /// In bytes.
    public var size: Int
    /// Lines that a place in memory may be in; nil where no manual says.
    public var ways: Int?
    /// Bytes of a line, where it is not that of the first level.
    public var line: Int?
    /// Cores that share it.
    public var cores = 1
    /// Threads of a core to which a cache of this size belongs; more have two of them.
    public var threads = 8
  }
}

extension ProcessorModel {
  /// The version register shown by default.
  public var version: UInt32 { versions[0] }

  /// True if the processor has radix translation.
  public var hasRadix: Bool { !translation.radix.isEmpty }

  /// The newest logical version it can take.
  public var newestLevel: CompatibilityLevel? { levels?.upperBound }

  /// True if the processor can take the level.
  public func supports(_ level: CompatibilityLevel) -> Bool {
    levels?.contains(level) ?? false
  }

  /// The page sizes of hashed translation that a partition with pages of up to `1 << largest` bytes
  /// has. Pages larger than their segment's base size are offered for 16 MiB alone, as KVM does.
  public func segmentPageSizes(upTo largest: Int) -> [SegmentPageSize] {
    translation.segments.compactMap { segment in
      var segment = segment
      segment.pages.removeAll {
        $0.shift > largest || ($0.shift != segment.shift && $0.shift != 24)
      }
      return segment.pages.isEmpty ? nil : segment
    }
  }

  /// Whether the chip, in any revision, reports `version`.
  public func matches(version: UInt32) -> Bool {
    versions.contains { $0 >> 16 == version >> 16 }
  }

  /// The PCR of a partition that runs at `level`; nil is the chip's own level.
  public func effectivePCR(at level: CompatibilityLevel?) -> PCR {
    level.map { $0.pcr.intersection(pcrMask) } ?? []
  }

  /// The version of the ISA problem state has in a partition that runs at `level`.
  public func problemStateISA(at level: CompatibilityLevel?) -> ISALevel {
    level.map { min($0.isa, isa) } ?? isa
  }

  /// The SLB entries a partition at `level` may see: at a level, those that every processor of the
  /// level has, so that the partition can continue on any.
  public func slbEntries(at level: CompatibilityLevel?) -> Int {
    guard let level, supports(level) else { return translation.slbEntries }
    return Self.all.filter { $0.supports(level) }.map(\.translation.slbEntries).min()
      ?? translation.slbEntries
  }

  /// The threads of a core a partition at `level` may see.
  public func threads(at level: CompatibilityLevel?) -> Int {
    level.map { min($0.threads, threads) } ?? threads
  }
}
