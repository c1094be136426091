import Glibc
internal import JSON

/// The engines of a `pseries` program on this machine.
enum AvailableEngines {
  /// - Returns: nil when the program does not list them.
  static func list(_ program: String) -> [String]? {
    guard let child = try? Child(program, ["--platform", "spapr", "--explain"]) else { return nil }
    child.closeInput()
    let deadline = Clock.now + 10
    var answer: [UInt8] = []
    while child.output >= 0, Clock.now < deadline {
      var interest = [pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)]
      poll(&interest, 1, 1000)
      guard let new = Child.read(from: child.output) else { break }
      answer += new
    }
    child.kill(SIGKILL)
    while child.reap() == nil, Clock.now < deadline { usleep(1000) }
    guard let document = try? JSONValue(parsing: answer) else { return nil }
    return document["engines"]?.elements?.compactMap(\.string)
  }
}
