internal import Glibc
internal import Synchronization

/// The signals that end the program in order: the terminal is given back, files are closed.
enum Interruption {
  private static let wanted = Atomic<Bool>(false)

  static var isWanted: Bool { wanted.load(ordering: .relaxed) }

  static func install() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // A second signal does what it always does.
      signal(number) { number in
        Interruption.wanted.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
    // A reader that goes away shows as a failed write.
    signal(SIGPIPE, SIG_IGN)
  }
}
