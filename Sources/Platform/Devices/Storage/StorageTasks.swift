internal import GuestMemory
internal import Hypervisor
internal import Synchronization

/// Operations of a device that wait for its storage, and who waits for them.
///
/// All calls come on the machine's thread with the device's lock held.
final class StorageTasks<Owner: Sendable>: @unchecked Sendable {
  // Safety: the device's lock guards what changes.

  private final class Task: Sendable {
    let owner: Owner
    let operation: StorageOperation
    /// Whether it is not to be begun any more.
    let isEnded = Atomic(false)
    /// Signalled when nothing is being done for it any more.
    let done = HostSemaphore()

    init(_ owner: Owner, _ operation: StorageOperation) {
      (self.owner, self.operation) = (owner, operation)
    }
  }

  private let memory: GuestMemory
  private let work: DeviceWork
  /// By their order.
  private var tasks: [UInt64: Task] = [:]
  private var count: UInt64 = 0

  /// - Parameters:
  ///   - memory: in which the bytes of operations are.
  ///   - work: where storage is waited for.
  init(_ memory: GuestMemory, _ work: DeviceWork) { (self.memory, self.work) = (memory, work) }

  /// Operations that have not been completed or ended.
  var waiting: Int { tasks.count }

  /// Those that wait, in no order.
  var owners: [Owner] { tasks.values.map(\.owner) }

  /// Has an operation done.
  /// - Parameters:
  ///   - operation: the operation.
  ///   - storage: what it is done with.
  ///   - owner: who waits for it.
  ///   - lock: runs what follows with the device's lock held.
  ///   - completion: gets why it was not done, or nil, unless it is ended before.
  func begin(
    _ operation: StorageOperation, _ storage: any BlockStorage, for owner: Owner,
    lock: @escaping @Sendable (() -> Void) -> Void,
    completion: @escaping @Sendable (StorageFailure?) -> Void
  ) {
    count &+= 1
    let (number, task, memory) = (count, Task(owner, operation), memory)
    tasks[number] = task
    work.submit(
      for: self,
      { () -> StorageFailure? in
        defer { task.done.signal() }
        guard !task.isEnded.load(ordering: .acquiring) else { return nil }
        // The bytes are the memory's.
        return withExtendedLifetime(memory) { operation.perform(storage) }
      }
    ) { [weak self] failure in
      lock {
        guard let self, self.tasks.removeValue(forKey: number) != nil else { return }
        self.noteWritten(operation)
        completion(failure)
      }
    }
  }

  /// Ends operations whose completion is not wanted any more: those that wait for a thread are not
  /// done. Returns when nothing is being done for them.
  /// - Returns: who waited for them, in their order.
  func end(where matches: (Owner) -> Bool) -> [Owner] {
    let ended = tasks.filter { matches($0.value.owner) }.sorted { $0.key < $1.key }
    for (_, task) in ended { task.isEnded.store(true, ordering: .releasing) }
    for (number, task) in ended {
      task.done.wait()
      tasks[number] = nil
      noteWritten(task.operation)
    }
    return ended.map(\.value.owner)
  }

  private func noteWritten(_ operation: StorageOperation) {
    for piece in operation.pieces { memory.noteWritten(piece.count, at: piece.real) }
  }
}
