internal import Glibc
internal import Synchronization

/// A stream socket that is connected to a server, which is used until it fails.
final class ServerSocket: Sendable {
  private struct State {
    var failure: ShareServerError?
    var isReported = false
  }

  let descriptor: Int32
  /// Seconds in which an answer must come.
  let patience: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - descriptor: the socket, which this closes.
  ///   - patience: seconds in which an answer must come.
  init(_ descriptor: Int32, patience: Int) {
    (self.descriptor, self.patience) = (descriptor, patience)
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, size)
    }
  }

  deinit { close(descriptor) }

  /// Why the server is of no use any more; nil while it is.
  var failure: ShareServerError? { state.withLock { $0.failure } }

  /// The same, once.
  func takeFailure() -> ShareServerError? {
    state.withLock { state in
      guard !state.isReported, let failure = state.failure else { return nil }
      state.isReported = true
      return failure
    }
  }

  /// Ends the connection. The first reason counts.
  func fail(_ reason: ShareServerError) {
    state.withLock { $0.failure = $0.failure ?? reason }
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// The reason of a call of the host that failed with an error number.
  func reason(_ number: Int32) -> ShareServerError {
    switch number {
    case EPIPE, ECONNRESET: .ended
    case EAGAIN, ECANCELED: .silent(seconds: patience)
    default: .host(action: "its server", number: number)
    }
  }
}
