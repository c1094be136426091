internal import HostSupport

/// Makes what a debugger sends: packets of the remote protocol, and what is none.
struct PacketGenerator {
  private var numbers: SplitMix64
  private let isHarmless: Bool

  init(numbers: SplitMix64, isHarmless: Bool) {
    (self.numbers, self.isHarmless) = (numbers, isHarmless)
  }

  mutating func below(_ limit: Int) -> Int { Int(numbers.next() % UInt64(limit)) }

  private mutating func one<Element>(of all: [Element]) -> Element { all[below(all.count)] }

  /// The bytes of a packet, or of something like it.
  mutating func next() -> [UInt8] {
    let contents = contents()
    switch below(40) {
    case 0: return [3]
    case 1: return Array("+-".utf8)
    case 2: return (0..<below(300)).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
    case 3: return Array(Self.framed(contents).dropLast(1 + below(3)))
    case 4: return Array("$\(one(of: ["", "$", "}", "m0,1"]))#zz".utf8)
    case 5: return Self.framed([UInt8](repeating: UInt8(ascii: "m"), count: below(40_000)))
    case 6:
      var bytes = Self.framed(contents)
      bytes[below(bytes.count)] ^= 1 << UInt8(below(8))
      return bytes
    case 7: return Self.framed(Array(contents.prefix(below(contents.count + 1))))
    default: return Self.framed(contents)
    }
  }

  private static func framed(_ contents: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    for byte in contents {
      if "#$}*".utf8.contains(byte) {
        bytes += [UInt8(ascii: "}"), byte ^ 0x20]
      } else {
        bytes.append(byte)
      }
    }
    let sum = bytes.reduce(0 as UInt8, &+)
    return [UInt8(ascii: "$")] + bytes + Array("#\(sum.hexDigits(2))".utf8)
  }

  private mutating func contents() -> [UInt8] {
    Array((isHarmless || below(3) > 0 ? harmless() : harmful()).utf8)
  }

  private mutating func harmless() -> String {
    switch below(22) {
    case 0:
      return one(of: ["?", "g", "qC", "qfThreadInfo", "qsThreadInfo", "vCont?", "qAttached", ""])
    case 1: return one(of: ["c", "s", "C05", "S05", "D", "D;1", "!", "R", "bs", "bc", "i", "r"])
    case 2: return "qSupported:multiprocess+;swbreak+;hwbreak+;\(number())"
    case 3:
      return "qXfer:\(object()):\(one(of: ["read", "write"])):\(annex()):\(number()),\(number())"
    case 4, 5, 6, 7: return "vCont" + (0...below(3)).map { _ in ";\(action())" }.joined()
    case 8: return "H\(one(of: ["g", "c", "m", ""]))\(thread())"
    case 9: return "T\(thread())"
    case 10: return "qThreadExtraInfo,\(thread())"
    case 11, 12: return "m\(address()),\(number())"
    case 13: return "p\(number())"
    case 14, 15: return "Z\(below(7)),\(address()),\(one(of: ["4", "1", "8", number()]))"
    case 16: return "z\(below(7)),\(address()),\(one(of: ["4", "1", "8", number()]))"
    case 17: return "Qqemu.PhyMemMode:\(one(of: ["0", "1", number()]))"
    case 18:
      return one(of: [
        "QStartNoAckMode", "QNonStop:1", "QNonStop:0", "qSymbol::", "vMustReplyEmpty",
      ])
    case 19: return "qRcmd,\(number())"
    default: return "qRcmd,\(Array(command().utf8).hexDigits())"
    }
  }

  private mutating func harmful() -> String {
    switch below(10) {
    case 0: return one(of: ["k", "vKill;1", "vRun;", "vAttach;1"])
    case 1, 2: return "M\(address()),\(below(9)):\(digits(2 * below(9)))"
    case 3: return "X\(address()),\(below(9)):\(digits(below(9)))"
    case 4, 5: return "P\(one(of: [number(), "\(below(300))"]))=\(digits(one(of: [8, 16, 32, 3])))"
    case 6: return "G\(digits(2 * below(5000)))"
    case 7: return "\(one(of: ["c", "s"]))\(address())"
    case 8: return "\(one(of: ["C", "S"]))\(number());\(address())"
    default:
      let line = one(of: ["reset", "nmi", "dtb /nowhere/file", "reset 1"])
      return "qRcmd,\(Array(line.utf8).hexDigits())"
    }
  }

  private mutating func command() -> String {
    one(of: [
      "help", "info mtree", "info tlb", "info tlb 0x400000", "slb", "hpt \(decimal())", "calls",
      "level", "tree", "tree /cpus", "tree /no/such", "dtb", "phys on", "phys off", "phys",
      "xp 0x400000 \(below(5000))", "xp \(decimal()) \(decimal())", "endian big", "endian little",
      "endian guest", "step-interrupts on", "step-interrupts off", "info", "", " ", "\u{0}",
      "help help", String(repeating: "x ", count: 4000),
    ])
  }

  private mutating func object() -> String { one(of: ["features", "threads", "auxv", ""]) }
  private mutating func annex() -> String { one(of: ["target.xml", "", "../x", number()]) }
  private mutating func thread() -> String {
    one(of: ["0", "-1", "1", "2", "-2", "p1.1", number()])
  }

  private mutating func action() -> String {
    let action = one(of: [
      "s", "s", "s", "s", "S05", "r\(address()),\(address())", "r200000,200100", "t", "x", "", "c",
      "C05",
    ])
    return below(2) == 0 ? action : "\(action):\(thread())"
  }

  private mutating func digits(_ count: Int) -> String {
    String((0..<count).map { _ in one(of: Array("0123456789abcdef")) })
  }

  private mutating func decimal() -> String { "0x\(number())" }

  /// Within the program more often than elsewhere.
  private mutating func address() -> String {
    below(3) == 0 ? number() : (0x20_0000 + below(0x8000)).hexDigits()
  }

  private mutating func number() -> String {
    one(of: [
      "0", "1", "4", "8", "1000", "fff", "3fffffff", "20000000", "7fffffffffffffff",
      "8000000000000000", "ffffffffffffffff", "fffffffffffffffc", "10000000000000000", "", "-", "x",
      "c000000000000000", (numbers.next() >> UInt64(below(64))).hexDigits(),
    ])
  }
}
