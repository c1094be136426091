public import JSON

/// The client's side of a control socket: sends commands, and waits for their answers.
public final class ControlConnection {
  private let socket: StreamSocket

  /// Connects, and reads the greeting.
  public init(to address: SocketAddress) throws(SocketError) {
    socket = try StreamSocket(connectingTo: address)
    guard try message()["QMP"] != nil else {
      throw SocketError.peer("\(address) does not greet as a control socket does")
    }
  }

  /// Sends a command, and returns its result.
  /// - Parameters:
  ///   - command: the command's name.
  ///   - arguments: its arguments by name.
  ///   - descriptor: a descriptor to pass with the command; the caller keeps its own.
  public func execute(
    _ command: String, _ arguments: [(name: String, value: JSONValue)] = [],
    passing descriptor: Int32? = nil
  ) throws(ControlConnectionError) -> JSONValue {
    let members = arguments.map { JSONValue.Member(key: $0.name, value: $0.value) }
    let request: JSONValue = [
      "execute": .string(command), "arguments": members.isEmpty ? nil : .object(members),
    ]
    let answer: JSONValue
    do throws(SocketError) {
      try socket.write(Array(request.line.utf8) + [0x0A], passing: descriptor)
      answer = try self.answer()
    } catch {
      throw .connection(error)
    }
    if let value = answer["return"] { return value }
    throw .refused(answer["error"]?["desc"]?.string ?? answer.line)
  }

  /// The next message that is not an event.
  private func answer() throws(SocketError) -> JSONValue {
    while true {
      let message = try message()
      if message["event"] == nil { return message }
    }
  }

  private func message() throws(SocketError) -> JSONValue {
    guard let line = try socket.readLine(limit: 16 << 20) else {
      throw SocketError.peer("the machine hung up")
    }
    do throws(JSONError) { return try JSONValue(parsing: line) } catch {
      throw SocketError.peer("the answer is not JSON: \(error)")
    }
  }
}

/// The reason for which a command has no result.
public enum ControlConnectionError: Error, CustomStringConvertible {
  case connection(SocketError)
  /// The machine's error message.
  case refused(String)

  /// The reason in words.
  public var description: String {
    switch self {
    case .connection(let error): "\(error)"
    case .refused(let reason): reason
    }
  }
}
