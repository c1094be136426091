import Glibc
import HostSupport
import MachineControl

@testable import RemoteDebugging

/// A debugger of a test: sends packets over a socket, and waits for answers.
final class DebugClient {
  enum Failure: Error {
    /// Nothing arrived in time.
    case silent
    case disconnected
    /// What arrived is no packet with a right checksum.
    case damaged([UInt8])
  }

  private let descriptor: Int32
  private var arrived: [UInt8] = []
  /// Whether packets are acknowledged.
  var acknowledges = true

  init(connectingTo address: SocketAddress) throws {
    descriptor = try StreamSocket(connectingTo: address).takeDescriptor()
  }

  deinit { close(descriptor) }

  // MARK: bytes

  func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure.disconnected }
      rest = rest.dropFirst(count)
    }
  }

  private func byte() throws -> UInt8 {
    while arrived.isEmpty {
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 120_000) > 0 else { throw Failure.silent }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { throw Failure.disconnected }
      arrived = Array(chunk[..<count])
    }
    return arrived.removeFirst()
  }

  // MARK: packets

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ contents: [UInt8]) throws {
    try write(PacketWriter.packet(contents))
    if acknowledges, try byte() != UInt8(ascii: "+") { throw Failure.damaged([]) }
  }

  /// The bytes of the next packet.
  func answer() throws -> [UInt8] {
    guard try byte() == UInt8(ascii: "$") else { throw Failure.damaged([]) }
    var contents: [UInt8] = []
    var sum: UInt8 = 0
    while case let next = try byte(), next != UInt8(ascii: "#") {
      sum &+= next
      if next == UInt8(ascii: "}") {
        let escaped = try byte()
        sum &+= escaped
        contents.append(escaped ^ 0x20)
      } else {
        contents.append(next)
      }
    }
    let digits = [try byte(), try byte()]
    guard String(decoding: digits, as: UTF8.self) == sum.hexDigits(2) else {
      throw Failure.damaged(contents)
    }
    // After the last answer the server may have closed the connection.
    if acknowledges { try? write([UInt8(ascii: "+")]) }
    return contents
  }

  /// Sends a packet.
  /// - Returns: the answer.
  func ask(_ text: String) throws -> String {
    try send(text)
    return String(decoding: try answer(), as: UTF8.self)
  }

  /// Lets the guest run until it stops.
  func resume(_ text: String = "vCont;c") throws -> String { try ask(text) }

  /// Stops the running guest.
  func interrupt() throws -> String {
    try write([3])
    return String(decoding: try answer(), as: UTF8.self)
  }

  /// What a command of monitor prints.
  func monitor(_ line: String) throws -> String {
    try send("qRcmd,\(Array(line.utf8).hexDigits())")
    var output: [UInt8] = []
    while true {
      let text = String(decoding: try answer(), as: UTF8.self)
      if text == "OK" { return String(decoding: output, as: UTF8.self) }
      guard text.hasPrefix("O"), let part = [UInt8](hexDigits: text.dropFirst()) else {
        return text
      }
      output += part
    }
  }

  /// An object, read in parts.
  func object(_ name: String, part: Int = 1000) throws -> String {
    var all: [UInt8] = []
    while true {
      try send("qXfer:\(name):\(all.count.hexDigits()),\(part.hexDigits())")
      let answer = try answer()
      all += answer.dropFirst()
      guard answer.first == UInt8(ascii: "m") else {
        return String(decoding: all, as: UTF8.self)
      }
    }
  }

  // MARK: registers and memory, big-endian

  enum Register: Int { case r3 = 3, r5 = 5, r10 = 10, pc = 64, msr = 65 }

  func read(_ register: Register) throws -> UInt64 {
    UInt64(hexadecimal: "0x" + (try ask("p\(register.rawValue.hexDigits())"))) ?? .max
  }

  func write(_ register: Register, _ value: UInt64) throws -> String {
    try ask("P\(register.rawValue.hexDigits())=\(value.hexDigits(16))")
  }

  func doubleword(at address: UInt64) throws -> UInt64 {
    UInt64(hexadecimal: "0x" + (try ask("m\(address.hexDigits()),8"))) ?? .max
  }
}
