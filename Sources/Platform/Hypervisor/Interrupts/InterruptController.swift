/// The XICS interrupt controller: one presentation controller per server, one source controller
/// for all sources (LoPAR "PowerPC External Interrupt option").
///
/// Guarded by the partition's lock.
struct InterruptController {
  /// One interrupt source.
  struct Source: Equatable {
    var server: UInt32 = 0
    /// 0xFF: the source is off.
    var priority: UInt8 = 0xFF
    /// The priority ibm,int-on restores.
    var savedPriority: UInt8 = 0xFF
    var isLevel = false
    /// The line of a level-sensitive source.
    var isAsserted = false
    /// Presented or accepted, and not ended yet: the source presents nothing more.
    var isSent = false
    /// To be presented when possible: rejected by its server, or signalled while off.
    var isWaiting = false
  }

  /// Source numbers, none of them as low as ``InterruptPresentation/interProcessor``.
  let numbers: Range<UInt32>
  private var sources: [Source]
  /// The sources that wait or whose line is asserted: only these can be presented.
  private(set) var needingAttention: [UInt32] = []

  /// - Parameter numbers: the sources of the machine; QEMU's are 0x1000 and up.
  init(numbers: Range<UInt32>) {
    self.numbers = numbers
    sources = [Source](repeating: Source(), count: numbers.count)
  }

  subscript(number: UInt32) -> Source? {
    numbers.contains(number) ? sources[Int(number - numbers.lowerBound)] : nil
  }

  /// Changes a source, if there is one of that number.
  mutating func update(_ number: UInt32, _ change: (inout Source) -> Void) {
    guard numbers.contains(number) else { return }
    let index = Int(number - numbers.lowerBound)
    change(&sources[index])
    let needsAttention = sources[index].isWaiting || sources[index].isAsserted
    let place = needingAttention.firstIndex(of: number)
    if needsAttention, place == nil { needingAttention.append(number) }
    if !needsAttention, let place { needingAttention.remove(at: place) }
  }

  /// Every source as after power-on.
  mutating func clear() {
    for index in sources.indices { sources[index] = Source() }
    needingAttention = []
  }

  /// Every source off and unrouted; the kind of each source stays.
  mutating func reset() {
    for index in sources.indices { sources[index] = Source(isLevel: sources[index].isLevel) }
    needingAttention = []
  }
}

// MARK: - sources
extension Partition {
  /// Whether the machine has a source of this number.
  public func hasInterruptSource(_ number: UInt32) -> Bool { interrupts.numbers.contains(number) }

  /// Declares the source level-sensitive (a PCI line) or edge-triggered (messages and events).
  public func setInterruptSource(_ number: UInt32, isLevel: Bool) {
    lock.withLock { interrupts.update(number) { $0.isLevel = isLevel } }
  }

  /// Signals an edge-triggered source once.
  public func pulseInterrupt(_ number: UInt32) {
    lock.withLock { signal(number) }
  }

  /// Sets the line of a level-sensitive source.
  public func setInterruptLine(_ number: UInt32, _ isAsserted: Bool) {
    lock.withLock {
      interrupts.update(number) { $0.isAsserted = isAsserted }
      resend(number)
    }
  }

  /// An edge arrived. The caller holds the lock.
  func signal(_ number: UInt32) {
    interrupts.update(number) { $0.isWaiting = true }
    resend(number)
  }

  /// Presents the source if it waits or its line is asserted.
  func resend(_ number: UInt32) {
    guard let source = interrupts[number], source.priority != 0xFF, !source.isSent,
      source.isLevel ? source.isAsserted : source.isWaiting
    else { return }
    interrupts.update(number) {
      $0.isSent = true
      $0.isWaiting = false
    }
    present(number, source.priority, to: source.server)
  }

  /// The server cannot take the interrupt now.
  private func reject(_ number: UInt32) {
    interrupts.update(number) {
      $0.isSent = false
      // A level-sensitive source is presented again because its line is still asserted.
      $0.isWaiting = !$0.isLevel
    }
  }

  /// The route of a source; nil for a number without a source. The caller holds the lock.
  package func interruptRoute(_ number: UInt32) -> InterruptRoute? {
    interrupts[number].map {
      InterruptRoute(server: $0.server, priority: $0.priority, savedPriority: $0.savedPriority)
    }
  }

