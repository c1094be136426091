internal import HostSupport
internal import PowerISA

/// What happens to a machine between two runs of a processor.
enum InjectedEvent {
  case none
  case page(PageMapping)
  /// An external interrupt, asserted for one run.
  case external
  /// Ticks until the decrementer interrupts.
  case decrementer(UInt64)
  /// A word of the program, written from outside.
  case code(UInt32, place: Int)
  case reservationLost
  /// A watchpoint or breakpoint is set, or ends.
  case debugging([(SPR, UInt64)])

  init(_ random: inout SplitMix64, _ program: RandomProgram) {
    guard random.once(in: 3) else {
      self = .none
      return
    }
    switch random.below(8) {
    case 0...1 where !program.scene.pages.isEmpty:
      var page = random.one(of: program.scene.pages)
      if page.effective >= MemoryMap.code { page.change(&random) }
      self = .page(page)
    case 2: self = .external
    case 3: self = .decrementer(UInt64(random.below(300)))
    case 4: self = .code(random.one(of: program.words), place: random.below(program.words.count))
    case 5: self = .debugging(Self.watchpoint(&random, program))
    case 6 where random.once(in: 3) && program.processor.isa >= .v2_07:
      // In problem state or privileged state; or none.
      let address = program.first + UInt64(random.below(program.words.count)) * 4
      self = .debugging([(.ciabr, address | UInt64(random.below(3)))])
    default: self = .reservationLost
    }
  }

  /// The registers of a watchpoint near an address that the program has in a register.
  private static func watchpoint(
    _ random: inout SplitMix64, _ program: RandomProgram
  ) -> [(SPR, UInt64)] {
    let address = random.one(of: program.gpr) &+ UInt64(random.below(64)) &- 32
    let conditions = random.next()
    guard program.processor.isa >= .v2_07 else {
      return [(.dabr, address & ~7 | conditions >> 8 & 7), (.dabrx, conditions & 0xB)]
    }
    let isSecond = program.processor.isa >= .v3_1 && random.once(in: 2)
    return [
      (isSecond ? .dawr1 : .dawr0, address), (isSecond ? .dawrx1 : .dawrx0, conditions & 0xFC7B),
    ]
  }
}

extension InjectedEvent: CustomStringConvertible {
  var description: String {
    return switch self {
    case .none: "-"
    case .page(let page): "page \(page)"
    case .external: "external interrupt"
    case .decrementer(let ticks): "decrementer \(ticks)"
    case .code(let word, let place): "word \(place) := \(UInt64(word).hexadecimal())"
    case .reservationLost: "reservation lost"
    case .debugging(let registers):
      registers.map { "\($0.0.name) := \($0.1.hexadecimal())" }.joined(separator: ", ")
    }
  }
}
