internal import GuestMemory
internal import MachineDescription
internal import Hypervisor
internal import Synchronization

/// Commands are taken, and completions are given.
extension NVMeController {
  /// Commands of a queue that wait for storage or for room in the completion queue, at most.
  static let mostInProgress = 256

  /// Takes the value of a doorbell: the tail of a submission queue or the head of a completion queue,
  /// each in turn.
  func ring(_ number: Int, _ value: UInt32) {
    guard state.status & (Status.ready | Status.fatal) == Status.ready else { return }
    guard let queue = UInt16(exactly: number / 2) else { return }
    if number & 1 == 0 {
      guard let size = state.submission[queue]?.ring.size else { return report(.invalidDoorbell) }
      guard value < size else { return report(.invalidDoorbellValue) }
      state.submission[queue]?.ring.tail = value
      takeCommands(of: queue)
    } else {
      guard let ring = state.completion[queue]?.ring else { return report(.invalidDoorbell) }
      // The entries from the old head on that are filled are taken, and no others.
      let filled =
        ring.tail >= ring.head ? ring.tail - ring.head : ring.size - ring.head + ring.tail
      let taken = value >= ring.head ? value - ring.head : ring.size - ring.head + value
      guard value < ring.size, taken <= filled else { return report(.invalidDoorbellValue) }
      state.completion[queue]?.ring.head = value
      post(queue)
      updateLine()
      for (number, submission) in state.submission.sorted(by: { $0.key < $1.key })
      where submission.completionQueue == queue { takeCommands(of: number) }
    }
  }

  /// Begins the commands of a queue, as many as may be in progress.
  func takeCommands(of number: UInt16) {
    while isRunning, let queue = state.submission[number], !queue.ring.isEmpty,
      let completion = state.completion[queue.completionQueue],
      queue.inProgress + completion.waiting.count < Self.mostInProgress
    {
      let address = queue.ring.address(queue.ring.head, bytes: NVMeCommand.size)
      let command: NVMeCommand
      do throws(DMAError) {
        command = NVMeCommand(try dma.read(Int(NVMeCommand.size), at: address))
      } catch { return fail() }
      state.submission[number]?.ring.head = queue.ring.next(queue.ring.head)
      begin(command, queue: number)
    }
  }

  private func begin(_ command: NVMeCommand, queue: UInt16) {
    do throws(NVMeStatus) {
      let row = try NVMeCommandRow.row(command.operation, queue == 0 ? .administration : .io)
      guard !command.needsMore else { throw .invalidField }
      if row.needs.contains(.writing), isReadOnly { throw .writeProtected }
      switch try row.handler(self)(command) {
      case .done(let result): complete(command, queue, result, .success)
      case .later: break
      case .data(let bytes):
        try write(bytes, to: command)
        complete(command, queue, 0, .success)
      case .storage(let operation): begin(operation, command, queue)
      }
    } catch { complete(command, queue, 0, error) }
  }

  private func begin(_ operation: StorageOperation, _ command: NVMeCommand, _ queue: UInt16) {
    state.submission[queue]?.inProgress += 1
    tasks.begin(
      operation, storage, for: .command(queue: queue, identifier: command.identifier), lock: locked
    ) { [weak self] failure in
      guard let self else { return }
      self.state.submission[queue]?.inProgress -= 1
      if failure == nil { self.lasting.log.count(operation) }
      self.complete(command, queue, 0, failure.map(NVMeStatus.init) ?? .success)
      self.takeCommands(of: queue)
    }
  }

  /// Writes what a command gives to where its data are.
  private func write(_ bytes: [UInt8], to command: NVMeCommand) throws(NVMeStatus) {
    let pieces = try command.pieces(UInt64(bytes.count), page: pageSize, dma, .write)
    var rest = bytes[...]
    for piece in pieces {
      try? dma.memory.write(rest.prefix(piece.count), at: piece.real)
      rest = rest.dropFirst(piece.count)
    }
  }

  /// The data of a command.
  func read(_ count: UInt64, of command: NVMeCommand) throws(NVMeStatus) -> [UInt8] {
    try command.pieces(count, page: pageSize, dma, .read).flatMap {
      (try? dma.memory.read($0.count, at: $0.real)) ?? []
    }
  }

  /// Gives a command back.
  private func complete(
    _ command: NVMeCommand, _ queue: UInt16, _ result: UInt32, _ status: NVMeStatus
  ) {
    if status != .success { lasting.log.add(command, queue: queue, status) }
    complete(command.identifier, queue, result, status)
  }

  /// Gives a command back by its identifier.
  func complete(_ identifier: UInt16, _ queue: UInt16, _ result: UInt32, _ status: NVMeStatus) {
    guard let submission = state.submission[queue] else { return }
    state.completion[submission.completionQueue]?.waiting.append(
      NVMeCompletion(
        queue: queue, head: submission.ring.head, identifier: identifier, result: result, status))
    post(submission.completionQueue)
  }

  /// Fills the entries of a completion queue that are free.
  private func post(_ number: UInt16) {
    guard var queue = state.completion[number], !queue.waiting.isEmpty, isRunning,
      !queue.ring.isFull
    else { return }
    while let entry = queue.waiting.first, !queue.ring.isFull {
      let address = queue.ring.address(queue.ring.tail, bytes: NVMeCompletionQueue.entrySize)
      do throws(DMAError) {
        try dma.write(entry.first, at: address)
        // The driver sees the phase tag after everything else.
        atomicMemoryFence(ordering: .releasing)
        try dma.write(
          entry.second | (queue.phase ? NVMeCompletion.phase : 0), at: address + 8)
      } catch { return fail() }
      queue.waiting.removeFirst()
      queue.ring.tail = queue.ring.next(queue.ring.tail)
      if queue.ring.tail == 0 { queue.phase.toggle() }
    }
    state.completion[number] = queue
    guard queue.isInterrupting else { return }
    if let messages = function.messages, messages.isEnabled {
      messages.send(Int(queue.vector))
    } else {
      updateLine()
    }
  }

  /// Asserts the line while a completion queue that interrupts has entries, unless its vector is masked.
  func updateLine() {
    guard function.messages?.isEnabled != true else { return }
    function.setLine(
      state.completion.values.contains {
        $0.isInterrupting && !$0.ring.isEmpty && state.mask >> UInt32($0.vector & 31) & 1 == 0
      })
  }

  // MARK: events

  /// What happened that no command caused (NVM Express 1.4, 5.2): type, information, and the log that
  /// has more.
  enum Event: UInt32 {
    case invalidDoorbell = 0x01_00_00
    case invalidDoorbellValue = 0x01_01_00
    case temperature = 0x02_01_01
  }

  /// Reports an event to the driver, when it waits for one.
  func report(_ event: Event) {
    if !state.events.contains(event.rawValue) { state.events.append(event.rawValue) }
    deliverEvents()
  }

  /// The driver has read a log, after which it hears of events of its type again.
  func unmaskEvents(ofLog page: UInt8) {
    let types: UInt8 = page == 1 ? 1 : page == 2 ? 2 : 0
    guard state.maskedEvents & types != 0 else { return }
    state.maskedEvents &= ~types
    deliverEvents()
  }

  func deliverEvents() {
    while !state.eventRequests.isEmpty,
      let place = state.events.firstIndex(where: { state.maskedEvents >> UInt8($0 & 7) & 1 == 0 })
    {
      let event = state.events.remove(at: place)
      state.maskedEvents |= 1 << UInt8(event & 7)
      complete(state.eventRequests.removeFirst(), 0, event, .success)
    }
  }
}
