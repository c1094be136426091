internal import Hypervisor
public import MachineDescription
internal import Synchronization

/// Message sources that no function has. Safe to use from any thread.
public final class MessagePool: Sendable {
  private let free: Mutex<[UInt32]>

  /// - Parameter sources: numbers of edge-triggered sources.
  public init(_ sources: Range<UInt32> = InterruptSource.messages) { free = Mutex(Array(sources)) }

  /// The lowest `count` sources, or as many as there are.
  func take(_ count: Int) -> [UInt32] {
    free.withLock { free in
      defer { free.removeFirst(min(count, free.count)) }
      return Array(free.prefix(count))
    }
  }

  /// Takes these sources.
  /// - Returns: false, and none is taken, when one of them is not free.
  func take(_ sources: [UInt32]) -> Bool {
    free.withLock { free in
      guard Set(sources).count == sources.count, Set(sources).isSubset(of: free) else {
        return false
      }
      free.removeAll { sources.contains($0) }
      return true
    }
  }

  func give(back sources: [UInt32]) {
    guard !sources.isEmpty else { return }
    free.withLock { $0 = ($0 + sources).sorted() }
  }
}

/// A line that several functions assert, until none does. Safe to use from any thread.
final class SharedLine: Sendable {
  private let input: InterruptInput
  /// A bit for each device that asserts the line.
  private let asserting = Mutex<UInt32>(0)

  init(_ input: InterruptInput) { self.input = input }

  func set(_ isAsserted: Bool, by device: UInt8) {
    asserting.withLock { asserting in
      let bit: UInt32 = 1 << UInt32(device & 31)
      asserting = isAsserted ? asserting | bit : asserting & ~bit
      input.set(asserting != 0)
    }
  }
}
