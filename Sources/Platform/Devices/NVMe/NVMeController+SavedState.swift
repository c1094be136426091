internal import MachineDescription
public import SavedState

extension StateSection {
  /// An NVMe controller; the instance is that of its function.
  public static let nvme = StateSection("nvme")
}

extension NVMeController: PCIDeviceModel {
  /// Claims the namespace's storage.
  public func claim() throws(BlockStorageError) { try storage.claim() }
  /// Releases the namespace's storage.
  public func release() throws(BlockStorageError) { try storage.release() }

  /// Saves or restores the controller, while no command waits for storage.
  public func code(
    _ sections: inout some SectionCoder, instance: UInt32
  ) throws(StateError) {
    try sections.section(.nvme, instance: instance) { coder throws(StateError) in
      try coder.field("size", storage.size) { size throws(InvalidValue) in
        guard size == storage.size else {
          throw InvalidValue("the disk has \(storage.size) bytes here, but the guest's has \(size)")
        }
      }
      try coder.field("cc", &state.configuration)
      try coder.field("csts", &state.status)
      try coder.field("intms", &state.mask)
      try coder.field("aqa", &lasting.adminSizes)
      try coder.field("asq", &lasting.adminSubmission)
      try coder.field("acq", &lasting.adminCompletion)
      try codeCompletionQueues(&coder)
      try codeSubmissionQueues(&coder)
      try codeFeatures(&coder)
      try codeEvents(&coder)
      try codeLog(&coder)
    }
  }

  // MARK: queues

  /// Whether a queue can be as a stream has it.
  private func check(_ number: UInt16, _ ring: NVMeRing) throws(InvalidValue) {
    let most = number == 0 ? 4096 : Self.mostEntries
    guard number <= mostQueues, (2...most).contains(ring.size), ring.head < ring.size,
      ring.tail < ring.size, ring.base & 0xFFF == 0
    else { throw InvalidValue("there is no such queue \(number)") }
  }

  private func code(_ ring: inout NVMeRing, _ coder: inout FieldCoder) throws(StateError) {
    try coder.field("base", &ring.base)
    try coder.field("size", &ring.size)
    try coder.field("head", &ring.head)
    try coder.field("tail", &ring.tail)
  }

  private func codeCompletionQueues(_ coder: inout FieldCoder) throws(StateError) {
    var queues = state.completion.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let empty = NVMeCompletionQueue(
      ring: NVMeRing(base: 0, size: 2), vector: 0, isInterrupting: false)
    if coder.isReading { state.completion = [:] }
    try coder.list("cq", &queues, initial: (0, empty)) { item, coder throws(StateError) in
      try coder.field("id", &item.0)
      try code(&item.1.ring, &coder)
      try coder.field("phase", &item.1.phase)
      try coder.field("ien", &item.1.isInterrupting)
      try coder.field("vec", &item.1.vector)
      let waiting = item.1.waiting.flatMap { [$0.first, $0.second] }
      try coder.field("wait", waiting) { words throws(InvalidValue) in
        try check(item.0, item.1.ring)
        guard Int(item.1.vector) < vectors, state.completion[item.0] == nil,
          words.count.isMultiple(of: 2), words.count <= 2 * Self.mostWaiting
        else { throw InvalidValue("there is no such queue \(item.0)") }
        item.1.waiting = stride(from: 0, to: words.count, by: 2).map {
          NVMeCompletion(first: words[$0], second: words[$0 + 1] & ~NVMeCompletion.phase)
        }
        state.completion[item.0] = item.1
      }
    }
  }

  /// Completions that one queue can have without room for them.
  private static let mostWaiting = mostInProgress * (PCIDevice.Disk.mostQueues + 1)

  private func codeSubmissionQueues(_ coder: inout FieldCoder) throws(StateError) {
    var queues = state.submission.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let empty = NVMeSubmissionQueue(ring: NVMeRing(base: 0, size: 2), completionQueue: 0)
    if coder.isReading { state.submission = [:] }
    try coder.list("sq", &queues, initial: (0, empty)) { item, coder throws(StateError) in
      try coder.field("id", &item.0)
      try code(&item.1.ring, &coder)
      try coder.field("cq", item.1.completionQueue) { number throws(InvalidValue) in
        try check(item.0, item.1.ring)
        guard state.completion[number] != nil, state.submission[item.0] == nil else {
          throw InvalidValue("there is no completion queue \(number)")
        }
        item.1.completionQueue = number
        state.submission[item.0] = item.1
      }
    }
  }

  // MARK: the rest

  private func codeFeatures(_ coder: inout FieldCoder) throws(StateError) {
    let pairs = state.features.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    try coder.field("feat", pairs) { pairs throws(InvalidValue) in
      guard pairs.count.isMultiple(of: 2), pairs.count <= 256 else {
        throw InvalidValue("not features and their values")
      }
      state.features = [:]
      for place in stride(from: 0, to: pairs.count, by: 2) {
        state.features[pairs[place]] = pairs[place + 1]
      }
    }
  }

  private func codeEvents(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("aer", state.eventRequests) { requests throws(InvalidValue) in
      guard requests.count <= Self.mostEventRequests else {
        throw InvalidValue("\(requests.count) commands cannot wait for events")
      }
      state.eventRequests = requests
    }
    try coder.field("events", state.events) { events throws(InvalidValue) in
      guard Set(events).count == events.count, events.allSatisfy({ Event(rawValue: $0) != nil })
      else { throw InvalidValue("not events that there are") }
      state.events = events
    }
    try coder.field("evmask", &state.maskedEvents)
  }

  private func codeLog(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("blkrd", &lasting.log.blocksRead)
    try coder.field("blkwr", &lasting.log.blocksWritten)
    try coder.field("reads", &lasting.log.reads)
    try coder.field("writes", &lasting.log.writes)
    try coder.field("errnum", &lasting.log.errorCount)
    try coder.field("errlog", lasting.log.errors) { bytes throws(InvalidValue) in
      guard bytes.count.isMultiple(of: NVMeLog.errorSize),
        bytes.count <= NVMeLog.mostErrors * NVMeLog.errorSize
      else { throw InvalidValue("\(bytes.count) bytes are not entries of the error log") }
      lasting.log.errors = bytes
    }
  }
}
