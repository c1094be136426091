internal import Glibc
package import HostSupport
package import Machine
internal import RemoteDebugging

/// A debugger that sends a machine packets of all kinds, whole and damaged: a service of that machine.
///
/// It stops the machine and lets it run, again and again, until it has sent all its packets; then it
/// lets the machine go.
package final class HostileDebugger: MachineService {
  private let debugger: MachineDebugger
  private let callbacks: DebugSession.HostCallbacks
  private var packets: PacketGenerator
  private var session: DebugSession?
  private var left: Int
  /// Whether no packet changes the guest.
  private let isHarmless: Bool
  /// Always readable, so that a stopped machine does not wait.
  private let zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC)
  /// The most bytes that waited for the debugger.
  package private(set) var mostOutput = 0
  /// How many packets were sent.
  package private(set) var sent = 0
  /// How many sessions there were.
  package private(set) var sessions = 0

  /// - Parameters:
  ///   - machine: a machine that has not run, which keeps this service until it is freed.
  ///   - packets: how many.
  ///   - isHarmless: whether no packet changes registers, memory or the machine's course.
  ///   - numbers: what the packets depend on.
  package init(
    _ machine: PowerMachine, packets: Int, isHarmless: Bool, numbers: SplitMix64
  ) {
    debugger = machine.makeDebugger()
    callbacks = DebugSession.HostCallbacks { _, _ throws(MonitorError) in
      throw .file("not written")
    }
    (left, self.isHarmless) = (packets, isHarmless)
    self.packets = PacketGenerator(numbers: numbers, isHarmless: isHarmless)
  }

  deinit { close(zeros) }

  package var wakeDescriptors: [Int32] { [zeros] }

  package func notice(_ event: MachineEvent) {}

  package func runBetweenSlices(of machine: PowerMachine) -> MachineOutcome? {
    guard left > 0 else {
      session?.release()
      session = nil
      return nil
    }
    // The guest must not end before all is sent.
    if let session, !machine.isStoppedByDebugger, packets.below(8) > 0 {
      session.receive([3])
      session.reportStop()
    }
    for _ in 0..<min(left, 1 + packets.below(20)) {
      (left, sent) = (left - 1, sent + 1)
      let session = session ?? DebugSession(machine, debugger, callbacks)
      if self.session == nil { sessions += 1 }
      self.session = session
      session.receive(packets.next())
      session.reportStop()
      mostOutput = max(mostOutput, session.takeOutput().count)
      guard session.isOver else { continue }
      self.session = nil
      if let outcome = session.outcome { return outcome }
    }
    return nil
  }
}
