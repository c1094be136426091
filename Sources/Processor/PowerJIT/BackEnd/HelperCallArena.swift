internal import Glibc

/// The descriptions of helper calls; translated code contains their addresses.
package final class HelperCallArena {
  // Safety: one mapping for the lifetime of this object; `add` stays inside it.
  private let helperCalls: UnsafeMutablePointer<HelperCall>
  private let capacity: Int
  /// The counts of helper calls whose descriptions are no longer there. A guest can execute any number of
  /// different instructions: beyond the limit new ones are not counted.
  private var former: [HelperCallOrigin: UInt64] = [:]
  static let formerLimit = 1 << 16
  /// Number of descriptions in each segment, which corresponds to a segment of ``CodeMemory``.
  @exclusivity(unchecked) private var counts: [Int]
  private var segment = 0

  /// - Returns: nil when the host has no memory.
  package init?(capacity: Int, segments: Int) {
    let bytes = capacity * MemoryLayout<HelperCall>.stride
    let mapping = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { return nil }
    helperCalls = mapping.bindMemory(to: HelperCall.self, capacity: capacity)
    self.capacity = capacity
    counts = Array(repeating: 0, count: segments)
  }

  deinit { munmap(helperCalls, capacity * MemoryLayout<HelperCall>.stride) }

  private var segmentSize: Int { capacity / counts.count }

  /// Whether the current segment has room.
  package func hasRoom(for more: Int) -> Bool { counts[segment] + more <= segmentSize }

  /// - Returns: the address of the description.
  package func add(_ helperCall: HelperCall) -> UInt {
    precondition(hasRoom(for: 1), "the caller has asked for room")
    let place = helperCalls + (segment * segmentSize + counts[segment])
    place.initialize(to: helperCall)
    counts[segment] += 1
    return UInt(bitPattern: place)
  }

  /// The address of the next description.
  package var next: UInt {
    UInt(bitPattern: helperCalls + (segment * segmentSize + counts[segment]))
  }

  /// The number of a description, from 1, as ``DeferredFloatStatus/operation`` has it.
  package func number(of address: UInt) -> Int {
    Int(address - UInt(bitPattern: helperCalls)) / HelperCall.stride + 1
  }

  /// Descriptions of the current segment from an address on.
  package func all(from first: UInt) -> UnsafeBufferPointer<HelperCall> {
    let count = (next - first) / UInt(HelperCall.stride)
    return UnsafeBufferPointer(start: UnsafePointer(bitPattern: first), count: Int(count))
  }

  package var base: UnsafePointer<HelperCall> { UnsafePointer(helperCalls) }

  /// How often helper calls were made, by where they come from.
  func taken() -> [HelperCallOrigin: UInt64] {
    var taken = former
    for segment in counts.indices { add(segment, to: &taken, limit: .max) }
    return taken
  }

  private func add(
    _ segment: Int, to taken: inout [HelperCallOrigin: UInt64], limit: Int
  ) {
    for helperCall in UnsafeBufferPointer(
      start: helperCalls + segment * segmentSize, count: counts[segment])
    where helperCall.takenCount > 0 {
      guard taken.count < limit || taken[helperCall.origin] != nil else { continue }
      taken[helperCall.origin, default: 0] += helperCall.takenCount
    }
  }

  /// Begins to reuse a segment, whose helper calls have no code any more.
  package func begin(segment: Int) {
    self.segment = segment
    add(segment, to: &former, limit: Self.formerLimit)
    counts[segment] = 0
  }
}
