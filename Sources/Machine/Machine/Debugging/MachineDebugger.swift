internal import Hypervisor
public import PowerCPU

/// A debugger's part in a machine: what each processor may do, where it stops, and why it has.
///
/// The machine stops within a round, at the instruction that stopped a processor, and continues there:
/// the order in which processors run is the same with a debugger as without.
public final class MachineDebugger {
  /// What a processor does when the machine continues.
  public enum Action: Equatable, Sendable {
    /// It runs no instruction.
    case stay
    case run
    /// It runs one instruction, or as many as leave the range of effective addresses.
    case step(Range<UInt64>?)
  }

  /// Why the machine has stopped.
  public enum Reason: Equatable, Sendable {
    /// The debugger has asked for it, or the guest has not begun.
    case request
    case step
    case stop(DebugStop)
  }

  /// A stop of the machine.
  public struct Stop: Equatable, Sendable {
    /// The processor, by its number.
    public var processor: Int
    /// The reason.
    public var reason: Reason

    /// A stop of a processor.
    public init(processor: Int, reason: Reason) {
      (self.processor, self.reason) = (processor, reason)
    }
  }

  /// The places that stop a processor; they take effect when the machine continues.
  public var points = DebugPoints()
  /// Whether a step takes a pending interrupt first. Otherwise it waits until the processor runs, so that
  /// steps stay in the code that is debugged.
  public var stepsTakeInterrupts = false
  /// What the processors do, by their numbers; all run beyond its end.
  private var actions: [Action] = []
  /// The stop that the debugger has not taken yet.
  private var stop: Stop?

  init() {}

  /// The stop since the last call.
  public func takeStop() -> Stop? {
    defer { stop = nil }
    return stop
  }

  func action(of processor: Int) -> Action {
    actions.indices.contains(processor) ? actions[processor] : .run
  }

  func note(_ reason: Reason, of processor: Int) {
    stop = Stop(processor: processor, reason: reason)
  }

  /// Forgets a stop, and takes the processors' next actions.
  func prepare(_ actions: [Action]) {
    stop = nil
    self.actions = actions
  }

  /// Whether a processor that runs would stop at places that were given up: a step over one of them,
  /// without anything else, does not change the processors' code.
  var needsBreakpoints: Bool {
    actions.isEmpty
      || actions.contains {
        switch $0 {
        case .stay, .step(nil): false
        case .run, .step: true
        }
      }
  }
}

extension PowerMachine {
  /// Lets a debugger take part. To be called once, before the machine runs.
  public func makeDebugger() -> MachineDebugger {
    let debugger = MachineDebugger()
    self.debugger = debugger
    return debugger
  }

  /// Stops the guest for the debugger, at an instruction boundary; for a service.
  public func stopForDebugger() {
    guard let debugger, !haltCauses.contains(.debugger) else { return }
    debugger.note(.request, of: runningSlot.map { number(of: $0) } ?? 0)
    halt(for: .debugger)
  }

  /// Continues after a stop for the debugger.
  /// - Parameter actions: what each processor does, by its number; none for all to run.
  public func continueForDebugger(_ actions: [MachineDebugger.Action] = []) {
    guard let debugger else { return }
    debugger.prepare(actions)
    for slot in slots {
      var points = debugger.points
      if !debugger.needsBreakpoints {
        points.breakpoints = slot.engine.debugPoints.breakpoints
      }
      slot.engine.debugPoints = points
    }
    resume(after: .debugger)
  }

  private func number(of slot: ProcessorSlot) -> Int { Int(slot.processor.server) }

  /// Whether a debugger lets a processor run.
  func mayRun(_ slot: ProcessorSlot) -> Bool {
    debugger.map { $0.action(of: number(of: slot)) != .stay } ?? true
  }

  /// Whether a debugger keeps a processor that could run from running.
  var debuggerHoldsBack: Bool {
    debugger != nil && slots.contains { $0.control.isRunnable && !mayRun($0) }
  }

  /// Runs a processor until an exit, for at most `limit` instructions; one where the debugger steps.
  func runEngine(_ slot: ProcessorSlot, _ limit: Int64) -> EngineExit {
    if let debugger, case .step = debugger.action(of: number(of: slot)) {
      return slot.engine.step(takingInterrupts: debugger.stepsTakeInterrupts)
    }
    return slot.engine.run(instructions: limit)
  }

  /// Stops the machine if a debugger wants it after what a processor has done: to be called when the
  /// exit has been handled.
  /// - Returns: whether the debugger lets the processor continue its turn.
  func debuggerPermits(_ slot: ProcessorSlot, after exit: EngineExit) -> Bool {
    guard let debugger, !haltCauses.contains(.debugger) else { return true }
    let engine = slot.engine
    if exit == .debugger {
      guard let stop = engine.debugStop, stop.isWanted(by: debugger.points, at: engine) else {
        // The debugger has given the place up since.
        engine.debugPoints = debugger.points
        return true
      }
      debugger.note(.stop(stop), of: number(of: slot))
    } else if case .step(let range) = debugger.action(of: number(of: slot)) {
      if let range, range.contains(engine.nextInstruction) { return true }
      debugger.note(.step, of: number(of: slot))
    } else {
      return true
    }
    halt(for: .debugger)
    return false
  }
}

extension DebugStop {
  fileprivate func isWanted(by points: DebugPoints, at engine: VirtualProcessor) -> Bool {
    switch self {
    case .breakpoint: points.breakpoints.contains(engine.nextInstruction)
    case .watch(let watch, _): points.watches.contains(watch)
    }
  }
}
