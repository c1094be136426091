/// Slows down a guest that writes memory faster than it can be sent.
struct GuestSlowing {
  /// The part of its time for which the guest is halted, in percent.
  private(set) var percent = 0
  private var running = Stopwatch()

  /// Raises the percentage when the guest wrote more than half of what the pass sent.
  mutating func passEnded(sent: Int, written: Int) {
    guard written > sent / 2 else { return }
    percent = percent == 0 ? 20 : min(percent + 10, 95)
    running = Stopwatch()
  }

  /// Waits in proportion to the time that the guest ran since the last call.
  mutating func holdBack() {
    guard percent > 0 else { return }
    let ran = min(running.milliseconds, 20)
    Stopwatch.sleep(milliseconds: ran * Double(percent) / Double(100 - percent))
    running = Stopwatch()
  }
}
