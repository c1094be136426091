/// Holds a guest back that writes memory faster than it can be sent.
struct GuestSlowing {
  /// Hundredths of its time that it does not run.
  private(set) var percent = 0
  private var running = Stopwatch()

  /// More when a pass left more than half of what it sent to be sent again.
  mutating func passEnded(sent: Int, written: Int) {
    guard written > sent / 2 else { return }
    percent = percent == 0 ? 20 : min(percent + 10, 95)
    running = Stopwatch()
  }

  /// Waits for as long as is due for the time the guest ran since the last call.
  mutating func holdBack() {
    guard percent > 0 else { return }
    let ran = min(running.milliseconds, 20)
    Stopwatch.sleep(milliseconds: ran * Double(percent) / Double(100 - percent))
    running = Stopwatch()
  }
}
