internal import Glibc
internal import Synchronization

/// Work of devices that may block, off the processors' threads.
///
/// What is submitted runs on one of a few threads of the host, of which each device has its own share,
/// so that one whose storage does not answer stops no other; what follows runs on the machine's
/// thread, where memory may be written and interrupts are raised. A machine that counts its time in
/// instructions has no such threads: work is done at once, and what follows it with the same
/// instruction of the guest, so that two runs are the same.
public final class DeviceWork: Sendable {
  private let queue: Queue
  /// Whether work is done where it is submitted.
  public let isImmediate: Bool
  /// Made for the first device that waits for a descriptor.
  private let watches = Mutex<DescriptorWatches?>(nil)

  /// - Parameter isImmediate: whether work is done where it is submitted; so it is too when the host
  ///   has no descriptors or threads left.
  public init(isImmediate: Bool) {
    let queue = isImmediate ? nil : Queue(hasThreads: true)
    self.isImmediate = queue == nil
    self.queue = queue ?? Queue()
  }

  deinit { queue.stop() }

  /// What becomes readable when something is to be followed up.
  public var descriptors: [Int32] {
    (queue.reading >= 0 ? [queue.reading] : [])
      + (watches.withLock { $0.map { [$0.descriptor] } } ?? [])
  }

  /// A watch for a device; nil when the host has no descriptors left.
  func watch() -> DescriptorWatch? {
    watches.withLock { watches in
      if watches == nil { watches = DescriptorWatches() }
      return watches?.add()
    }
  }

  /// Has work done.
  /// - Parameters:
  ///   - device: whose work it is.
  ///   - work: may block; runs on a thread of the host.
  ///   - completion: gets what it gave, on the machine's thread.
  public func submit<Result: Sendable>(
    for device: AnyObject, _ work: @escaping @Sendable () -> Result,
    then completion: @escaping @Sendable (Result) -> Void
  ) {
    let item: Item = {
      let result = work()
      return { completion(result) }
    }
    if isImmediate || !queue.add(item, of: ObjectIdentifier(device)) {
      queue.addFinished(item())
    }
  }

  /// Does on the machine's thread what follows from finished work and from descriptors that are
  /// waited for.
  public func followUp() {
    followUpFinished()
    watches.withLock { $0 }?.followUp()
  }

  /// Does on the machine's thread what follows from finished work.
  public func followUpFinished() {
    let finished = queue.takeFinished()
    guard !finished.isEmpty else { return }
    for follow in finished { follow() }
    queue.followedUp(finished.count)
  }

  /// Waits until all work is done and followed up, also what follows from it: before a state is
  /// saved.
  public func finish() {
    while queue.isPending {
      followUpFinished()
      if !isImmediate { queue.waitForFinished() }
    }
  }
}

/// Work that may block; gives what is to be done on the machine's thread after it.
private typealias Item = @Sendable () -> (@Sendable () -> Void)

/// What the threads share with ``DeviceWork``, until the last of them ends.
private final class Queue: Sendable {
  /// Work of one device.
  struct Lane {
    /// What threads do or may begin.
    var running = 0
    /// What waits for that.
    var waiting: [Item] = []
  }

  private struct State: ~Copyable {
    var lanes: [ObjectIdentifier: Lane] = [:]
    /// What a thread may begin, with its device.
    var ready: [(device: ObjectIdentifier, item: Item)] = []
    var finished: [@Sendable () -> Void] = []
    /// Threads that wait for work, and all.
    var idle = 0
    var threads = 0
    /// Work that is submitted and has not been followed up.
    var pending = 0
    var isStopping = false

    /// Lets the next work of a device begin, one of whose has been done.
    /// - Returns: whether there is any.
    mutating func advance(_ device: ObjectIdentifier) -> Bool {
      guard var lane = lanes[device] else { return false }
      let next = lane.waiting.isEmpty ? nil : lane.waiting.removeFirst()
      if let next { ready.append((device, next)) } else { lane.running -= 1 }
      lanes[device] = lane.running == 0 ? nil : lane
      return next != nil
    }
  }

