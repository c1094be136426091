internal import MachineDescription

/// Queues, and commands that wait for events (NVM Express 1.4, 5).
extension NVMeController {
  /// The most identifiers of queues for I/O commands, from 1 on.
  var mostQueues: UInt16 { UInt16(clamping: disk.queues) }
  /// Interrupt vectors.
  var vectors: Int { function.messages?.count ?? 1 }
  /// Commands that may wait for events.
  static let mostEventRequests = 4

  private func isQueue(_ number: UInt16) -> Bool { number >= 1 && number <= mostQueues }

  /// The ring of a queue that is to be made.
  private func ring(_ command: NVMeCommand, entry: Bool) throws(NVMeStatus) -> NVMeRing {
    let size = UInt32(command.high(10)) + 1
    guard entry, (2...Self.mostEntries).contains(size) else { throw .invalidQueueSize }
    // Queues are physically contiguous (CAP.CQR).
    guard command.has(0, of: 11) else { throw .invalidField }
    guard command.first & (pageSize - 1) == 0 else { throw .invalidOffset }
    return NVMeRing(base: command.first, size: size)
  }

  func createCompletion(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let number = command.low(10)
    guard isQueue(number), state.completion[number] == nil else { throw .invalidQueue }
    // Entries of 16 bytes.
    let ring = try ring(command, entry: completionEntry == 4)
    let vector = command.high(11)
    guard Int(vector) < vectors else { throw .invalidVector }
    state.completion[number] = NVMeCompletionQueue(
      ring: ring, vector: vector, isInterrupting: command.has(1, of: 11))
    return .done()
  }

  func createSubmission(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let number = command.low(10)
    guard isQueue(number), state.submission[number] == nil else { throw .invalidQueue }
    // Entries of 64 bytes.
    let ring = try ring(command, entry: submissionEntry == 6)
    let completion = command.high(11)
    guard isQueue(completion) else { throw .invalidQueue }
    guard state.completion[completion] != nil else { throw .invalidCompletionQueue }
    state.submission[number] = NVMeSubmissionQueue(ring: ring, completionQueue: completion)
    return .done()
  }

  func deleteSubmission(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let number = command.low(10)
    guard isQueue(number), state.submission[number] != nil else { throw .invalidQueue }
    let ended = tasks.end {
      guard case .command(number, _) = $0 else { return false }
      return true
    }
    for case .command(_, let identifier) in ended { complete(identifier, number, 0, .queueDeleted) }
    state.submission[number] = nil
    return .done()
  }

  func deleteCompletion(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    let number = command.low(10)
    guard isQueue(number), state.completion[number] != nil else { throw .invalidQueue }
    guard !state.submission.values.contains(where: { $0.completionQueue == number }) else {
      throw .invalidQueueDeletion
    }
    state.completion[number] = nil
    updateLine()
    return .done()
  }

  /// Ends a command that waits for an event; what storage has begun is not aborted, which the result
  /// says.
  func abort(_ command: NVMeCommand) -> NVMePlan {
    guard command.low(10) == 0,
      let place = state.eventRequests.firstIndex(of: command.high(10))
    else { return .done(1) }
    complete(state.eventRequests.remove(at: place), 0, 0, .abortRequested)
    return .done(0)
  }

  func requestEvent(_ command: NVMeCommand) throws(NVMeStatus) -> NVMePlan {
    guard state.eventRequests.count < Self.mostEventRequests else { throw .tooManyEventRequests }
    state.eventRequests.append(command.identifier)
    deliverEvents()
    return .later
  }
}
