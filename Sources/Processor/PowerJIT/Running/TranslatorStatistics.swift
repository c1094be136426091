/// What a translator has done so far.
public struct TranslatorStatistics: Sendable, Equatable {
  /// Regions translated, and guest instructions in them.
  public var regions = 0
  public var instructions = 0
  /// Regions that were made anew because what they lacked had become hot.
  public var remakes = 0
  /// Regions that could not be translated.
  public var refused = 0
  /// Times that Swift entered translated code.
  public var entries: UInt64 = 0
  /// Times that a group of accesses was not in one page at hand.
  public var ungrouped: UInt64 = 0
  /// Pages whose code was forgotten because it was written.
  public var invalidations = 0
  /// Times that the oldest of the code was forgotten because there was no room.
  public var evictions = 0
  /// Bytes of host code.
  public var codeBytes = 0
  /// Nanoseconds spent translating.
  public var nanoseconds: UInt64 = 0

  public init() {}
}

extension TranslatorStatistics: CustomStringConvertible {
  /// As `pseries --jit-stats` prints it.
  public var description: String {
    """
    translated: \(regions) regions of \(instructions) instructions into \(codeBytes >> 10) KiB in \
    \(nanoseconds / 1_000_000) ms; \(remakes) made anew, \(refused) left to the interpreter
    entered: \(entries) times; \(ungrouped) groups of accesses not in one page
    forgotten: \(invalidations) written pages, \(evictions) times for room
    """
  }
}
