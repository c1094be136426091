/// A part of a cell's run.
struct RunPhase: Sendable, Equatable {
  enum Kind: String, CaseIterable, Sendable {
    /// The program starts and loads the guest.
    case loading
    /// A client program runs in the firmware's care, up to its negotiation.
    case firmware
    /// From the negotiation to the kernel's first message.
    case negotiation
    /// A client program that is no Linux, after its negotiation.
    case program
    case kernel
    /// The kernel's drivers.
    case devices
    case user = "user space"
    case shutdown
    case panic
  }

  var kind: Kind
  var from: Double
  var to: Double
}

extension RunPhase {
  /// The phases of a run: by the report's times, and by the messages of Linux kernels with their time
  /// stamps.
  /// - Parameters:
  ///   - starts: when programs were entered.
  ///   - end: the end of the process; all times count from its start.
  static func phases(
    starts: [Double], negotiations: [Double], console: TimedConsole, end: Double
  ) -> [RunPhase] {
    let events =
      starts.map { ($0, Kind.firmware) } + negotiations.map { ($0, Kind.negotiation) }
      + KernelEvents.events(in: console, after: starts + negotiations)
    // Events of one time keep their order.
    let ordered = events.enumerated().sorted {
      ($0.element.0, $0.offset) < ($1.element.0, $1.offset)
    }.map(\.element)
    var phases = [RunPhase(kind: .loading, from: 0, to: 0)]
    for (time, kind) in ordered where kind != phases[phases.count - 1].kind {
      let time = min(max(time.withMilliseconds, phases[phases.count - 1].from), end)
      phases[phases.count - 1].to = time
      phases.append(RunPhase(kind: kind, from: time, to: time))
    }
    phases[phases.count - 1].to = max(end, phases[phases.count - 1].from)
    for index in phases.indices where phases[index].kind == .negotiation {
      let next = index + 1 < phases.count ? phases[index + 1].kind : nil
      if next != .kernel { phases[index].kind = .program }
    }
    return phases.filter { $0.to > $0.from }
  }
}

/// The phases of Linux kernels, by their messages.
private enum KernelEvents {
  private struct Message {
    /// The kernel's time stamp.
    var stamp: Double
    var text: Substring

    /// `[    0.861724] evm: security.ima`, as the kernel prints a message; nil for other lines.
    init?(_ line: String) {
      guard line.first == "[", let end = line.firstIndex(of: "]") else { return nil }
      let digits = line[..<end].dropFirst().drop { $0 == " " }
      guard digits.contains("."), digits.allSatisfy({ "0123456789.".contains($0) }),
        let stamp = Double(digits)
      else { return nil }
      self.stamp = stamp
      text = line[line.index(after: end)...].drop { $0 == " " }
    }

    /// `printk: console [hvc0] enabled`, or a console of early boot.
    var announcesConsole: Bool { text.contains("console [") && text.contains("] enabled") }

    var kind: RunPhase.Kind? {
      if text.hasPrefix("Run "), text.hasSuffix(" as init process") { return .user }
      if text.hasPrefix("smp: Brought up") || text.hasPrefix("devtmpfs: initialized") {
        return .devices
      }
      if text.hasPrefix("reboot: ") { return .shutdown }
      return text.hasPrefix("Kernel panic") ? .panic : nil
    }
  }

  /// A kernel's first messages are shown late, all at once when its console is ready, which a message
  /// says; the kernel's own time stamps say how long before they were made.
  /// - Parameter earlier: the times of what happened before kernels. With a clock that counts
  ///   instructions the stamps run faster or slower than ours.
  static func events(
    in console: TimedConsole, after earlier: [Double]
  ) -> [(Double, RunPhase.Kind)] {
    var events: [(Double, RunPhase.Kind)] = []
    var boot: [(message: Message, shown: Double)] = []
    func finish() {
      guard let first = boot.first else { return }
      let bound = earlier.filter { $0 <= first.shown }.max() ?? 0
      let ready = boot.firstIndex { $0.message.announcesConsole } ?? -1
      func time(_ index: Int) -> Double {
        guard index <= ready else { return boot[index].shown }
        let before = boot[ready].message.stamp - boot[index].message.stamp
        return max(boot[ready].shown - before, bound)
      }
      events.append((time(0), .kernel))
      for index in boot.indices {
        if let kind = boot[index].message.kind { events.append((time(index), kind)) }
      }
      boot = []
    }
    for (index, line) in console.lines.enumerated() {
      guard let shown = console.time(index), let message = Message(line) else { continue }
      // The clock of a kernel that is started by another one begins again.
      if let last = boot.last, message.stamp == 0, last.message.stamp > 0 { finish() }
      boot.append((message, shown))
    }
    finish()
    return events
  }
}
