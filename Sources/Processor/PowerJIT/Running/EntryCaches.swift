internal import PowerCPU

/// The entry caches of the most recently used contexts.
final class EntryCaches {
  private static let count = 64
  /// Number of ways of a context's set.
  private static let ways = 4

  private struct Place {
    var context: EngineContext?
    var cache: EntryCache?
    var lastUse: UInt64 = 0

    private var isPrivileged: Bool { context?.isProblemState == false }

    /// Privileged state is used by every process, and mostly without a new lookup.
    func isReplaced(before other: Place) -> Bool {
      isPrivileged == other.isPrivileged ? lastUse < other.lastUse : other.isPrivileged
    }
  }

  // Safety: allocated and freed with this object; indices are masked.
  private let places: UnsafeMutablePointer<Place>
  private var clock: UInt64 = 0
  /// A bit for each process, modulo 64, whose problem state has been looked up since its caches
  /// were cleared.
  private var processes: UInt64 = 0
  /// Called when caches must be looked up before they are used again: the one that is given, or those of problem state.
  var forgotten: (EntryCache?) -> Void = { _ in }

  init() {
    places = .allocate(capacity: Self.count)
    places.initialize(repeating: Place(), count: Self.count)
  }

  deinit {
    for index in 0..<Self.count { places[index].cache?.deallocate() }
    places.deallocate()
  }

  /// The cache of a context; an empty one if it has none.
  func cache(of context: EngineContext) -> EntryCache {
    clock &+= 1
    if context.isProblemState { processes |= Self.bit(context.processNumber) }
    let first = places + (context.hash & (Self.count / Self.ways - 1)) * Self.ways
    var oldest = first
    for place in first..<first + Self.ways {
      if let cache = place.pointee.cache, place.pointee.context == context {
        place.pointee.lastUse = clock
        return cache
      }
      if place.pointee.isReplaced(before: oldest.pointee) { oldest = place }
    }
    let cache = oldest.pointee.cache ?? EntryCache()
    if oldest.pointee.context != nil { forgotten(cache) }
    cache.clear()
    oldest.pointee = Place(context: context, cache: cache, lastUse: clock)
    return cache
  }

  private static func bit(_ process: UInt64) -> UInt64 { 1 << (process & 63) }

  /// Calls a function with every cache.
  func forEach(_ body: (EntryCache) -> Void) {
    for index in 0..<Self.count {
      if let cache = places[index].cache { body(cache) }
    }
  }

  /// Clears the caches of every process's problem state.
  /// - Parameter isInUse: whether one may be used without a new lookup.
  func clearProblemState(isInUse: Bool) {
    guard processes != 0 else { return }
    if !isInUse {
      processes = 0
      forgotten(nil)
    }
    for index in 0..<Self.count {
      if let cache = places[index].cache, places[index].context?.isProblemState == true {
        cache.clear()
      }
    }
  }

  /// Clears the caches of a process's problem state. A second call usually finds nothing to do:
  /// `tlbiel` is executed once for each set of a TLB.
  /// - Parameters:
  ///   - pages: the selected effective pages; nil for all.
  ///   - isInUse: whether a cache of the process may be used without a new lookup.
  func clear(process: UInt64, _ pages: PageRun? = nil, isInUse: Bool) {
    guard processes & Self.bit(process) != 0 else { return }
    if pages == nil, !isInUse {
      processes &= ~Self.bit(process)
      forgotten(nil)
    }
    for index in 0..<Self.count {
      guard let cache = places[index].cache, let context = places[index].context,
        context.isProblemState, context.processNumber & 63 == process & 63
      else { continue }
      if let pages { cache.clear(pages) } else { cache.clear() }
    }
  }
}
