public import JSON

/// The other end of a control socket: sends commands, and waits for their answers.
public final class ControlConnection {
  private let socket: StreamSocket

  /// Connects, and reads the greeting.
  public init(to address: SocketAddress) throws(SocketError) {
    socket = try StreamSocket(connectingTo: address)
    guard try message()["QMP"] != nil else {
      throw SocketError("\(address) does not greet as a control socket does")
    }
  }

  /// Sends a command, and gives what it returns.
  /// - Parameters:
  ///   - command: the command's name.
  ///   - arguments: its arguments by name.
  ///   - descriptor: one that goes with the command; the sender keeps its own.
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

  /// The next message that is no event.
  private func answer() throws(SocketError) -> JSONValue {
    while true {
      let message = try message()
      if message["event"] == nil { return message }
    }
  }

  private func message() throws(SocketError) -> JSONValue {
    guard let line = try socket.readLine(limit: 16 << 20) else {
      throw SocketError("the machine hung up")
    }
    do throws(JSONError) { return try JSONValue(parsing: line) } catch {
      throw SocketError("the answer is not JSON: \(error)")
    }
  }
}

/// Why a command has no answer.
public enum ControlConnectionError: Error, CustomStringConvertible {
  case connection(SocketError)
  /// The machine's own words.
  case refused(String)

  public var description: String {
    switch self {
    case .connection(let error): "\(error)"
    case .refused(let reason): reason
    }
  }
}
