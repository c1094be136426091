/// What makes the host code of regions and executes it: the part of the translator that depends on the host.
///
/// The ``Translator`` decides what is translated and when, finds the code of an address, and drops code whose
/// instructions have changed. To it, an entry of code is a number that is not 0: ``make(_:_:)`` and
/// ``install(_:_:callCount:)`` return it, and ``enter(_:)`` takes it. A back end has its own memory for code, its own
/// functions between Swift and that code, and host registers for guest registers.
///
/// Code executes the instructions of a region on the processor's state. It keeps to these rules:
///
/// - A block begins with the subtraction of its number of instructions from the budget; if that is too small, or something
///   else prevents the block, code returns before the block (``LeavingReason``).
/// - A region continues at an effective address through the entry cache, whose address the state has (``EntryCache``),
///   and returns if that has no code for the address.
/// - An instruction without host code, and one whose operands its code does not manage, is executed by its semantics
///   function (``HelperCall``), with CIA, NIA, the budget and all registers in the state. After it code returns unless the
///   state's `fetchTag` is `ProcessorState.isTranslated`, or `ProcessorState.isRedirected`: then it continues at NIA.
/// - Code of a relocatable region has the page's effective address in the state (`codePage`).
package protocol BackEnd: AnyObject {
  /// How each row is translated.
  var rows: RowTable { get }
  /// What the host has; kept code depends on it.
  var features: HostFeatures { get }
  /// Does without some features, by name. Before the first code is made.
  func mask(features names: Set<String>)

  // MARK: making code

  /// The descriptions of the helper calls in code.
  var helperCalls: HelperCallArena { get }

  /// Ensures that there is room for a region of the most instructions (``RegionBuilder/operationLimit``).
  /// - Returns: the entries and the code that were dropped for it, as a range of addresses; nil if none were.
  func makeRoom() -> Range<UInt>?

  /// Makes the code of a region, for which there is room.
  /// - Returns: nil if that is not possible.
  func make(_ region: Region, _ facts: RegionFacts) -> MadeCode?

  // MARK: executing code

  /// Executes code from an entry until it returns. All of the guest's state is in the processor's then.
  /// - Returns: a ``LeavingReason``.
  func enter(_ code: UInt) -> UInt32

  // MARK: keeping code

  /// What another process must replace in code that has just been made.
  /// - Parameter firstCall: the address of the code's first helper call.
  /// - Returns: nil if that is not known, so that the code cannot be kept.
  func relocations(of made: MadeCode, firstCall: UInt) -> [CodeRelocation]?

  /// Puts code of another process into memory. The helper calls of the code are added next.
  /// - Parameter callCount: how many helper calls the code has.
  /// - Returns: its address; nil if there is no room, or an address is too far away.
  func install(_ code: [UInt8], _ relocations: [CodeRelocation], callCount: Int) -> UInt?

  // MARK: observing code

  /// Whether code that is made from now on can be listed.
  var isListing: Bool { get set }
  /// The code that has just been made.
  func listing(of made: MadeCode) -> [ListedCode]
}

/// What the code of a region depends on besides its instructions.
package struct RegionFacts {
  /// Whether XER has CA32: since 3.0.
  package let hasWordCarry: Bool
  /// Whether the region's address is the same page when a call returns there. What each process has for
  /// itself may not be.
  package let mayBeReturnedTo: Bool
  /// The words from which accesses must be checked one by one.
  package let separate: PageWords
  /// The words of accesses that have too many pages for a slot.
  package let scattered: PageWords
  /// Called with the micro-ops of each block after each stage.
  package let observe: (Region.Block, Middle.Stage, [MicroOp]) -> Void
}

/// The code of a region.
package struct MadeCode {
  /// Its address, and its size in bytes.
  package var base: UInt
  package var size: Int
  /// Words at which the region can be entered, with their code.
  package var entries: [(word: Int, code: UInt)]

  package init(base: UInt, size: Int, entries: [(word: Int, code: UInt)]) {
    (self.base, self.size, self.entries) = (base, size, entries)
  }
}

/// A place in code with something that is different in another process, in terms of the back end.
package struct CodeRelocation {
  package var kind: UInt8
  /// Offset of the bytes to be replaced.
  package var start: Int
  /// What it is replaced by: of a helper call its place among those of the code.
  package var index: Int

  package init(kind: UInt8, start: Int, index: Int) {
    (self.kind, self.start, self.index) = (kind, start, index)
  }
}

/// A line of the listing of code.
package enum ListedCode {
  /// The code of the instruction at a word follows.
  case instruction(word: Int)
  /// A host instruction, or a label.
  case host(String)
}

/// The reason for which translated code returned.
package enum LeavingReason {
  /// The instruction at NIA is not in the entry cache.
  package static let next: UInt32 = 0
  /// The budget is less than the length of the block at NIA.
  package static let budget: UInt32 = 1
  /// The accesses of a group, whose first is at NIA, are not in one cached page.
  package static let ungrouped: UInt32 = 2
  /// The access at CIA has had so many pages that its slot's fill budget is used up. The instruction has been
  /// executed.
  package static let scattered: UInt32 = 3
}
