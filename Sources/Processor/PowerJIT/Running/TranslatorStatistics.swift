/// Statistics of a translator.
public struct TranslatorStatistics: Sendable, Equatable {
  /// Regions translated, and guest instructions in them.
  public var regions = 0
  /// Guest instructions in these regions.
  public var instructions = 0
  /// Regions that were translated again because a missing part had become hot.
  public var remakes = 0
  /// Regions that could not be translated.
  public var untranslated = 0
  /// Number of calls from Swift into translated code.
  public var entries: UInt64 = 0
  /// Instructions that the interpreter executed: code that is not hot, and what translated code left to it.
  public var interpreted: UInt64 = 0
  /// Number of groups of accesses that were not in one cached page.
  public var ungrouped: UInt64 = 0
  /// Number of accesses made without a slot, because they had too many pages.
  public var scattered = 0
  /// Pages whose code was dropped because it was overwritten, or to make room for others.
  public var invalidations = 0
  /// Number of times that the oldest code was dropped to make room.
  public var evictions = 0
  /// Number of times that all code was dropped.
  public var emptyings = 0
  /// Bytes of host code.
  public var codeBytes = 0
  /// Nanoseconds spent translating.
  public var nanoseconds: UInt64 = 0

  /// Regions that were used as they had been kept, by this run or an earlier one.
  public var keptRegions = 0
  /// Guest instructions in these regions.
  public var keptInstructions = 0

  /// Nothing translated.
  public init() {}
}

extension TranslatorStatistics: CustomStringConvertible {
  /// The output of `pseries --jit-stats`.
  public var description: String {
    """
    translated: \(regions) regions of \(instructions) instructions into \(codeBytes >> 10) KiB in \
    \(nanoseconds / 1_000_000) ms; \(remakes) translated again, \(untranslated) left to the interpreter
    entered: \(entries) times; \(interpreted) instructions interpreted; \(ungrouped) groups of accesses not in one \
    page, \(scattered) accesses to many pages
    dropped: \(invalidations) pages, the oldest code \(evictions) times for room, everything \(emptyings) times
    """
      + (keptRegions == 0
        ? ""
        : "\nkept: \(keptRegions) regions of \(keptInstructions) instructions used again")
  }
}
