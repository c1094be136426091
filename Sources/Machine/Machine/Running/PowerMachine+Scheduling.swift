internal import Devices
internal import CallInterface
internal import Hypervisor
internal import PowerCPU
internal import PowerISA
internal import RTAS

/// A processor with the objects that the machine needs to run it.
struct ProcessorSlot {
  let engine: VirtualProcessor
  let control: EngineControl
  let processor: PartitionProcessor

  /// Whether it runs again when an interrupt is pending. A processor that conferred its time with
  /// interrupts disabled waits for H_PROD.
  var waitsForInterrupt: Bool {
    switch processor.state {
    case .ceded: true
    case .conferred: control.externalInterruptsEnabled
    default: false
    }
  }
}

extension PowerMachine {
  /// Instructions that a processor runs before the next one runs and the console is polled.
  private static let slice: Int64 = 50_000

  /// Runs until the machine ends or pauses; after a pause it can continue.
  ///
  /// Processors take turns, in rounds that begin with the first. A pause and the service's work come
  /// between two rounds, where the machine's state alone decides what follows: a machine that is
  /// restored continues as this one does. A machine of one processor has nothing else to run, so that
  /// a round can end where a pause or the limit of instructions is due.
  ///
  /// Output for which the console's reader had no room may be kept: ``HostConsole/finish(isStopped:)``
  /// writes it.
  public func run() -> MachineOutcome {
    while true {
      if bootStage != nil, let outcome = bootTurn() { return outcome }
      if stopsAtEntry, bootStage == nil {
        stopsAtEntry = false
        stopForDebugger()
        if let outcome = callService() { return outcome }
      }
      var anyRan = false
      for slot in slots where slot.control.isRunnable && mayRun(slot) {
        anyRan = true
        runSlice(slot)
        if let outcome { return outcome }
      }
      if console.isCongested, let outcome = waitForReader() { return outcome }
      if let outcome = limitsReached() ?? pollConsole() ?? callService() { return outcome }
      serveDevices()
      wakeWaiting()
      if !anyRan, let outcome = waitForEvent() { return outcome }
      if let outcome = pauseDue() { return outcome }
    }
  }

  /// The requested pause, returned once.
  private func pauseDue() -> MachineOutcome? {
    guard let count = pauseAt, instructionCount >= count else { return nil }
    pauseAt = nil
    return .paused(at: instructionCount)
  }

  /// Runs one processor until its slice ends, it cannot run any more, or, where it is the only
  /// one, a pause or the limit of instructions is due.
  private func runSlice(_ slot: ProcessorSlot) {
    runningSlot = slot
    slot.control.hasYielded = false
    var left = Self.slice
    while left > 0, slot.control.isRunnable, !slot.control.hasYielded, mayRun(slot),
      outcome == nil
    {
      var limit = min(left, slot.engine.instructionsUntilDecrementer ?? left)
      let end = min(pauseAt ?? .max, configuration.instructionLimit ?? .max)
      if let deadline = partition.watchdogs.deadline {
        limit = min(limit, slot.engine.instructions(until: deadline) ?? limit)
      }
      if slots.count == 1, end < .max {
        let count = instructionCount
        if count >= end { return }
        limit = min(limit, Int64(clamping: end - count))
      }
      let before = slot.engine.instructionCount
      let exit = runEngine(slot, max(1, limit))
      let ran = slot.engine.instructionCount &- before
      clock.advance(instructions: ran)
      left -= Int64(clamping: max(ran, 1))
      switch exit {
      case .hypercall:
        hypercall(slot)
        devicesAccessed()
        takeRequests()
        // The rest of a slice is no part of what the guest sees, unless other processors wait for it.
        if console.isCongested, !hasFixedOrder { left = 0 }
      case .checkstop:
        slot.control.suspend()
        log("processor \(slot.processor.server) stopped: a machine check in its own handler")
      case .interruptLoop:
        slot.control.suspend()
        stallReason = reportInterruptLoop(of: slot)
      case .budget, .timer, .debugger: break
      }
      expireWatchdogs()
      // The turn continues when the debugger lets the machine continue.
      if !debuggerPermits(slot, after: exit), let end = callService() { outcome = end }
    }
  }

  /// Whether the order in which processors run must not depend on the host.
  private var hasFixedOrder: Bool {
    if case .deterministic = clock { slots.count > 1 } else { false }
  }

  /// Runs no processor until the host has read the guest's output, so that a guest cannot fill the
  /// host's memory and no output is lost. Everything else continues.
  private func waitForReader() -> MachineOutcome? {
    let began = hostClock.nanoseconds
    defer { waitingNanoseconds &+= hostClock.nanoseconds &- began }
    while console.isCongested {
      if let outcome = limitsReached() ?? pollConsole() ?? callService() { return outcome }
      console.waitForReader(
        milliseconds: 100, ignoringInput: !waitingInput.isEmpty,
        or: wakeDescriptors)
      serveDevices()
    }
    return nil
  }

  /// Follows up finished work of devices, and presents the interrupts that they have raised.
  private func serveDevices() {
    work.followUp()
    partition.deliverInterrupts()
  }

  /// The descriptors that end a wait of the machine.
  private var wakeDescriptors: [Int32] {
    (service?.wakeDescriptors ?? []) + work.descriptors
  }

  /// Wakes processors that wait for an interrupt and have one pending.
  private func wakeWaiting() {
    for slot in slots where !slot.control.isRunnable {
      if slot.processor.state != .stopped, slot.engine.hasPendingInterrupt {
        partition.interruptArrived(on: slot.processor)
      }
    }
  }