  /// ibm,set-xive and its relatives. The caller holds the lock.
  package func setInterruptRoute(_ number: UInt32, _ route: InterruptRoute) {
    interrupts.update(number) {
      ($0.server, $0.priority, $0.savedPriority) =
        (route.server, route.priority, route.savedPriority)
    }
    resend(number)
  }
}

/// The route of an interrupt source, and its priority.
package struct InterruptRoute: Hashable, Sendable {
  package var server: UInt32
  /// 0xFF: the source is off.
  package var priority: UInt8
  /// The priority that ibm,int-on restores.
  package var savedPriority: UInt8

  package init(server: UInt32, priority: UInt8, savedPriority: UInt8) {
    self.server = server
    self.priority = priority
    self.savedPriority = savedPriority
  }
}

// MARK: - presentation
extension Partition {
  /// Presents an interrupt to a server, which takes it, or rejects it until its priority falls.
  private func present(_ number: UInt32, _ priority: UInt8, to server: UInt32) {
    guard let processor = processor(server: server) else {
      // The server does not exist; the source waits until it is routed elsewhere.
      reject(number)
      return
    }
    let icp = processor.presentation
    if priority >= icp.cppr || (icp.source != 0 && icp.pendingPriority <= priority) {
      reject(number)
      return
    }
    if icp.source != 0 { reject(icp.source) }
    setPresented(number, priority, on: processor)
  }

  private func setPresented(
    _ number: UInt32, _ priority: UInt8, on processor: PartitionProcessor
  ) {
    processor.presentation.source = number
    processor.presentation.pendingPriority = priority
    processor.presentation.timestamp = processor.control.read(.timebase)
    processor.control.setExternalInterrupt(true)
    processor.interruptArrived(.externalInterrupt, self)
  }

  /// Withdraws the presented interrupt; the source presents it again unless it was accepted.
  private func withdraw(_ processor: PartitionProcessor) {
    processor.presentation.source = 0
    processor.presentation.pendingPriority = 0xFF
    processor.control.setExternalInterrupt(false)
  }

  /// Presents the inter-processor interrupt if it is the most favoured.
  private func checkInterProcessor(_ processor: PartitionProcessor) {
    let icp = processor.presentation
    guard icp.mfrr < icp.cppr else { return }
    if icp.source != 0 {
      guard icp.pendingPriority > icp.mfrr else { return }
      reject(icp.source)
    }
    setPresented(InterruptPresentation.interProcessor, icp.mfrr, on: processor)
  }

  /// Presents the rejected sources again after the processor's priority has fallen.
  private func resendAll(to processor: PartitionProcessor) {
    checkInterProcessor(processor)
    for number in interrupts.needingAttention
    where interrupts[number]?.server == processor.server {
      resend(number)
    }
  }

  /// H_CPPR.
  func setProcessorPriority(_ cppr: UInt8, of processor: PartitionProcessor) {
    let old = processor.presentation
    processor.presentation.cppr = cppr
    if cppr < old.cppr {
      guard old.source != 0, cppr <= old.pendingPriority else { return }
      withdraw(processor)
      reject(old.source)
    } else if old.source == 0 {
      resendAll(to: processor)
    }
  }

  /// H_IPI: sets the most favoured request of `processor`.
  func requestInterProcessor(_ mfrr: UInt8, of processor: PartitionProcessor) {
    processor.presentation.mfrr = mfrr
    checkInterProcessor(processor)
  }

  /// H_XIRR: accepts the presented interrupt.
  func acceptInterrupt(_ processor: PartitionProcessor) -> UInt32 {
    let icp = processor.presentation
    guard icp.source != 0 else { return icp.xirr }
    withdraw(processor)
    processor.presentation.cppr = icp.pendingPriority
    return icp.xirr
  }

  /// H_EOI: ends `source` and restores the priority.
  func endInterrupt(_ source: UInt32, cppr: UInt8, on processor: PartitionProcessor) {
    processor.presentation.cppr = cppr
    interrupts.update(source) { $0.isSent = false }
    resend(source)
    if processor.presentation.source == 0 { resendAll(to: processor) }
  }
}
