public import CallInterface
internal import Hypervisor
internal import PowerCPU
internal import PowerISA

extension PowerMachine {
  /// The processor that runs, and its time: what an observer may add to an event when it is called.
  ///
  /// While one of the machine's observers is called, the moment is that of the event.
  public var moment: CallMoment {
    guard let slot = runningSlot ?? slots.first else {
      return CallMoment(processor: 0, nanoseconds: clock.nanoseconds, timebase: 0, instructions: 0)
    }
    let engine = slot.engine
    let timebase = engine.timebase
    // Of a deterministic clock too: it stands still while a processor runs, and the timebase does not.
    let ticks = timebase &- engine.timebaseOffset
    return CallMoment(
      processor: slot.processor.server, nanoseconds: TimeBase.nanoseconds(ticks: ticks),
      timebase: timebase, instructions: engine.instructionCount)
  }
}
