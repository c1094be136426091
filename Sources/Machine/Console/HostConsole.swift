internal import Glibc
internal import Synchronization

/// The host's end of the guest's terminal: a file descriptor pair, put into raw mode when it is a
/// terminal, and left with the escape sequence Ctrl-a x.
public final class HostConsole: @unchecked Sendable {
  // Safety: used by the machine's thread only; the output closure writes to a descriptor.

  /// What the user asked for with Ctrl-a.
  public enum Command: Sendable {
    case exit
    case help
    case reset
    case powerButton
  }

  private let input: Int32
  private let output: Int32
  private var savedMode: termios?
  private var sawEscape = false
  private var inputEnded = false
  private let log: Int32?

  /// - Parameters:
  ///   - input: descriptor that bytes for the guest come from, negative for none.
  ///   - log: descriptor that gets a copy of the guest's output.
  public init(input: Int32 = 0, output: Int32 = 1, log: Int32? = nil) {
    self.input = input
    self.output = output
    self.log = log
    inputEnded = input < 0
  }

  deinit { restore() }

  /// Whether a person may be sitting there.
  public var isTerminal: Bool { input >= 0 && isatty(input) == 1 }

  /// Passes every key to the guest until ``restore()``.
  public func enterRawMode() {
    guard isTerminal, savedMode == nil else { return }
    var mode = termios()
    guard tcgetattr(input, &mode) == 0 else { return }
    savedMode = mode
    cfmakeraw(&mode)
    tcsetattr(input, TCSANOW, &mode)
  }

  public func restore() {
    guard var mode = savedMode else { return }
    tcsetattr(input, TCSANOW, &mode)
    savedMode = nil
  }

  /// Writes bytes of the guest.
  public func write(_ bytes: [UInt8]) {
    if let last = bytes.last { Self.midLine.store(last != 0x0A, ordering: .relaxed) }
    Self.writeAll(bytes, to: output)
    if let log { Self.writeAll(bytes, to: log) }
  }

  private static let midLine = Atomic<Bool>(false)

  /// Whether the guest's output ends within a line; the answer is no from then on.
  public static func leaveLine() -> Bool { midLine.exchange(false, ordering: .relaxed) }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while let start = rest.baseAddressOfSlice, !rest.isEmpty {
        let count = Glibc.write(descriptor, start, rest.count)
        if count < 0 {
          guard errno == EINTR || errno == EAGAIN else { return }
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&wait, 1, 100)
          continue
        }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// Waits up to `milliseconds` for input, or for other descriptors.
  /// - Returns: whether there is input.
  public func waitForInput(milliseconds: Int32, or others: [Int32] = []) -> Bool {
    let input = inputEnded ? [] : [input]
    let ready = HostPoll.readable(input + others, milliseconds: milliseconds)
    return input.contains { ready.contains($0) }
  }

  /// Takes the input there is, without waiting.
  public func read() -> (bytes: [UInt8], commands: [Command]) {
    guard waitForInput(milliseconds: 0) else { return ([], []) }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = Glibc.read(input, &buffer, buffer.count)
    guard count > 0 else {
      if count == 0 || (errno != EINTR && errno != EAGAIN) { inputEnded = true }
      return ([], [])
    }
    // Ctrl-a means something to a person only; a script's bytes all belong to the guest.
    guard savedMode != nil else { return (Array(buffer[..<count]), []) }
    return interpret(buffer[..<count])
  }

  private func interpret(_ typed: ArraySlice<UInt8>) -> (bytes: [UInt8], commands: [Command]) {
    let escape: UInt8 = 1
    var bytes: [UInt8] = []
    var commands: [Command] = []
    for byte in typed {
      if sawEscape {
        sawEscape = false
        switch byte {
        case UInt8(ascii: "x"): commands.append(.exit)
        case UInt8(ascii: "h"), UInt8(ascii: "?"): commands.append(.help)
        case UInt8(ascii: "r"): commands.append(.reset)
        case UInt8(ascii: "p"): commands.append(.powerButton)
        case escape: bytes.append(escape)
        default: commands.append(.help)
        }
      } else if byte == escape {
        sawEscape = true
      } else {
        bytes.append(byte)
      }
    }
    return (bytes, commands)
  }

  /// What Ctrl-a h prints. A terminal in raw mode wants carriage returns.
  public static let help = [
    "", "Ctrl-a x       leave, ending the guest at once", "Ctrl-a r       reset the guest",
    "Ctrl-a p       press the power button", "Ctrl-a h       this help",
    "Ctrl-a Ctrl-a  send Ctrl-a to the guest", "",
  ].joined(separator: "\r\n")
}

extension Slice where Base == UnsafeRawBufferPointer {
  fileprivate var baseAddressOfSlice: UnsafeRawPointer? {
    base.baseAddress.map { $0 + startIndex }
  }
}
