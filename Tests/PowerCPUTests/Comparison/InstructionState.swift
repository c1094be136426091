import GuestMemory
import PowerArithmetic
import PowerISA

/// One instruction and the state it meets, or the state it leaves: the record of
/// `Tests/Guests/instruction-runner.S`.
struct InstructionState: Equatable {
  /// Where the instruction is.
  static let instructionAddress: UInt64 = 0x20_0000
  /// Where ``window`` is; the 4 KiB before and after it are storage too, of unknown contents.
  static let windowAddress: UInt64 = 0x30_0000
  static let windowSize = 256

  var instruction: Instruction
  /// Afterwards: the signal Linux would send, 0 for none. Nothing else means anything with one.
  var signal: UInt64 = 0
  var cr: UInt64 = 0
  var xer: UInt64 = 0
  var lr: UInt64 = 0
  var ctr: UInt64 = 0
  var fpscr: UInt64 = 0
  var vscr: UInt64 = 0
  var gprs = [UInt64](repeating: 0, count: 32)
  var vsrs = [Vector](repeating: .zero, count: 64)
  var window = [UInt8](repeating: 0, count: windowSize)

  init(_ instruction: Instruction) { self.instruction = instruction }

  // MARK: the record

  static let recordSize = 1600

  func encode(_ order: Endianness, into bytes: inout [UInt8]) {
    func append(_ value: UInt64, _ bytes: inout [UInt8]) {
      let ordered = order == .little ? value.littleEndian : value.bigEndian
      withUnsafeBytes(of: ordered) { bytes.append(contentsOf: $0) }
    }
    for value in [instruction.rawValue, cr, xer, lr, ctr, fpscr, vscr, 0] { append(value, &bytes) }
    for value in gprs { append(value, &bytes) }
    for value in vsrs {
      append(value.doubleword0, &bytes)
      append(value.doubleword1, &bytes)
    }
    bytes.append(contentsOf: window)
  }

  /// - Parameter record: what the program wrote for `instruction`.
  init(_ instruction: Instruction, _ order: Endianness, record: ArraySlice<UInt8>) {
    var rest = record
    func next(_ rest: inout ArraySlice<UInt8>) -> UInt64 {
      let bytes = rest.prefix(8)
      rest = rest.dropFirst(8)
      let ordered = order == .little ? Array(bytes.reversed()) : Array(bytes)
      return ordered.reduce(0) { $0 << 8 | UInt64($1) }
    }
    self.instruction = instruction
    signal = next(&rest)
    cr = next(&rest)
    xer = next(&rest)
    lr = next(&rest)
    ctr = next(&rest)
    fpscr = next(&rest)
    vscr = next(&rest)
    _ = next(&rest)
    for register in gprs.indices { gprs[register] = next(&rest) }
    for register in vsrs.indices { vsrs[register] = Vector(next(&rest), next(&rest)) }
    window = Array(rest)
  }

  // MARK: differences

  /// One line for each part that is not the same, nothing when all agree.
  func differences(from other: InstructionState) -> [String] {
    guard signal == 0, other.signal == 0 else {
      return signal == other.signal ? [] : ["signal \(signal) / \(other.signal)"]
    }
    var lines: [String] = []
    func compare(_ name: String, _ mine: UInt64, _ theirs: UInt64) {
      if mine != theirs { lines.append("\(name) \(hex(mine)) / \(hex(theirs))") }
    }
    compare("CR", cr, other.cr)
    compare("XER", xer, other.xer)
    compare("LR", lr, other.lr)
    compare("CTR", ctr, other.ctr)
    compare("FPSCR", fpscr, other.fpscr)
    compare("VSCR", vscr, other.vscr)
    for register in 0..<32 { compare("r\(register)", gprs[register], other.gprs[register]) }
    for register in 0..<64 where vsrs[register] != other.vsrs[register] {
      lines.append("vs\(register) \(hex(vsrs[register])) / \(hex(other.vsrs[register]))")
    }
    if window != other.window {
      for index in window.indices where window[index] != other.window[index] {
        compare("storage+\(index)", UInt64(window[index]), UInt64(other.window[index]))
      }
    }
    return lines
  }

  /// The instruction and the registers that its fields may name, for a failure's report.
  var summary: String {
    let fields = [6, 11, 16, 21].map { Int(instruction.bits($0, $0 + 4)) }
    let registers = Set(fields).sorted().map { number in
      let vectors = [number, number + 32].filter { vsrs[$0] != .zero }
      return (["r\(number)=\(hex(gprs[number]))"] + vectors.map { "vs\($0)=\(hex(vsrs[$0]))" })
        .joined(separator: " ")
    }
    return "\(hex(instruction.rawValue)) CR=\(hex(cr)) XER=\(hex(xer)) FPSCR=\(hex(fpscr)) "
      + registers.joined(separator: " ")
  }
}

func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

func hex(_ value: Vector) -> String {
  func padded(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
  return "\(padded(value.doubleword0))_\(padded(value.doubleword1))"
}
