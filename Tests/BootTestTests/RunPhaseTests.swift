@testable import BootTest
import Testing

/// The phases of a run, by the times of its report and the messages of its kernel.
@Suite struct RunPhaseTests {
  static func phases(
    _ lines: [(Double, String)], starts: [Double] = [0.1], negotiations: [Double] = [0.3],
    end: Double = 5
  ) -> [String] {
    let console = TimedConsole(lines: lines.map(\.1), times: lines.map(\.0))
    return RunPhase.phases(
      starts: starts, negotiations: negotiations, console: console, end: end
    ).map { "\($0.kind.rawValue) \(decimal($0.from)) to \(decimal($0.to))" }
  }

  /// The first messages are shown at 2 s, when the console is ready, 1.6 s after the kernel's start.
  @Test func aLinuxKernel() {
    #expect(
      Self.phases([
        (0.2, "Preparing to boot Linux version 6.1"),
        (2, "[    0.000000] Linux version 6.1"), (2, "[    0.700000] devtmpfs: initialized"),
        (2, "[    1.600000] printk: console [hvc0] enabled"),
        (3, "[    2.500000] Run /init as init process"), (3.5, "=== GUEST UP ==="),
        (4.8, "[    4.100000] reboot: Power down"),
      ]) == [
        "loading 0 to 0.1", "firmware 0.1 to 0.3", "negotiation 0.3 to 0.4", "kernel 0.4 to 1.1",
        "devices 1.1 to 3", "user space 3 to 4.8", "shutdown 4.8 to 5",
      ])
  }

  @Test func aProgramThatIsNoLinux() {
    #expect(
      Self.phases([(0.2, "=== papr test guest ==="), (0.9, "[1] done")], end: 1)
        == ["loading 0 to 0.1", "firmware 0.1 to 0.3", "program 0.3 to 1"])
  }

  @Test func withoutAReport() {
    #expect(Self.phases([], starts: [], negotiations: [], end: 1) == ["loading 0 to 1"])
    #expect(Self.phases([], starts: [], negotiations: [], end: 0) == [])
  }

  @Test func aCrashKernelStartsAgain() {
    let kinds = Self.phases([
      (1, "[    0.000000] Linux version 6"), (2, "[    1.000000] Kernel panic - not syncing"),
      (3, "[    0.000000] Linux version 6"), (4, "[    1.000000] Run /init as init process"),
    ]).map { String($0.prefix { !$0.isNumber }) }
    #expect(
      kinds == [
        "loading ", "firmware ", "negotiation ", "kernel ", "panic ", "kernel ", "user space ",
      ])
  }

  /// With a clock that counts instructions the stamps may run faster than ours.
  @Test func stampsThatRunFastStayBehindTheNegotiation() {
    #expect(
      Self.phases(
        [
          (0.6, "[    0.000000] Linux version 6"), (0.6, "[   20.000000] console [hvc0] enabled"),
          (1, "[   40.000000] Run /init as init process"),
        ], end: 2) == [
          "loading 0 to 0.1", "firmware 0.1 to 0.3", "kernel 0.3 to 1", "user space 1 to 2",
        ])
  }

  /// Whatever a guest prints, the phases are within the run and in order.
  @Test(arguments: [
    "[] x", "[.] x", "[1.2.3] x", "[    inf] x", "[99999999999999999999.0] Run a as init process",
    "[  0.0", "]", "[-1.0] reboot: x", "[ 1e9.0] x",
  ])
  func hostileStamps(line: String) {
    let console = TimedConsole(lines: [line, line], times: [0.5, 0.6])
    let phases = RunPhase.phases(starts: [0.1, 9], negotiations: [-3], console: console, end: 1)
    #expect(phases.allSatisfy { 0 <= $0.from && $0.from < $0.to && $0.to <= 1 })
    #expect(zip(phases, phases.dropFirst()).allSatisfy { $0.to == $1.from })
  }
}
