internal import HostSupport
internal import Hypervisor
internal import Machine

// Threads are the virtual processors; a thread's number is that of the processor plus one.
extension DebugPacket {
  static let threadPackets: [DebugPacket] = [
    DebugPacket("H", "Select the thread of other packets: g for registers, c for continuing.") {
      session, arguments throws(DebugError) in
      var arguments = arguments
      let isForRegisters = arguments.take("g")
      if !isForRegisters { try arguments.require("c") }
      let processor = try session.processor(of: &arguments)
      try arguments.requireEnd()
      if isForRegisters {
        if let processor { session.selected = processor }
      } else {
        session.continued = processor
      }
      return .ok
    },
    DebugPacket("T", "Whether a thread is there.") { session, arguments throws(DebugError) in
      var arguments = arguments
      guard try session.processor(of: &arguments) != nil else { throw .noThread }
      try arguments.requireEnd()
      return .ok
    },
    DebugPacket("qC", "The selected thread.") { session, _ throws(DebugError) in
      .text("QC" + (session.selected + 1).hexDigits())
    },
    DebugPacket("qfThreadInfo", "The threads.") { session, _ throws(DebugError) in
      let numbers = session.machine.processors.indices.map { ($0 + 1).hexDigits() }
      return .text("m" + numbers.joined(separator: ","))
    },
    DebugPacket("qsThreadInfo", "More threads; they were all in the first list.") {
      _, _ throws(DebugError) in
      .text("l")
    },
    DebugPacket("qThreadExtraInfo", "What a thread does.") {
      session, arguments throws(DebugError) in
      var arguments = arguments
      guard let processor = try session.processor(of: &arguments) else { throw .noThread }
      try arguments.requireEnd()
      return .text(Array(session.description(of: processor).utf8).hexDigits())
    },
  ]
}

extension DebugSession {
  /// The processor of a thread's number; nil for -1 and 0, all threads and any.
  func processor(of arguments: inout PacketText) throws(DebugError) -> Int? {
    if arguments.take("-") {
      guard try arguments.number() == 1 else { throw .malformed }
      return nil
    }
    let number = try arguments.number()
    return number == 0 ? nil : try processor(ofThread: Int(clamping: number))
  }

  /// The threads as an XML document.
  var threadList: String {
    let threads = machine.processors.indices.map { processor in
      "<thread id=\"\((processor + 1).hexDigits())\" core=\"\(processor)\">"
        + "\(description(of: processor))</thread>"
    }
    return (["<?xml version=\"1.0\"?>", "<threads>"] + threads + ["</threads>", ""])
      .joined(separator: "\n")
  }

  /// A processor's name and state: `processor 1, ceded`.
  func description(of processor: Int) -> String {
    let partition = machine.partition
    guard let known = partition.processor(server: UInt32(processor)) else {
      return "processor \(processor)"
    }
    return "processor \(processor), \(partition.state(of: known))"
  }
}
