import Glibc
import HostSupport

/// A program of this host that is run to its end, without input.
struct HostCommand {
  let program: String
  let arguments: [String]

  init(_ program: String, _ arguments: [String]) {
    (self.program, self.arguments) = (program, arguments)
  }

  struct Outcome {
    /// How it ended; nil when it was killed because its time was over.
    var ending: Ending?
    var output: [UInt8]
    var errors: [UInt8]
  }

  /// Runs it. Signals to this program do not end it, so that a command that cancels jobs works after
  /// one.
  func run(seconds: Double) throws(SpawnError) -> Outcome {
    let child = try Child(program, arguments)
    child.closeInput()
    let deadline = Clock.now + seconds
    var outcome = Outcome(output: [], errors: [])
    while child.output >= 0 || child.errors >= 0, Clock.now < deadline {
      var interests = [child.output, child.errors].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      poll(&interests, nfds_t(interests.count), 1000)
      if child.output >= 0 {
        if let new = Child.read(from: child.output) {
          outcome.output += new
        } else {
          child.closeOutput()
        }
      }
      if child.errors >= 0 {
        if let new = Child.read(from: child.errors) {
          outcome.errors += new
        } else {
          child.closeErrors()
        }
      }
    }
    let isOverdue = child.output >= 0 || child.errors >= 0
    if isOverdue { child.kill(SIGKILL) }
    // A process that has closed its pipes ends at once.
    while true {
      if let ending = child.reap() {
        outcome.ending = isOverdue ? nil : ending
        return outcome
      }
      if Clock.now >= deadline { child.kill(SIGKILL) }
      usleep(1000)
    }
  }
}
