internal import HostSupport

/// A request to a shared folder's server, with the addresses of its bytes in this process.
public struct ShareRequest: Sendable {
  /// What the driver asks for.
  public var readable: [HostBytes]
  /// Where the answer goes.
  public var writable: [HostBytes]

  /// A request from its parts.
  public init(readable: [HostBytes], writable: [HostBytes]) {
    (self.readable, self.writable) = (readable, writable)
  }
}

/// Why a shared folder's server does not do what it is asked for.
public enum ShareServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It has ended.
  case ended
  /// It has not answered for so many seconds.
  case silent(seconds: Int)
  /// Its answer breaks the rules.
  case malformed(String)
  /// A call of the host failed.
  case host(action: String, number: Int32)
  /// What its client has open cannot be saved.
  case notSaved
  /// It refused, with a number of the host's errors.
  case refused(number: Int32)

  /// The reason in words.
  public var description: String {
    switch self {
    case .ended: "its server has ended"
    case .silent(let seconds): "its server has not answered for \(seconds) s"
    case .malformed(let problem): "its server's answer is not valid: \(problem)"
    case .host(let action, let number): "\(action): \(HostError.text(number))"
    case .notSaved: "what its guest has open is in virtiofsd, which cannot save it"
    case .refused(let number): "its server refused: \(HostError.text(number))"
    }
  }
}

/// What serves a shared folder. Calls may block, for a limited time; one thread at a time calls for each
/// queue.
public protocol ShareServer: Sendable {
  /// Serves requests of a queue. Each gets an answer, that of a failed call where there is no other.
  /// - Returns: bytes of each answer.
  func serve(_ requests: [ShareRequest], queue: Int) -> [UInt32]
  /// Why the server is of no use any more, once; nil while it is.
  func takeFailure() -> ShareServerError?
  /// Forgets what the driver has open.
  func reset()
  /// What the driver has open.
  func save() throws(ShareServerError) -> [UInt8]
  /// Opens what ``save()`` gave in another process.
  func restore(_ state: [UInt8]) throws(ShareServerError)
}

extension [HostBytes] {
  /// Copies the first bytes, as many as there are.
  func prefix(bytes count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in self where bytes.count < count {
      bytes += UnsafeRawBufferPointer(
        start: part.start, count: Swift.min(part.count, count - bytes.count))
    }
    return bytes
  }

  /// Stores the first bytes, as many as there is room for.
  func store(_ bytes: [UInt8]) {
    var rest = bytes[...]
    for part in self where !rest.isEmpty {
      let some = rest.prefix(part.count)
      UnsafeMutableRawBufferPointer(start: part.start, count: some.count).copyBytes(from: some)
      rest = rest.dropFirst(some.count)
    }
  }
}
