internal import GuestMemory
internal import HostSupport
internal import Machine
internal import PowerCPU

// Only memory: what a load from a device would do is none of the debugger's business.
extension DebugPacket {
  static let memoryPackets: [DebugPacket] = [
    DebugPacket("m", "Read memory.") { session, arguments throws(DebugError) in
      var arguments = arguments
      let place = try MemoryRange(&arguments)
      try arguments.requireEnd()
      return .text(try session.read(place).hexDigits())
    },
    DebugPacket("M", "Write memory, hexadecimal digits.") { session, arguments throws(DebugError) in
      var arguments = arguments
      let place = try MemoryRange(&arguments)
      try arguments.require(":")
      try session.write(try arguments.hexadecimalBytes()[...], place)
      return .ok
    },
    DebugPacket("X", "Write memory, bytes.") { session, arguments throws(DebugError) in
      var arguments = arguments
      let place = try MemoryRange(&arguments)
      try arguments.require(":")
      try session.write(arguments.bytes, place)
      return .ok
    },
  ]
}

/// `ADDRESS,LENGTH`
struct MemoryRange {
  let address: UInt64
  let count: Int

  fileprivate init(_ arguments: inout PacketText) throws(DebugError) {
    address = try arguments.number()
    try arguments.require(",")
    let count = try arguments.number()
    guard count <= PacketReader.longest else { throw .malformed }
    self.count = Int(count)
  }
}

extension DebugSession {
  /// Calls a function with the real address and the length of each part of a range that is within a
  /// page, until one is not memory.
  private func parts(
    _ place: MemoryRange, _ body: (UInt64, Int) throws(DebugError) -> Void
  ) throws(DebugError) {
    var (address, left) = (place.address, place.count)
    while left > 0 {
      let count = min(left, 4096 - Int(address & 0xFFF))
      let real = usesRealAddresses ? address : processor.realAddressForDebugger(address)
      guard let real, machine.memory.contains(real, count: UInt64(count)) else { throw .noMemory }
      try body(real, count)
      (address, left) = (address &+ UInt64(count), left - count)
    }
  }

  /// The bytes of a range up to the first that is not memory, of which there must be one.
  fileprivate func read(_ place: MemoryRange) throws(DebugError) -> [UInt8] {
    // Two digits for each byte.
    guard place.count <= PacketReader.longest / 2 else { throw .malformed }
    var bytes: [UInt8] = []
    do throws(DebugError) {
      try parts(place) { real, count throws(DebugError) in
        do throws(GuestMemoryError) { bytes += try machine.memory.read(count, at: real) } catch {
          throw DebugError.noMemory
        }
      }
    } catch {
      guard !bytes.isEmpty else { throw error }
    }
    return bytes
  }

  /// Writes all bytes of a range, or none.
  fileprivate func write(_ bytes: ArraySlice<UInt8>, _ place: MemoryRange) throws(DebugError) {
    guard bytes.count == place.count else { throw .malformed }
    try parts(place) { _, _ throws(DebugError) in }
    var rest = bytes
    try parts(place) { real, count throws(DebugError) in
      do throws(GuestMemoryError) { try machine.memory.write(rest.prefix(count), at: real) } catch {
        throw DebugError.noMemory
      }
      rest = rest.dropFirst(count)
    }
  }
}
