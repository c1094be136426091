import Dispatch
import Foundation

extension Process {
  /// Starts the process, and kills it when it has not ended within so many seconds.
  func run(atMost seconds: Double) throws {
    try run()
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [self] in
      if isRunning { kill(processIdentifier, SIGKILL) }
    }
  }
}
