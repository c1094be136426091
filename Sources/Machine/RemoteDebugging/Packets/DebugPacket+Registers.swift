internal import HostSupport

extension DebugPacket {
  static let registerPackets: [DebugPacket] = [
    DebugPacket("g", "Read all registers.") { session, arguments throws(DebugError) in
      try arguments.requireEnd()
      let bytes = session.registers.all.flatMap {
        $0.bytes(of: session.processor, isLittleEndian: session.isLittleEndian)
      }
      return .text(bytes.hexDigits())
    },
    DebugPacket("G", "Write all registers that can be written.") {
      session, arguments throws(DebugError) in
      var arguments = arguments
      let bytes = try arguments.hexadecimalBytes()
      let registers = session.registers.all
      guard bytes.count == registers.reduce(0, { $0 + $1.byteCount }) else { throw .malformed }
      var place = 0
      for register in registers {
        let part = bytes[place..<place + register.byteCount]
        place += register.byteCount
        // What reads as it is to be written stays: a write may have effects.
        guard part != session.bytes(of: register)[...] else { continue }
        register.write?(
          session.processor, TargetRegister.value(part, isLittleEndian: session.isLittleEndian))
      }
      return .ok
    },
    DebugPacket("p", "Read a register.") { session, arguments throws(DebugError) in
      var arguments = arguments
      let register = try session.register(&arguments)
      try arguments.requireEnd()
      return .text(session.bytes(of: register).hexDigits())
    },
    DebugPacket("P", "Write a register.") { session, arguments throws(DebugError) in
      var arguments = arguments
      let register = try session.register(&arguments)
      try arguments.require("=")
      let bytes = try arguments.hexadecimalBytes()
      guard bytes.count == register.byteCount else { throw .malformed }
      guard let write = register.write else { throw .readOnly }
      write(
        session.processor, TargetRegister.value(bytes, isLittleEndian: session.isLittleEndian))
      return .ok
    },
  ]
}

extension DebugSession {
  fileprivate func register(_ arguments: inout PacketText) throws(DebugError) -> TargetRegister {
    let number = Int(clamping: try arguments.number())
    guard registers.all.indices.contains(number) else { throw .noRegister }
    return registers.all[number]
  }

  fileprivate func bytes(of register: TargetRegister) -> [UInt8] {
    register.bytes(of: processor, isLittleEndian: isLittleEndian)
  }
}
