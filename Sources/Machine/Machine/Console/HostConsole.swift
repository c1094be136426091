internal import Glibc
internal import HostSupport
internal import Synchronization

/// The host's end of the guest's terminal: a file descriptor pair, in raw mode when it is a
/// terminal. The escape sequence Ctrl-a x ends the program.
public final class HostConsole: @unchecked Sendable {
  // Safety: used by the machine's thread only.

  /// A command that the user typed with Ctrl-a.
  public enum Command: Sendable {
    case exit
    case help
    case reset
    case powerButton
  }

  private let input: Int32
  private let output: HostOutput
  private var isRaw = false
  private var sawEscape = false
  /// Whether nothing more can come.
  private(set) var inputEnded = false

  /// - Parameters:
  ///   - input: descriptor of the guest's input, negative for none.
  ///   - output: descriptor of the guest's output, negative for none.
  public init(input: Int32 = 0, output: Int32 = 1) {
    self.input = input
    self.output = HostOutput(output)
    inputEnded = input < 0
  }

  deinit { restore() }

  /// Whether the input is a terminal.
  public var isTerminal: Bool { input >= 0 && isatty(input) == 1 }

  /// Passes every key to the guest until ``restore()``.
  public func enterRawMode() {
    guard isTerminal, !isRaw else { return }
    isRaw = TerminalMode.makeRaw(input)
  }

  /// Gives the host's terminal the settings that it had; without effect where it was not put into
  /// raw mode.
  public func restore() {
    guard isRaw else { return }
    TerminalMode.restore()
    isRaw = false
  }

  /// Writes bytes of the guest; bytes for which there is no room are kept.
  public func write(_ bytes: [UInt8]) {
    if let last = bytes.last { Self.midLine.store(last != 0x0A, ordering: .relaxed) }
    output.write(bytes)
  }

  private static let midLine = Atomic<Bool>(false)

  /// Returns whether the guest's output ended within a line, and resets that state.
  public static func leaveLine() -> Bool { midLine.exchange(false, ordering: .relaxed) }

  /// Whether output of the guest is kept because the reader has no room.
  public var isCongested: Bool { output.isCongested }

  /// Writes the output that is kept, which a machine can leave when it ends; waits for the reader until
  /// `isStopped` returns true.
  public func finish(isStopped: () -> Bool) { output.write([], isStopped: isStopped) }

  /// Waits up to `milliseconds` for the reader, for input unless `ignoringInput`, or for other
  /// descriptors, and writes as much as there is room for.
  public func waitForReader(milliseconds: Int32, ignoringInput: Bool, or others: [Int32] = []) {
    output.wait(
      milliseconds: milliseconds, or: (inputEnded || ignoringInput ? [] : [input]) + others)
  }

  /// Waits up to `nanoseconds` for input unless `ignoringInput`, or for other descriptors.
  public func waitForInput(nanoseconds: UInt64, ignoringInput: Bool, or others: [Int32] = []) {
    HostPoll.wait(
      (inputEnded || ignoringInput ? [] : [input]) + others, nanoseconds: nanoseconds)
  }

  /// Reads available input, without waiting.
  public func read() -> (bytes: [UInt8], commands: [Command]) {
    guard !inputEnded, !HostPoll.readable([input], milliseconds: 0).isEmpty else { return ([], []) }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = Glibc.read(input, &buffer, buffer.count)
    guard count > 0 else {
      if count == 0 || (errno != EINTR && errno != EAGAIN) { inputEnded = true }
      return ([], [])
    }
    // Ctrl-a is an escape only on a terminal; every byte of a script belongs to the guest.
    guard isRaw else { return (Array(buffer[..<count]), []) }
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

  /// The text of Ctrl-a h. A terminal in raw mode needs carriage returns.
  public static let help = [
    "", "Ctrl-a x       leave, ending the guest at once", "Ctrl-a r       reset the guest",
    "Ctrl-a p       press the power button", "Ctrl-a h       this help",
    "Ctrl-a Ctrl-a  send Ctrl-a to the guest", "",
  ].joined(separator: "\r\n")
}
