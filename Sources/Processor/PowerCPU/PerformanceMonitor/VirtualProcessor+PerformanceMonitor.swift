import PowerISA

// Book III chapter 10, limited to cycles and completed instructions: PMC1 to PMC4 count them when
// MMCR1 selects them, PMC5 completed instructions and PMC6 cycles always (2.05 and later). Nothing
// else is counted, sampled or recorded: the branch history buffer stays empty, and time base and
// threshold events do not occur.
extension VirtualProcessor {
  /// Processor cycles, without those of idle time.
  var cycles: UInt64 { TimeBase.cycles(ticks: timebase &- idleTicks) }

  private func counter(_ index: Int) -> UInt64 {
    specialPurposeRegisters[SPR.Number.pmc1 + index]
  }

  // MARK: registers

  func readMonitorRegister(_ number: Int) -> UInt64 {
    bringCountersUpToDate()
    return specialPurposeRegisters[number]
  }

  func writeMonitorRegister(_ number: Int, _ value: UInt64) {
    bringCountersUpToDate()
    switch number {
    case SPR.Number.mmcr0: specialPurposeRegisters[number] = value & hardware.mmcr0Mask
    case SPR.Number.pmc1...SPR.Number.pmc6:
      specialPurposeRegisters[number] = value & 0xFFFF_FFFF
    default: specialPurposeRegisters[number] = value
    }
    monitorStateChanged()
    // The caller must compute again how long this processor may run.
    if monitor.isCounting { requestExit(.timer) }
  }

  // MARK: counting

  /// Updates the counters.
  func bringCountersUpToDate() {
    guard monitor.isCounting else { return }
    let instructions = instructionCount
    let cycles = cycles
    let countedCycles = min(cycles &- monitor.cycles, cyclesUntilFreeze ?? .max)
    for index in 0..<6 {
      let more: UInt64
      switch monitor.events[index] {
      case .nothing: continue
      case .instructions: more = instructions &- monitor.instructions
      case .cycles: more = countedCycles
      }
      // A counter that overflows its 31 bits in one step is negative as well.
      let old = counter(index)
      let new = old &+ more
      let isLong = old < PerformanceMonitor.negative && more >= PerformanceMonitor.negative
      specialPurposeRegisters[SPR.Number.pmc1 + index] =
        (isLong ? new | PerformanceMonitor.negative : new) & 0xFFFF_FFFF
    }
    monitor.instructions = instructions
    monitor.cycles = cycles
    alertIfConditionEnabled()
  }

  /// Cycles after which a counter of cycles alerts and, with MMCR0[FCECE], freezes the counters:
  /// cycles after that are not counted, however late the alert is detected.
  private var cyclesUntilFreeze: UInt64? {
    let control = specialPurposeRegisters[SPR.Number.mmcr0]
    guard control & (MMCR0.pmae | MMCR0.fcece) == MMCR0.pmae | MMCR0.fcece else { return nil }
    var soonest: UInt64?
    for index in 0..<6
    where control & conditionBit(index) != 0 && monitor.events[index] == .cycles
      && counter(index) < PerformanceMonitor.negative
    {
      soonest = min(soonest ?? .max, PerformanceMonitor.negative - counter(index))
    }
    return soonest
  }

  /// Determines the events to count. The counters must have been updated before.
  func monitorStateChanged() {
    bringCountersUpToDate()
    let control = specialPurposeRegisters[SPR.Number.mmcr0]
    monitor.followsState = control & MMCR0.fc == 0
    monitor.isCounting = false
    for index in 0..<6 {
      let event = isFrozen(index, control) ? .nothing : selectedEvent(index)
      monitor.events[index] = event
      if event != .nothing { monitor.isCounting = true }
    }
    monitor.instructions = instructionCount
    monitor.cycles = cycles
    alertIfConditionEnabled()
    updateMonitorInterrupt()
  }

  private func selectedEvent(_ index: Int) -> PerformanceMonitor.Event {
    switch index {
    case 4 where hardware.isa >= .v2_05: .instructions
    case 5 where hardware.isa >= .v2_05: .cycles
    case 4, 5: .nothing
    default:
      PerformanceMonitor.selected(index, by: specialPurposeRegisters[SPR.Number.mmcr1], hardware)
    }
  }

