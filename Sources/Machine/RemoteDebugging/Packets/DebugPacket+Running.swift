internal import Machine
internal import PowerCPU

extension DebugPacket {
  static let runningPackets: [DebugPacket] = [
    DebugPacket("vCont?", "The actions of vCont.") { _, _ throws(DebugError) in
      .text("vCont;c;C;s;S;r")
    },
    DebugPacket("vCont", "Continue: each thread does what the first action for it says.") {
      session, arguments throws(DebugError) in
      session.resume(try session.actions(arguments))
      return .later
    },
    DebugPacket("c", "Continue, at an address if one is given.") {
      session, arguments throws(DebugError) in
      try session.resume(arguments, isStep: false, hasSignal: false)
    },
    DebugPacket("C", "The same with a signal, which the guest has no use for.") {
      session, arguments throws(DebugError) in
      try session.resume(arguments, isStep: false, hasSignal: true)
    },
    DebugPacket("s", "Execute one instruction.") { session, arguments throws(DebugError) in
      try session.resume(arguments, isStep: true, hasSignal: false)
    },
    DebugPacket("S", "The same with a signal.") { session, arguments throws(DebugError) in
      try session.resume(arguments, isStep: true, hasSignal: true)
    },
  ]
}

extension DebugSession {
  /// The actions of `vCont`: `ACTION[:THREAD]` between semicolons.
  fileprivate func actions(_ arguments: PacketText) throws(DebugError) -> [MachineDebugger.Action] {
    var arguments = arguments
    var chosen = [MachineDebugger.Action?](repeating: nil, count: machine.processors.count)
    guard !arguments.isEmpty else { throw .malformed }
    while !arguments.isEmpty {
      var part = arguments.field(upTo: ";")
      let action = try Self.action(&part)
      var processor: Int?
      if part.take(":") { processor = try self.processor(of: &part) }
      try part.requireEnd()
      for index in chosen.indices where chosen[index] == nil && (processor ?? index) == index {
        chosen[index] = action
      }
    }
    guard chosen.contains(where: { $0 != nil }) else { throw .malformed }
    return chosen.map { $0 ?? .stay }
  }

  private static func action(
    _ text: inout PacketText
  ) throws(DebugError) -> MachineDebugger.Action {
    if text.take("c") { return .run }
    if text.take("s") { return .step(nil) }
    if text.take("C") {
      _ = try text.number()
      return .run
    }
    if text.take("S") {
      _ = try text.number()
      return .step(nil)
    }
    if text.take("t") { throw .nonStop }
    guard text.take("r") else { throw .malformed }
    let start = try text.number()
    try text.require(",")
    let end = try text.number()
    guard start <= end else { throw .malformed }
    return .step(start..<end)
  }

  /// The older packets, which are for the thread that `Hc` has chosen: while it steps the others run,
  /// and if it has chosen one to continue, they stay.
  fileprivate func resume(
    _ arguments: PacketText, isStep: Bool, hasSignal: Bool
  ) throws(DebugError) -> DebugPacket.Answer {
    var arguments = arguments
    if hasSignal {
      _ = try arguments.number()
      if !arguments.isEmpty { try arguments.require(";") }
    }
    var address: UInt64?
    if !arguments.isEmpty { address = try arguments.number() }
    try arguments.requireEnd()
    let processor = continued ?? selected
    if let address { machine.processors[processor].nextInstruction = address & ~3 }
    var actions = machine.processors.indices.map { _ in
      continued == nil || isStep ? MachineDebugger.Action.run : .stay
    }
    actions[processor] = isStep ? .step(nil) : .run
    resume(actions)
    return .later
  }
}