  /// Waits for the next decrementer interrupt or for the console, when no processor can run.
  private func waitForEvent() -> MachineOutcome? {
    var soonest: UInt64?
    for slot in slots where slot.waitsForInterrupt {
      soonest = min(soonest ?? .max, slot.engine.ticksUntilDecrementer)
    }
    if bootStage != nil { return waitForKey() }
    if let deadline = partition.watchdogs.deadline {
      let now = slots[0].engine.timebase
      soonest = min(soonest ?? .max, deadline > now ? deadline - now : 0)
    }
    guard let ticks = soonest else {
      guard slots.contains(where: { $0.control.isRunnable }) else {
        return .dead(reason: stallReason ?? "all are stopped")
      }
      if debuggerHoldsBack { _ = HostPoll.readable(wakeDescriptors, milliseconds: 100) }
      return nil
    }
    switch clock {
    case .deterministic(let clock):
      // The clock stands still while no processor runs; the wait takes no host time.
      let nanoseconds = max(1, DeterministicClock.nanoseconds(atTick: min(ticks, 1 << 40)))
      clock.advance(nanoseconds: nanoseconds)
    case .host:
      // 512 MHz is 64 ticks in 125 ns.
      let nanoseconds = TimeBase.nanoseconds(ticks: min(ticks, TimeBase.frequency / 10))
      let began = slots[0].engine.timebase
      let waitBegan = hostClock.nanoseconds
      // Input for which the guest has no room must not end the wait.
      console.waitForInput(
        nanoseconds: nanoseconds, ignoringInput: !waitingInput.isEmpty,
        or: wakeDescriptors)
      let waited = slots[0].engine.timebase &- began
      waitingNanoseconds &+= hostClock.nanoseconds &- waitBegan
      for slot in slots where !slot.control.isRunnable { slot.engine.idleTicks &+= waited }
    }
    serveDevices()
    expireWatchdogs()
    wakeWaiting()
    return outcome
  }

  /// Waits for a key, while the firmware has started no program.
  private func waitForKey() -> MachineOutcome? {
    if case .deterministic(let clock) = clock, let wait = bootWait {
      clock.advance(nanoseconds: max(wait, 1))
      return nil
    }
    let began = hostClock.nanoseconds
    console.waitForInput(
      nanoseconds: min(bootWait ?? .max, 100_000_000), ignoringInput: !waitingInput.isEmpty,
      or: wakeDescriptors)
    waitingNanoseconds &+= hostClock.nanoseconds &- began
    return nil
  }

  /// Passes the host's input to the terminal, and executes Ctrl-a commands.
  func pollConsole() -> MachineOutcome? {
    // Bytes for which the terminal has no room are kept here; later ones stay in the host's
    // descriptor.
    if !waitingInput.isEmpty {
      waitingInput.removeFirst(terminal.receive(waitingInput))
      guard waitingInput.isEmpty else { return nil }
    }
    let (bytes, commands) = console.read()
    if !bytes.isEmpty { waitingInput = Array(bytes.dropFirst(terminal.receive(bytes))) }
    for command in commands {
      switch command {
      case .exit:
        service?.notice(.left)
        return .left
      case .help: console.write(Array(HostConsole.help.utf8))
      case .reset:
        requestRestart(.user)
        if let outcome { return outcome }
      case .powerButton: pressPowerButton()
      }
    }
    return nil
  }

  /// Serves the hypercall in a processor's registers.
  private func hypercall(_ slot: ProcessorSlot) {
    // Not a row of the table: rows run with the partition's lock held, and the firmware takes that
    // lock.
    let number = slot.engine[gpr: 3]
    // Where programs may call, they may make that one call only.
    guard slot.engine.machineState & MSR.pr == 0 else { return callAgentService(slot) }
    if number == Hypercall.PrivateNumber.clientInterface { return callFirmware(slot) }
    hypercalls.serve(HypercallContext(partition: partition, processor: slot.processor))
  }

  /// Does what watchdog timers do that have expired.
  private func expireWatchdogs() {
    while let action = partition.watchdogs.takeExpired(at: slots[0].engine.timebase) {
      log("a watchdog timer expired: \(action)")
      service?.notice(.watchdog(action))
      switch action {
      case .powerOff: end(.poweredOff, restarts: configuration.restartsAfterPowerOff, .watchdog)
      case .restart: restartOrEnd(.watchdog)
      case .dumpRestart: partition.systemResetAll()
      }
    }
  }

  /// Executes the requests of the guest to the machine.
  func takeRequests() {
    for request in partition.takeRequests() {
      switch request {
      case .powerOff:
        end(.poweredOff, restarts: configuration.restartsAfterPowerOff)
      case .reboot: restartOrEnd(.guest)
      case .osTerminated(let message):
        service?.notice(.panicked)
        end(.osTerminated(message: message), restarts: configuration.restartsAfterCrash)
      case .clockSet(let change): service?.notice(.clockSet(change: change))
      case .processorStarted: break
      }
    }
  }

  func restartOrEnd(_ cause: RestartCause) {
    if !configuration.allowsRestart { service?.notice(.restartEnds(cause)) }
    end(.rebooted, restarts: configuration.allowsRestart, cause)
  }

  private func end(_ end: MachineOutcome, restarts: Bool, _ cause: RestartCause = .guest) {
    guard restarts else {
      outcome = end
      return
    }
    if end != .rebooted { log("\(end), and is started again") }
    do {
      try restart()
      service?.notice(.reset(cause))
    } catch {
      outcome = .dead(reason: "restart failed: \(error)")
    }
  }

  func limitsReached() -> MachineOutcome? {
    if let signal = configuration.endingSignal() { return .interrupted(signal: signal) }
    if let seconds = configuration.timeout, seconds < elapsedSeconds {
      return .timedOut(seconds: seconds)
    }
    if let limit = configuration.instructionLimit, instructionCount >= limit {
      return .instructionLimit(limit)
    }
    return nil
  }
}
