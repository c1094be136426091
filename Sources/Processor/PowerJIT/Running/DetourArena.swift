internal import Glibc

/// The descriptions of detours, which translated code names by address.
final class DetourArena {
  // Safety: one mapping that lasts as long as this object; `add` stays inside it.
  private let detours: UnsafeMutablePointer<Detour>
  private let capacity: Int
  /// How many each segment has; those of code in one segment of the ``CodeMemory`` are in one.
  private var counts: [Int]
  private var segment = 0

  /// - Returns: nil when the host has no memory.
  init?(capacity: Int, segments: Int) {
    let bytes = capacity * MemoryLayout<Detour>.stride
    let mapping = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { return nil }
    detours = mapping.bindMemory(to: Detour.self, capacity: capacity)
    self.capacity = capacity
    counts = Array(repeating: 0, count: segments)
  }

  deinit { munmap(detours, capacity * MemoryLayout<Detour>.stride) }

  private var segmentSize: Int { capacity / counts.count }

  /// Whether the current segment has room.
  func hasRoom(for more: Int) -> Bool { counts[segment] + more <= segmentSize }

  /// - Returns: its address.
  func add(_ detour: Detour) -> UInt {
    precondition(hasRoom(for: 1), "the caller has asked for room")
    let place = detours + (segment * segmentSize + counts[segment])
    place.initialize(to: detour)
    counts[segment] += 1
    return UInt(bitPattern: place)
  }

  var base: UnsafePointer<Detour> { UnsafePointer(detours) }

  /// How often instructions were executed by way of a detour, by what they are.
  func taken() -> [UInt64: UInt64] {
    var taken: [UInt64: UInt64] = [:]
    for (segment, count) in counts.enumerated() {
      for detour in UnsafeBufferPointer(start: detours + segment * segmentSize, count: count)
      where detour.takenCount > 0 {
        taken[detour.word, default: 0] += detour.takenCount
      }
    }
    return taken
  }

  /// Goes on with a segment, whose detours nobody needs any more.
  func begin(segment: Int) {
    self.segment = segment
    counts[segment] = 0
  }
}
