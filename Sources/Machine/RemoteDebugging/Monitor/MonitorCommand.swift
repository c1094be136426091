internal import GuestMemory
internal import HostSupport
internal import Machine

/// A command of `monitor`: one row of ``all``.
struct MonitorCommand: Sendable {
  /// One or two words.
  let name: String
  /// What follows it, in brackets if it may be left out.
  let arguments: String
  let summary: String
  let perform: @Sendable (DebugSession, [String]) throws(MonitorError) -> String

  init(
    _ name: String, _ arguments: String, _ summary: String,
    _ perform: @escaping @Sendable (DebugSession, [String]) throws(MonitorError) -> String
  ) {
    (self.name, self.arguments, self.summary) = (name, arguments, summary)
    self.perform = perform
  }

  init(
    _ name: String, _ summary: String,
    _ perform: @escaping @Sendable (DebugSession, [String]) throws(MonitorError) -> String
  ) {
    self.init(name, "", summary, perform)
  }

  /// Name and arguments.
  var usage: String { arguments.isEmpty ? name : "\(name) \(arguments)" }

  /// Every command.
  static let all: [MonitorCommand] =
    [
      MonitorCommand("help", "These lines.") { _, _ throws(MonitorError) in
        let width = (rows.map(\.usage.count).max() ?? 0) + 2
        return rows.map { row in
          row.usage + String(repeating: " ", count: width - row.usage.count) + row.summary
        }.joined(separator: "\n")
      }
    ] + machineCommands + translationCommands + memoryCommands + sessionCommands

  /// What `help` lists: a constant that refers to itself would not end.
  private static var rows: [MonitorCommand] { all }

  /// The command of a line, and the words after its name.
  static func find(_ line: String) throws(MonitorError) -> (MonitorCommand, [String]) {
    let words = line.split(separator: " ").map(String.init)
    for command in all {
      let name = command.name.split(separator: " ").map(String.init)
      guard words.starts(with: name) else { continue }
      let rest = Array(words.dropFirst(name.count))
      let (least, most) = command.argumentCounts
      guard (least...most).contains(rest.count) else { throw .usage(command.usage) }
      return (command, rest)
    }
    throw .unknown(words.first ?? "")
  }

  private var argumentCounts: (Int, Int) {
    let words = arguments.split(separator: " ")
    return (words.filter { !$0.hasPrefix("[") }.count, words.count)
  }

  /// The number of an argument, decimal or hexadecimal with 0x.
  static func number(_ text: String, _ usage: String) throws(MonitorError) -> UInt64 {
    guard let number = UInt64(hexadecimal: text) ?? UInt64(text) else { throw .usage(usage) }
    return number
  }

  /// Sets the session's own options.
  private static let sessionCommands: [MonitorCommand] = [
    MonitorCommand(
      "step-interrupts", "on|off",
      "Whether a step takes a pending interrupt, which waits otherwise."
    ) { session, words throws(MonitorError) in
      switch words[0] {
      case "on": session.debugger.stepsTakeInterrupts = true
      case "off": session.debugger.stepsTakeInterrupts = false
      default: throw .usage("step-interrupts on|off")
      }
      return ""
    },
    MonitorCommand(
      "endian", "[big|little|guest]", "The byte order of registers, as set endian has it in gdb."
    ) { session, words throws(MonitorError) in
      switch words.first {
      case "big": session.byteOrder = .big
      case "little": session.byteOrder = .little
      case "guest": session.byteOrder = nil
      case nil: break
      default: throw .usage("endian [big|little|guest]")
      }
      let origin = session.byteOrder == nil ? " (the guest's)" : ""
      return (session.isLittleEndian ? "little" : "big") + origin
    },
  ]
}

extension DebugSession {
  /// Performs a command, and sends what it prints.
  func runMonitor(_ line: String) {
    var text: String
    do throws(MonitorError) {
      let (command, words) = try MonitorCommand.find(line)
      text = try command.perform(self, words)
    } catch {
      text = "\(error)"
    }
    if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
    let bytes = Array(text.utf8.prefix(Self.mostText))
    // Two digits for each byte.
    let most = PacketReader.longest / 2 - 1
    for start in stride(from: 0, to: bytes.count, by: most) {
      send("O" + bytes[start...].prefix(most).hexDigits())
    }
  }

  /// The longest output of a command.
  private static let mostText = 1 << 20
}
