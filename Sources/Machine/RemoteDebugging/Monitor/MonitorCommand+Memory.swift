internal import GuestMemory
internal import HostSupport
internal import Machine

extension MonitorCommand {
  /// Memory by real address.
  static let memoryCommands: [MonitorCommand] = [
    MonitorCommand("xp", "ADDRESS [BYTES]", "Memory by real address, 64 bytes unless told.") {
      session, words throws(MonitorError) in
      let usage = "xp ADDRESS [BYTES], at most \(mostBytes) bytes"
      let start = try number(words[0], usage)
      let count = words.count > 1 ? try number(words[1], usage) : 64
      guard count <= mostBytes else { throw .usage(usage) }
      guard let bytes = try? session.machine.memory.read(Int(count), at: start) else {
        throw .noMemory(start)
      }
      return stride(from: 0, to: bytes.count, by: 16).map { place in
        (start + UInt64(place)).hexDigits(16) + ":"
          + bytes[place...].prefix(16).map { " " + $0.hexDigits(2) }.joined()
      }.joined(separator: "\n")
    },
    MonitorCommand("phys", "on|off", "Addresses of memory are real addresses, or effective ones.") {
      session, words throws(MonitorError) in
      switch words[0] {
      case "on": session.usesRealAddresses = true
      case "off": session.usesRealAddresses = false
      default: throw .usage("phys on|off")
      }
      return ""
    },
  ]

  private static let mostBytes: UInt64 = 4096
}
