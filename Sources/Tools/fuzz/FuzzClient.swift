import ArgumentParser
import Glibc
import JSON
import MachineControl

/// A client of a running program's sockets: random requests to a control socket, or a file sent to one
/// at which a guest is awaited.
struct FuzzClient: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client",
    abstract: "Random requests to a control socket, with descriptors; or a stream to --incoming.")

  @Option(help: "What the requests depend on.")
  var seed: UInt64 = 1

  @Option(help: "How many requests.")
  var requests = 200

  @Option(help: "A file to send instead.")
  var stream: String?

  @Argument(help: "Where the socket is.", transform: { try SocketAddress($0) })
  var address: SocketAddress

  func run() throws {
    if let stream { return try send(stream) }
    var generator = InputGenerator(seed: seed, input: 0)
    var connection: StreamSocket?
    for _ in 0..<requests {
      // Many connections, of which some end within a request.
      if connection == nil || generator.below(20) == 0 {
        connection = try StreamSocket(connectingTo: address)
      }
      let passed = generator.below(3) == 0 ? Self.descriptor(&generator) : nil
      defer { if let passed { close(passed) } }
      do {
        try connection?.write(Self.request(&generator), passing: passed)
        if generator.below(2) == 0 { _ = connection?.discardAvailable() }
      } catch {
        connection = nil
      }
    }
  }

  private func send(_ stream: String) throws {
    let socket = try StreamSocket(connectingTo: address)
    let file = open(stream, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &piece, piece.count)
      guard count > 0 else { break }
      do { try socket.write(Array(piece[..<count])) } catch { break }
    }
    // The answers, up to the end: a guest that is accepted is never started.
    while (try? socket.readLine()) ?? nil != nil {}
  }

  /// A descriptor of some kind.
  private static func descriptor(_ generator: inout InputGenerator) -> Int32? {
    switch generator.below(5) {
    case 0: return open("/dev/null", O_RDWR | O_CLOEXEC)
    case 1: return open("/", O_RDONLY | O_CLOEXEC)
    case 2:
      var template = Array("/tmp/fuzz-client.XXXXXX".utf8CString)
      let file = mkstemp(&template)
      unlink(template)
      return file
    case 3:
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { return nil }
      close(ends[generator.below(2)])
      return ends[0] >= 0 && fcntl(ends[0], F_GETFD) >= 0 ? ends[0] : ends[1]
    default: return socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    }
  }

  private static let texts = [
    "", "x", "fd:x", "file:/dev/fdset/0", "/dev/fdset/0", "/dev/fdset/-1", "/nowhere/file",
    "unix:/nowhere/s", "tcp:1", "elf", "file:x", "\u{0}", String(repeating: "n", count: 5000),
  ]
  /// Commands that end the guest are left to the script.
  private static let commands = ControlCommand.all.filter { $0.name != "quit" }

  private static func value(_ generator: inout InputGenerator) -> JSONValue {
    switch generator.below(6) {
    case 0: .bool(generator.below(2) == 0)
    case 1: .integer([0, 1, -1, 7, 1 << 31, .max][generator.below(6)])
    case 2: .array([.null, .string("x")])
    case 3: .object([])
    default: .string(texts[generator.below(texts.count)])
    }
  }

  private static func request(_ generator: inout InputGenerator) -> [UInt8] {
    let command = commands[generator.below(commands.count)]
    var members: [JSONValue.Member] = []
    for argument in command.arguments where generator.below(4) > 0 {
      members.append(.init(key: argument, value: value(&generator)))
    }
    if generator.below(16) == 0 { members.append(.init(key: "more", value: value(&generator))) }
    let request: JSONValue = [
      "execute": .string(command.name), "arguments": .object(members),
      "id": generator.below(4) == 0 ? value(&generator) : nil,
    ]
    let bytes = Array(request.line.utf8) + [0x0A]
    return generator.below(8) == 0 ? generator.mutate(bytes) : bytes
  }
}
