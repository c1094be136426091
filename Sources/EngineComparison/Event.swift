/// What happens to a machine between two runs of a processor.
enum Event {
  case none
  case page(PageMapping)
  /// An external interrupt, asserted for one run.
  case external
  /// Ticks until the decrementer interrupts.
  case decrementer(UInt64)
  /// A word of the program, written by somebody else.
  case code(UInt32, place: Int)
  case reservationLost

  init(_ random: inout SplitMix64, _ program: RandomProgram) {
    guard random.once(in: 3) else {
      self = .none
      return
    }
    switch random.below(6) {
    case 0...1 where !program.scene.pages.isEmpty:
      var page = random.one(of: program.scene.pages)
      if page.effective >= Place.code { page.change(&random) }
      self = .page(page)
    case 2: self = .external
    case 3: self = .decrementer(UInt64(random.below(300)))
    case 4: self = .code(random.one(of: program.words), place: random.below(program.words.count))
    default: self = .reservationLost
    }
  }
}

extension Event: CustomStringConvertible {
  var description: String {
    let hex = { (value: UInt64) in "0x" + String(value, radix: 16) }
    return switch self {
    case .none: "-"
    case .page(let page): "page \(page)"
    case .external: "external interrupt"
    case .decrementer(let ticks): "decrementer \(ticks)"
    case .code(let word, let place): "word \(place) := \(hex(UInt64(word)))"
    case .reservationLost: "reservation lost"
    }
  }
}