  /// Whether the processor's state and the control registers freeze a counter.
  private func isFrozen(_ index: Int, _ control: UInt64) -> Bool {
    guard hasPerformanceMonitor else { return true }
    let msr = state.pointee.msr
    let isProblemState = msr & MSR.pr != 0
    var freezing = MMCR0.fc | (isProblemState ? MMCR0.fcp : MMCR0.fcs)
    freezing |= msr & MSR.pmm != 0 ? MMCR0.fcm1 : MMCR0.fcm0
    freezing |= index < 4 ? MMCR0.fc14 : MMCR0.fc56
    if control & freezing != 0 { return true }
    let perCounter = isProblemState ? MMCR2.fcp(index) : MMCR2.fcs(index)
    if specialPurposeRegisters[SPR.Number.mmcr2] & perCounter != 0 { return true }
    // They count run cycles and run instructions.
    let runs = specialPurposeRegisters[SPR.Number.controlWrite] & 1 != 0
    return index >= 4 && !runs && control & MMCR0.c56run == 0
  }

  // MARK: alerts

  private func conditionBit(_ index: Int) -> UInt64 { index == 0 ? MMCR0.pmc1ce : MMCR0.pmcjce }

  /// Alerts, once, for a counter that is negative where that condition is enabled.
  private func alertIfConditionEnabled() {
    var control = specialPurposeRegisters[SPR.Number.mmcr0]
    guard hasPerformanceMonitor, control & MMCR0.pmae != 0 else { return }
    let isMet = (0..<6).contains {
      control & conditionBit($0) != 0 && counter($0) & PerformanceMonitor.negative != 0
    }
    guard isMet else { return }
    control = control & ~MMCR0.pmae | MMCR0.pmao
    if control & MMCR0.fcece != 0 { control |= MMCR0.fc }
    specialPurposeRegisters[SPR.Number.mmcr0] = control
    recordSample()
    monitorStateChanged()
  }

  /// Records the sampled address and state: those of the next instruction.
  private func recordSample() {
    specialPurposeRegisters[SPR.Number.siar] = state.pointee.nia
    let isProblemState = state.pointee.msr & MSR.pr != 0
    if hardware.isa >= .v2_07 {
      // SIAR valid, and its state.
      specialPurposeRegisters[SPR.Number.sier] = 1 << 58 | (isProblemState ? 1 << 61 : 0)
    } else {
      // SIPR, where POWER6 and POWER7 have it in MMCRA.
      let sampledProblemState: UInt64 = 1 << 41
      specialPurposeRegisters[SPR.Number.mmcra] &= ~sampledProblemState
      if isProblemState { specialPurposeRegisters[SPR.Number.mmcra] |= sampledProblemState }
    }
  }

  /// An alert interrupts until software clears PMAO, or causes an event-based branch.
  private func updateMonitorInterrupt() {
    let control = specialPurposeRegisters[SPR.Number.mmcr0]
    if control & (MMCR0.pmao | MMCR0.ebe) == MMCR0.pmao {
      state.pointee.pending.insert(.performanceMonitor)
    } else {
      state.pointee.pending.remove(.performanceMonitor)
    }
    updateEventBasedBranch()
  }

  /// Instructions until a counter becomes negative where that alerts, if they can be computed.
  var instructionsUntilAlert: Int64? {
    let control = specialPurposeRegisters[SPR.Number.mmcr0]
    guard monitor.isCounting, control & MMCR0.pmae != 0 else { return nil }
    var soonest: Int64?
    for index in 0..<6 where control & conditionBit(index) != 0 {
      // No counter is negative: that would have been an alert.
      let left = PerformanceMonitor.negative &- counter(index)
      let instructions: Int64?
      switch monitor.events[index] {
      case .nothing: continue
      case .instructions: instructions = Int64(left)
      case .cycles:
        let ticks = (left * 64 + 124) / 125
        instructions = clock.instructions(until: timebase &- timebaseOffset &+ ticks)
      }
      if let instructions { soonest = min(soonest ?? .max, instructions) }
    }
    return soonest
  }
}
