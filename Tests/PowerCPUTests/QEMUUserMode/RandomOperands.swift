import PowerArithmetic
import PowerISA

/// Random instructions and states, biased to the values where instructions differ.
struct RandomOperands {
  var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  /// Sequence of the splitmix64 generator.
  struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return z ^ z >> 31
    }
  }

  mutating func doubleword() -> UInt64 {
    let r = random.next()
    return switch r % 8 {
    case 0: [0, 1, ~0, 1 << 63, ~0 >> 1, 0x8000_0000, 0x7FFF_FFFF, 2][Int(r >> 32 % 8)]
    case 1: UInt64(UInt8(truncatingIfNeeded: r >> 8)) &* 0x0101_0101_0101_0101
    case 2: r >> 16 & 0x8080_8080_8080_8080 | 0x7F7F_7F7F_7F7F_7F7F & random.next()
    case 3: random.next() & random.next() & random.next()
    case 4: random.next() | random.next() | random.next()
    case 5: random.next() >> (r >> 8 % 64)
    default: random.next()
    }
  }

  mutating func vector() -> Vector {
    let value = Vector(doubleword(), doubleword())
    return random.next() % 8 == 0 ? Vector(value.doubleword0, value.doubleword0) : value
  }

  /// A state whose r4 to r9 point into the storage and whose r10 to r15 are small,
  /// and r16 to r19 hold a length in their first byte.
  mutating func state() -> MachineState {
    var state = MachineState()
    for n in 0..<32 { state.gpr[n] = doubleword() }
    for n in 4...9 { state.gpr[n] = MachineState.storageAddress + 64 + random.next() % 48 }
    for n in 10...15 { state.gpr[n] = random.next() % 64 }
    for n in 16...19 { state.gpr[n] = random.next() % 20 << 56 }
    for n in 0..<64 { state.vsr[n] = vector() }
    state.cr = random.next() & 0xFFFF_FFFF
    state.xer = random.next() & UInt64(XER.so | XER.ov | XER.ca)
    state.vscr = random.next() & 0x1_0001
    state.lr = random.next()
    state.storage = (0..<256).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    return state
  }

  /// Fills the fields of a row; addresses come out inside the storage.
  mutating func instruction(_ row: DecodeRow) -> Instruction {
    let hasLength = row.mnemonic.hasSuffix("vl") || row.mnemonic.hasSuffix("vll")
    let isStorage = row.fields.contains { $0.name == "RA" }
    var values: [UInt64] = []
    for (name, _, _) in row.fields {
      let value: UInt64 =
        switch name {
        case "RA" where isStorage: 4 + random.next() % 6
        case "RB" where hasLength: 16 + random.next() % 4
        case "RB" where isStorage: 10 + random.next() % 6
        case "DQ": random.next() % 8
        case "DS": random.next() % 32
        case "d0", "R": 0
        case "D", "d1": random.next() % 96
        default: random.next()
        }
      values.append(value)
    }
    var next = values.makeIterator()
    return row.instruction { _, _ in next.next() ?? 0 }
  }
}
