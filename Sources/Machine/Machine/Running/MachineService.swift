internal import DeviceTree
internal import GuestMemory
public import Hypervisor
internal import OpenFirmware
internal import PowerCPU
internal import RTAS

/// A service that runs between time slices of a machine: control socket, migration.
public protocol MachineService: AnyObject {
  /// Descriptors that become readable when the service has work.
  var wakeDescriptors: [Int32] { get }

  /// Called often, while no processor runs, by the thread that runs the machine.
  /// - Returns: the machine's outcome when it must stop.
  func runBetweenSlices(of machine: PowerMachine) -> MachineOutcome?

  /// Called by the thread that runs the machine when an event occurs.
  func notice(_ event: MachineEvent)
}

/// An event of a machine that clients of a control socket receive.
public enum MachineEvent: Equatable, Sendable {
  /// The guest starts again from the beginning.
  case reset(RestartCause)
  /// A restart was requested but is not allowed: the machine ends.
  case restartEnds(RestartCause)
  /// The power button was pressed.
  case powerButton
  /// The guest's operating system reported a fatal error.
  case panicked
  /// A watchdog timer of the guest expired.
  case watchdog(WatchdogAction)
  /// The guest set its clock, which is then this many seconds ahead of the machine's base.
  case clockSet(change: Int64)
  /// The user left with Ctrl-a x.
  case left
}

/// The origin of a restart.
public enum RestartCause: Sendable {
  case guest
  /// A client of a control socket.
  case client
  /// The user, with a key.
  case user
  /// A watchdog timer of the guest that expired.
  case watchdog
}

/// Services that share a machine: each has its part between time slices, in their order.
public final class MachineServices: MachineService {
  private let services: [any MachineService]

  /// - Parameter services: the services; the machine ends with the first outcome of one of them.
  public init(_ services: [any MachineService]) { self.services = services }

  /// The descriptors of all.
  public var wakeDescriptors: [Int32] { services.flatMap(\.wakeDescriptors) }

  /// Calls each, until one has an outcome.
  public func runBetweenSlices(of machine: PowerMachine) -> MachineOutcome? {
    for service in services {
      if let outcome = service.runBetweenSlices(of: machine) { return outcome }
    }
    return nil
  }

  /// Passes an event on to each.
  public func notice(_ event: MachineEvent) { for service in services { service.notice(event) } }
}

/// Who keeps a guest halted.
struct HaltCauses: OptionSet {
  let rawValue: Int
  /// A client of the control socket, or the migration.
  static let service = HaltCauses(rawValue: 1)
  static let debugger = HaltCauses(rawValue: 2)
}

/// Halting the guest, which does not observe it: its time is halted, too.
extension PowerMachine {
  /// True while the guest's processors and its time stand still.
  public var isHalted: Bool { !haltCauses.isEmpty }

  /// True after ``halt()``, whatever a debugger does.
  public var isPaused: Bool { haltCauses.contains(.service) }

  /// True while a debugger keeps the guest halted.
  public var isStoppedByDebugger: Bool { haltCauses.contains(.debugger) }

  /// Halts the guest at an instruction boundary; for the service.
  public func halt() { halt(for: .service) }

  /// Resumes the guest after ``halt()``, unless a debugger keeps it halted.
  public func resume() { resume(after: .service) }

  func halt(for cause: HaltCauses) {
    let isFirst = haltCauses.isEmpty
    haltCauses.insert(cause)
    if isFirst { haltedAt = slots[0].engine.timebase }
  }

  func resume(after cause: HaltCauses) {
    haltCauses.remove(cause)
    guard haltCauses.isEmpty, let haltedAt else { return }
    let missed = slots[0].engine.timebase &- haltedAt
    for slot in slots { slot.engine.timebaseOffset &-= missed }
    self.haltedAt = nil
  }

  /// Calls the service until the guest may run.
  func callService() -> MachineOutcome? {
    guard let service else { return nil }
    if let outcome = service.runBetweenSlices(of: self) ?? outcome { return outcome }
    guard isHalted else { return nil }
    let began = hostClock.nanoseconds
    defer { waitingNanoseconds &+= hostClock.nanoseconds &- began }
    while isHalted {
      if let outcome = limitsReached() { return outcome }
      _ = HostPoll.readable(service.wakeDescriptors, milliseconds: 100)
      if let outcome = service.runBetweenSlices(of: self) ?? outcome { return outcome }
    }
    return nil
  }
}

/// Requests of the service.
extension PowerMachine {
  /// Restarts the guest, or ends the machine when restarts are not allowed.
  public func requestRestart(_ cause: RestartCause) { restartOrEnd(cause) }

  /// Reports a press of the power button to the guest.
  public func pressPowerButton() {
    partition.requestPowerOff()
    service?.notice(.powerButton)
  }

  /// Gives every started processor a system reset interrupt.
  public func injectSystemReset() { partition.systemResetAll() }

  /// The guest's current tree, flattened; nil without firmware.
  public var currentTree: [UInt8]? { firmware.flatMap { try? $0.tree.blob() } }
}

/// Functions for the migration of a running guest.
extension PowerMachine {
  /// Starts to record the pages of memory that are written.
  package func watchPages() {
    memory.watchPages()
    for slot in slots { slot.engine.forbidUnrecordedStores() }
  }

  /// The pages written since they were watched; the watch of each begins again.
  package func takeWrittenPages() -> [UInt64] {
    let pages = memory.takeWrittenPages()
    for slot in slots { slot.engine.forbidUnrecordedStores() }
    return pages
  }

  package func stopWatchingPages() { memory.stopWatchingPages() }
}