  /// Threads for one device, and for all of them.
  private static let mostOfDevice = 4
  private static let mostThreads = 128

  private let state = Mutex(State())
  /// Counts work for the threads.
  private let semaphore = HostSemaphore()
  /// The ends of a pipe, or -1.
  let reading: Int32
  private let writing: Int32

  /// A queue without threads.
  init() { (reading, writing) = (-1, -1) }

  /// A queue whose work threads do; nil when the host has no descriptors left.
  init?(hasThreads: Bool) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    if reading >= 0 { close(reading) }
    if writing >= 0 { close(writing) }
  }

  /// Hands work to a thread.
  /// - Returns: false when there is none, and none can be started.
  func add(_ item: @escaping Item, of device: ObjectIdentifier) -> Bool {
    let (isReady, needsThread) = state.withLock { state in
      var lane = state.lanes[device] ?? Lane()
      defer { state.lanes[device] = lane }
      guard lane.running < Self.mostOfDevice else {
        lane.waiting.append(item)
        state.pending += 1
        return (false, false)
      }
      lane.running += 1
      let needsThread = state.idle <= state.ready.count && state.threads < Self.mostThreads
      if needsThread { state.threads += 1 }
      return (true, needsThread)
    }
    guard isReady else { return true }
    if needsThread, !startThread() {
      let hasThread = state.withLock { state in
        state.threads -= 1
        if state.threads == 0 { _ = state.advance(device) }
        return state.threads > 0
      }
      if !hasThread { return false }
    }
    state.withLock { state in
      state.pending += 1
      state.ready.append((device, item))
    }
    semaphore.signal()
    return true
  }

  func addFinished(_ follow: @escaping @Sendable () -> Void) {
    state.withLock { state in
      state.pending += 1
      state.finished.append(follow)
    }
  }

  func takeFinished() -> [@Sendable () -> Void] {
    state.withLock { state in
      guard !state.finished.isEmpty else { return [] }
      // The pipe has a byte for each, written with this lock held.
      if reading >= 0 {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(reading, &bytes, bytes.count) > 0 {}
      }
      defer { state.finished = [] }
      return state.finished
    }
  }

  func followedUp(_ count: Int) { state.withLock { $0.pending -= count } }

  var isPending: Bool { state.withLock { $0.pending > 0 } }

  /// Waits until something has finished, when something is pending.
  func waitForFinished() {
    guard state.withLock({ $0.pending > 0 && $0.finished.isEmpty }) else { return }
    var wait = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    poll(&wait, 1, -1)
  }

  /// Ends the threads once the work that waits is done.
  func stop() {
    let threads = state.withLock { state in
      state.isStopping = true
      return state.threads
    }
    for _ in 0..<threads { semaphore.signal() }
  }

  private func startThread() -> Bool {
    let unmanaged = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Queue>.fromOpaque(argument).takeRetainedValue().serve()
        return nil
      }, unmanaged.toOpaque())
    guard status == 0 else {
      unmanaged.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  private func serve() {
    while true {
      state.withLock { $0.idle += 1 }
      semaphore.wait()
      let (next, isStopping) = state.withLock { state in
        state.idle -= 1
        return (state.ready.isEmpty ? nil : state.ready.removeFirst(), state.isStopping)
      }
      guard let (device, item) = next else {
        if isStopping { return }
        continue
      }
      let follow = item()
      let hasMore = state.withLock { state in
        state.finished.append(follow)
        // A full pipe is readable already.
        write(writing, "!", 1)
        return state.advance(device)
      }
      if hasMore { semaphore.signal() }
    }
  }
}

/// A counting semaphore of the host.
final class HostSemaphore: @unchecked Sendable {
  // Safety: POSIX semaphores are made for use by several threads; it never moves.
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    semaphore.initialize(to: sem_t())
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }
  func wait() { while sem_wait(semaphore) != 0 {} }
}
