internal import Glibc

/// The descriptions of detours, which translated code names by address.
final class DetourArena {
  // Safety: one mapping that lasts as long as this object; `add` stays inside it.
  private let detours: UnsafeMutablePointer<Detour>
  private let capacity: Int
  private(set) var count = 0

  /// - Returns: nil when the host has no memory.
  init?(capacity: Int) {
    let bytes = capacity * MemoryLayout<Detour>.stride
    let mapping = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { return nil }
    detours = mapping.bindMemory(to: Detour.self, capacity: capacity)
    self.capacity = capacity
  }

  deinit { munmap(detours, capacity * MemoryLayout<Detour>.stride) }

  func hasRoom(for more: Int) -> Bool { count + more <= capacity }

  /// - Returns: its address.
  func add(_ detour: Detour) -> UInt {
    precondition(count < capacity, "the caller has asked for room")
    detours[count] = detour
    count += 1
    return UInt(bitPattern: detours + (count - 1))
  }

  var base: UnsafePointer<Detour> { UnsafePointer(detours) }

  /// How often instructions were executed by way of a detour, by what they are.
  func counts() -> [UInt64: UInt64] {
    var counts: [UInt64: UInt64] = [:]
    for index in 0..<count where detours[index].takenCount > 0 {
      counts[detours[index].word, default: 0] += detours[index].takenCount
    }
    return counts
  }

  func removeAll() { count = 0 }
}
