internal import HostSupport
internal import Hypervisor

/// Entries in memory that driver and controller take turns at (NVM Express 1.4, 4.1).
struct NVMeRing {
  /// The bus address of the first entry.
  var base: UInt64
  /// Entries.
  var size: UInt32
  /// The next entry that is taken.
  var head: UInt32 = 0
  /// The next entry that is filled.
  var tail: UInt32 = 0

  /// Whether there is nothing to take.
  var isEmpty: Bool { head == tail }
  /// Whether no entry can be filled.
  var isFull: Bool { next(tail) == head }

  /// The entry behind one.
  func next(_ entry: UInt32) -> UInt32 { entry + 1 < size ? entry + 1 : 0 }

  /// The bus address of an entry.
  func address(_ entry: UInt32, bytes: UInt64) -> BusAddress {
    BusAddress(base) + UInt64(entry) * bytes
  }
}

/// A submission queue.
struct NVMeSubmissionQueue {
  var ring: NVMeRing
  /// The completion queue of its commands.
  var completionQueue: UInt16
  /// Commands that wait for storage.
  var inProgress = 0
}

/// A completion queue.
struct NVMeCompletionQueue {
  /// Bytes of an entry.
  static let entrySize: UInt64 = 16

  var ring: NVMeRing
  /// The phase tag of entries that are filled.
  var phase = true
  /// Its interrupt vector.
  var vector: UInt16
  /// Whether its entries interrupt the driver.
  var isInterrupting: Bool
  /// Entries without a phase tag for which the ring has no room.
  var waiting: [NVMeCompletion] = []
}

/// An entry of a completion queue (NVM Express 1.4, 4.6).
struct NVMeCompletion: Sendable {
  /// What the command gave, and double word 1.
  var first: UInt64
  /// Head and number of the submission queue, identifier of the command, status without phase tag.
  var second: UInt64

  init(first: UInt64, second: UInt64) { (self.first, self.second) = (first, second) }

  init(queue: UInt16, head: UInt32, identifier: UInt16, result: UInt32, _ status: NVMeStatus) {
    first = UInt64(result)
    second =
      UInt64(head & 0xFFFF) | UInt64(queue) << 16 | UInt64(identifier) << 32
      | UInt64(status.field) << 49
  }

  /// The bit of the phase tag in ``second``.
  static let phase: UInt64 = 1 << 48
}
