internal import Devices
internal import CallInterface
internal import Hypervisor
internal import PowerCPU
internal import PowerISA
internal import RTAS

/// A processor with everything the machine needs to run it.
struct ProcessorSlot {
  let engine: VirtualProcessor
  let control: EngineControl
  let processor: PartitionProcessor

  /// Whether it runs again when an interrupt is pending; one that conferred its time with interrupts
  /// disabled waits for H_PROD.
  var waitsForInterrupt: Bool {
    switch processor.state {
    case .ceded: true
    case .conferred: control.externalInterruptsEnabled
    default: false
    }
  }
}

/// Whose turn it is to run, and for how long still.
struct Turn {
  /// Instructions a processor may run before another's turn and before the console is looked at.
  static let slice: Int64 = 50_000

  var processor = 0
  var left = slice
  /// Whether a processor has run since the first one's turn began.
  var somebodyRan = false
}

extension PowerMachine {
  /// Runs until the machine ends or is to pause; after a pause it can go on.
  public func run() -> MachineOutcome {
    while true {
      while turn.processor < slots.count {
        let slot = slots[turn.processor]
        if slot.control.isRunnable {
          turn.somebodyRan = true
          if let outcome = runSlice(slot) ?? outcome { return outcome }
          if turn.left > 0, let outcome = pauseDue() { return outcome }
        }
        turn.processor += 1
        turn.left = Turn.slice
      }
      let somebodyRan = turn.somebodyRan
      turn = Turn()
      if let outcome = limitsReached() ?? pollConsole() ?? attend() { return outcome }
      wakeWaiting()
      if !somebodyRan, let outcome = waitForEvent() { return outcome }
      if let outcome = pauseDue() { return outcome }
    }
  }

  /// The pause the user wanted, once.
  private func pauseDue() -> MachineOutcome? {
    guard let count = pauseAt, instructionCount >= count else { return nil }
    pauseAt = nil
    return .paused(at: instructionCount)
  }

  /// Lets one processor run until its slice is over, it can run no longer, or a pause is due.
  /// - Returns: the machine's outcome when it ended while the guest's output waited for its reader.
  private func runSlice(_ slot: ProcessorSlot) -> MachineOutcome? {
    slot.control.hasYielded = false
    while turn.left > 0, slot.control.isRunnable, !slot.control.hasYielded, outcome == nil {
      var limit = min(turn.left, slot.engine.instructionsUntilDecrementer ?? turn.left)
      if let pauseAt {
        let count = instructionCount
        if count >= pauseAt { return nil }
        limit = min(limit, Int64(clamping: pauseAt - count))
      }
      let before = slot.engine.instructionCount
      let exit = slot.engine.run(instructions: max(1, limit))
      let ran = slot.engine.instructionCount &- before
      clock.advance(instructions: ran)
      turn.left -= Int64(clamping: max(ran, 1))
      switch exit {
      case .hypercall:
        hypercall(slot)
        takeRequests()
        if console.isCongested, let outcome = waitForReader() { return outcome }
      case .checkstop:
        slot.control.suspend()
        log("processor \(slot.processor.server) stopped: a machine check in its own handler")
      case .interruptLoop:
        slot.control.suspend()
        standstill = reportInterruptLoop(of: slot)
      case .budget, .timer: break
      }
    }
    // Suspended, or it gave the rest away.
    if !slot.control.isRunnable || slot.control.hasYielded { turn.left = 0 }
    return nil
  }

  /// Lets no processor run until the host has taken what the guest printed: a guest cannot fill the
  /// host's memory, nor is anything lost. All else goes on.
  private func waitForReader() -> MachineOutcome? {
    let began = hostClock.nanoseconds
    defer { waitingNanoseconds &+= hostClock.nanoseconds &- began }
    while console.isCongested {
      if let outcome = limitsReached() ?? pollConsole() ?? attend() { return outcome }
      console.waitForReader(
        milliseconds: 100, ignoringInput: !waitingInput.isEmpty,
        or: attendant?.wakeDescriptors ?? [])
    }
    return nil
  }

  /// Wakes processors that wait for an interrupt and have one.
  private func wakeWaiting() {
    for slot in slots where !slot.control.isRunnable {
      if slot.processor.state != .stopped, slot.engine.hasPendingInterrupt {
        partition.interruptArrived(on: slot.processor)
      }
    }
  }

  /// Nobody can run: waits for the next decrementer or for the console.
  private func waitForEvent() -> MachineOutcome? {
    var soonest: UInt64?
    for slot in slots where slot.waitsForInterrupt {
      soonest = min(soonest ?? .max, slot.engine.ticksUntilDecrementer)
    }
    guard let ticks = soonest else {
      return slots.contains { $0.control.isRunnable }
        ? nil : .dead(reason: standstill ?? "all are stopped")
    }
    switch clock {
    case .deterministic(let clock):
      // Time stands still while nobody runs; the wait takes no time of the host's.
      let nanoseconds = max(1, DeterministicClock.nanoseconds(atTick: min(ticks, 1 << 40)))
      clock.advance(nanoseconds: nanoseconds)
    case .host:
      // 512 MHz is 64 ticks in 125 ns.
      let nanoseconds = TimeBase.nanoseconds(ticks: min(ticks, TimeBase.frequency / 10))
      let began = slots[0].engine.timebase
      let waitBegan = hostClock.nanoseconds
      // Input that the guest has no room for must not end the wait each time.
      console.waitForInput(
        nanoseconds: nanoseconds, ignoringInput: !waitingInput.isEmpty,
        or: attendant?.wakeDescriptors ?? [])
      let waited = slots[0].engine.timebase &- began
      waitingNanoseconds &+= hostClock.nanoseconds &- waitBegan
      for slot in slots where !slot.control.isRunnable { slot.engine.idleTicks &+= waited }
    }
    wakeWaiting()
    return nil
  }

  /// Hands input of the host to the terminal, and obeys Ctrl-a commands.
  private func pollConsole() -> MachineOutcome? {
    // What the terminal has no room for waits here, and what comes after it at the host.
    if !waitingInput.isEmpty {
      waitingInput.removeFirst(terminal.receive(waitingInput))
      guard waitingInput.isEmpty else { return nil }
    }
    let (bytes, commands) = console.read()
    waitingInput = Array(bytes.dropFirst(terminal.receive(bytes)))
    for command in commands {
      switch command {
      case .exit:
        attendant?.notice(.left)
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

  /// Serves the call in a processor's registers.
  private func hypercall(_ slot: ProcessorSlot) {
    // Not a row of the table: rows run with the partition's lock held, and the firmware takes it.
    if slot.engine[gpr: 3] == 0xF005 { return callFirmware(slot) }
    hypercalls.serve(HypercallContext(partition: partition, processor: slot.processor))
  }

  /// Does what the guest asked of the machine.
  func takeRequests() {
    for request in partition.takeRequests() {
      switch request {
      case .powerOff:
        end(.poweredOff, restarts: configuration.restartsAfterPowerOff)
      case .reboot: restartOrEnd(.guest)
      case .osTerminated(let message):
        attendant?.notice(.panicked)
        end(.osTerminated(message: message), restarts: configuration.restartsAfterCrash)
      case .clockSet(let change): attendant?.notice(.clockSet(change: change))
      case .processorStarted: break
      }
    }
  }

  func restartOrEnd(_ cause: RestartCause) {
    if !configuration.allowsRestart { attendant?.notice(.restartEnds(cause)) }
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
      attendant?.notice(.reset(cause))
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
