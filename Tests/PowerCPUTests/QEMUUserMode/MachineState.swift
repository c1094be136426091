import GuestMemory
import PowerArithmetic

/// What one instruction may read and write, as the instruction runner's `struct state`.
struct MachineState: Equatable {
  var gpr = [UInt64](repeating: 0, count: 32)
  var vsr = [Vector](repeating: .zero, count: 64)
  var fpscr: UInt64 = 0
  var cr: UInt64 = 0
  var xer: UInt64 = 0
  var vscr: UInt64 = 0
  var lr: UInt64 = 0
  /// The Linux signal the instruction raised, or 0.
  var signal: UInt64 = 0
  /// The bytes at ``storageAddress``.
  var storage = [UInt8](repeating: 0, count: 256)

  static let storageAddress: UInt64 = 0x80000
  static let instructionAddress: UInt64 = 0x83400
  static let byteCount = 8 * (32 + 128 + 8) + 256

  func encoded(_ order: Endianness) -> [UInt8] {
    var words = gpr
    for register in vsr { words += [register.doubleword0, register.doubleword1] }
    words += [fpscr, cr, xer, 0, 0, vscr, lr, signal]
    return words.flatMap { word -> [UInt8] in
      let big = (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
      return order == .big ? big : big.reversed()
    } + storage
  }

  init() {}

  init(_ bytes: ArraySlice<UInt8>, _ order: Endianness) {
    func word(_ n: Int) -> UInt64 {
      let start = bytes.startIndex + 8 * n
      let slice = bytes[start..<(start + 8)]
      return order == .big
        ? slice.reduce(0) { $0 << 8 | UInt64($1) }
        : slice.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    gpr = (0..<32).map(word)
    vsr = (0..<64).map { Vector(word(32 + 2 * $0), word(33 + 2 * $0)) }
    (fpscr, cr, xer, vscr, lr, signal) = (
      word(160), word(161), word(162), word(165), word(166), word(167)
    )
    storage = Array(bytes.suffix(256))
  }

  /// One line per part that differs, ours first.
  func differences(from other: MachineState) -> [String] {
    func hex(_ value: UInt64) -> String { String(value, radix: 16) }
    func hex(_ value: Vector) -> String {
      let digits = String(value.quadword, radix: 16)
      return String(repeating: "0", count: 32 - digits.count) + digits
    }
    if signal != other.signal { return ["signal \(signal), expected \(other.signal)"] }
    var lines: [String] = []
    for n in 0..<32 where gpr[n] != other.gpr[n] {
      lines.append("r\(n) \(hex(gpr[n])), expected \(hex(other.gpr[n]))")
    }
    for n in 0..<64 where vsr[n] != other.vsr[n] {
      lines.append("vs\(n) \(hex(vsr[n])), expected \(hex(other.vsr[n]))")
    }
    for (name, value, expected) in [
      ("fpscr", fpscr, other.fpscr), ("cr", cr, other.cr), ("xer", xer, other.xer),
      ("vscr", vscr, other.vscr), ("lr", lr, other.lr),
    ] where value != expected {
      lines.append("\(name) \(hex(value)), expected \(hex(expected))")
    }
    if storage != other.storage { lines.append("storage \(storage), expected \(other.storage)") }
    return lines
  }
}
