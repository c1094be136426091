internal import HostSupport
internal import Machine

extension DebugPacket {
  static let sessionPackets: [DebugPacket] = [
    DebugPacket("?", "Why the guest has stopped.") { session, _ throws(DebugError) in
      .text(session.stopText)
    },
    DebugPacket("D", "Detach: the guest runs without a debugger.", whileRunning: true) {
      session, _ throws(DebugError) in
      session.send("OK")
      session.release()
      return .later
    },
    DebugPacket("k", "End the machine.", whileRunning: true) { session, _ throws(DebugError) in
      session.end()
      return .later
    },
    DebugPacket("vKill", "End the machine.", whileRunning: true) {
      session, _ throws(DebugError) in
      session.end()
      return .ok
    },
    DebugPacket("QStartNoAckMode", "Packets are not acknowledged from now on.") {
      session, _ throws(DebugError) in
      session.acknowledges = false
      return .ok
    },
    DebugPacket("QNonStop", "Whether processors stop one by one, which they do not.") {
      _, arguments throws(DebugError) in
      guard arguments.text == "0" else { throw .nonStop }
      return .ok
    },
    DebugPacket("qSupported", "What the server can do.", whileRunning: true) {
      _, _ throws(DebugError) in
      .text(
        "PacketSize=\(PacketReader.longest.hexDigits());qXfer:features:read+;qXfer:threads:read+;"
          + "vContSupported+;swbreak+;hwbreak+;QStartNoAckMode+;multiprocess-;QNonStop-")
    },
  ]

  static let queryPackets: [DebugPacket] = [
    DebugPacket("qAttached", "Whether the guest was there before the debugger.") {
      _, _ throws(DebugError) in
      .text("1")
    },
    DebugPacket("qSymbol", "The debugger offers to look symbols up; none are needed.") {
      _, _ throws(DebugError) in
      .ok
    },
    DebugPacket("qXfer", "A part of an object: the registers' description, the threads.") {
      session, arguments throws(DebugError) in
      try session.object(arguments)
    },
    DebugPacket("qRcmd", "A command of monitor.") { session, arguments throws(DebugError) in
      var arguments = arguments
      let line = String(decoding: try arguments.hexadecimalBytes(), as: UTF8.self)
      session.runMonitor(line)
      return .ok
    },
    DebugPacket("Qqemu.PhyMemMode", "Whether addresses of memory are real addresses.") {
      session, arguments throws(DebugError) in
      switch arguments.text {
      case "0": session.usesRealAddresses = false
      case "1": session.usesRealAddresses = true
      default: throw .malformed
      }
      return .ok
    },
    DebugPacket("qqemu.PhyMemMode", "Whether addresses of memory are real addresses.") {
      session, _ throws(DebugError) in
      .text(session.usesRealAddresses ? "1" : "0")
    },
  ]
}

extension DebugSession {
  /// Ends the machine for the debugger.
  fileprivate func end() {
    isOver = true
    outcome = .left
  }

  /// A part of an object: `features:read:target.xml:OFFSET,LENGTH` or `threads:read::OFFSET,LENGTH`.
  fileprivate func object(_ arguments: PacketText) throws(DebugError) -> DebugPacket.Answer {
    var arguments = arguments
    let object = arguments.field(upTo: ":").text
    guard arguments.field(upTo: ":").text == "read" else { return .text("") }
    let document: String
    switch (object, arguments.field(upTo: ":").text) {
    case ("features", "target.xml"): document = TargetDescription.xml(of: registers)
    case ("threads", ""): document = threadList
    case ("features", _), ("threads", _): throw .noAnnex
    default: return .text("")
    }
    let offset = try arguments.number()
    try arguments.require(",")
    let count = try arguments.number()
    try arguments.requireEnd()
    let all = Array(document.utf8)
    guard offset <= all.count else { throw .malformed }
    // Every byte may need an escape.
    let most = min(count, UInt64(PacketReader.longest / 2 - 1))
    let part = all.dropFirst(Int(offset)).prefix(Int(most))
    let isLast = Int(offset) + part.count == all.count
    return .bytes([UInt8(ascii: isLast ? "l" : "m")] + part)
  }
}
