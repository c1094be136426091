internal import DeviceTree
internal import GuestMemory
internal import Hypervisor
internal import OpenFirmware
internal import PowerCPU
internal import RTAS

/// Somebody who looks after a machine while it runs: a control socket, a migration.
public protocol MachineAttendant: AnyObject {
  /// Descriptors that become readable when there is something to attend to.
  var wakeDescriptors: [Int32] { get }

  /// Called often, while no processor runs, by the thread that runs the machine.
  /// - Returns: the machine's outcome when it must stop.
  func attend(to machine: PowerMachine) -> MachineOutcome?

  /// Called by the thread that runs the machine at the moment something happens to it.
  func notice(_ event: MachineEvent)
}

/// What happens to a machine that clients of a control socket learn of at once.
public enum MachineEvent: Equatable, Sendable {
  /// The guest starts again from the beginning.
  case reset(RestartCause)
  /// A restart was asked for where none is allowed: the machine ends.
  case restartEnds(RestartCause)
  /// The power button was pressed.
  case powerButton
  /// The guest's operating system gave up.
  case panicked
  /// The guest set its clock, which is now this many seconds ahead of the machine's base.
  case clockSet(change: Int64)
  /// The user left by a key.
  case left
}

/// Who asked for a restart.
public enum RestartCause: Sendable {
  case guest
  /// Of a control socket.
  case client
  /// By a key.
  case user
}

/// Standing still, which a guest does not notice: its time stands still, too.
extension PowerMachine {
  public var isHalted: Bool { haltedAt != nil }

  /// Stops the guest where it is; for the attendant.
  public func halt() {
    guard haltedAt == nil else { return }
    haltedAt = slots[0].engine.timebase
  }

  /// Lets the guest go on after ``halt()``.
  public func resume() {
    guard let haltedAt else { return }
    let missed = slots[0].engine.timebase &- haltedAt
    for slot in slots { slot.engine.timebaseOffset &-= missed }
    self.haltedAt = nil
  }

  /// Calls the attendant, until the guest may go on.
  func attend() -> MachineOutcome? {
    guard let attendant else { return nil }
    if let outcome = attendant.attend(to: self) ?? outcome { return outcome }
    guard isHalted else { return nil }
    let began = hostClock.nanoseconds
    defer { waitingNanoseconds &+= hostClock.nanoseconds &- began }
    while isHalted {
      if let outcome = limitsReached() { return outcome }
      _ = HostPoll.readable(attendant.wakeDescriptors, milliseconds: 100)
      if let outcome = attendant.attend(to: self) ?? outcome { return outcome }
    }
    return nil
  }
}

/// What else an attendant may ask for.
extension PowerMachine {
  /// Restarts the guest, or ends the machine when restarts are not allowed.
  public func requestRestart(_ cause: RestartCause) { restartOrEnd(cause) }

  /// Tells the guest that the power button was pressed.
  public func pressPowerButton() {
    partition.requestPowerOff()
    attendant?.notice(.powerButton)
  }

  /// Takes every processor that has been started through a system reset.
  public func injectSystemReset() { partition.systemResetAll() }

  /// The tree as the guest sees it now, flattened; nil when no firmware has one.
  public var currentTree: [UInt8]? { firmware.flatMap { try? $0.tree.blob() } }
}

/// What a migration of the running guest asks of the machine.
extension PowerMachine {
  /// Notes from now on which pages of memory are written.
  package func watchPages() {
    memory.watchPages()
    for slot in slots { slot.engine.forbidUnseenStores() }
  }

  /// The pages written since they are watched, which are watched anew.
  package func takeWrittenPages() -> [UInt64] {
    let pages = memory.takeWrittenPages()
    for slot in slots { slot.engine.forbidUnseenStores() }
    return pages
  }

  package func stopWatchingPages() { memory.stopWatchingPages() }
}
