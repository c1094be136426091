internal import PowerISA

/// What general registers hold in the course of a block, as far as sums show: equal numbers stand for
/// equal values, to which an offset is added.
struct ValueNumbers {
  struct Value {
    var number: Int
    /// Modulo 2⁶⁴.
    var offset: Int64
  }

  /// The number of zero.
  private static let zero = 0
  /// The number of the address of the code's page.
  private static let page = 1

  private var registers = InlineArray<32, Value>(repeating: Value(number: 0, offset: 0))
  private var sums: [(key: UInt64, number: Int)] = []
  /// By number, the last group of accesses there, or -1.
  private var groups: [Int] = []

  /// Nothing is known at the beginning of a block.
  mutating func begin() {
    groups.removeAll(keepingCapacity: true)
    groups.append(-1)
    groups.append(-1)
    forget()
  }

  subscript(register: GPR) -> Value {
    get { registers[register.number] }
    set { registers[register.number] = newValue }
  }

  private mutating func another() -> Value {
    groups.append(-1)
    return Value(number: groups.count - 1, offset: 0)
  }

  /// Nothing is known any longer, neither of registers nor of translations.
  private mutating func forget() {
    for register in registers.indices { registers[register] = another() }
    sums.removeAll(keepingCapacity: true)
    groups[Self.zero] = -1
    groups[Self.page] = -1
  }

  func group(of number: Int) -> Int { groups[number] }
  mutating func setGroup(of number: Int, _ group: Int) { groups[number] = group }

  private mutating func sum(_ first: Value, _ second: Value) -> Value {
    let offset = first.offset &+ second.offset
    if first.number == Self.zero { return Value(number: second.number, offset: offset) }
    if second.number == Self.zero { return Value(number: first.number, offset: offset) }
    let (low, high) = (
      min(first.number, second.number), max(first.number, second.number)
    )
    let key = UInt64(low) << 32 | UInt64(high)
    for known in sums where known.key == key {
      return Value(number: known.number, offset: offset)
    }
    let number = another().number
    sums.append((key, number))
    return Value(number: number, offset: offset)
  }

  private func orZero(_ register: GPR) -> Value {
    register.number == 0 ? Value(number: Self.zero, offset: 0) : self[register]
  }

  /// The effective address of an access.
  mutating func address(_ o: Operation) -> Value {
    let i = o.instruction
    switch o.address {
    case .displacement(let displacement):
      var value = orZero(i.ra)
      value.offset &+= displacement
      return value
    case .indexed: return sum(orZero(i.ra), self[i.rb])
    case .absolute(let address):
      return Value(number: Self.page, offset: Int64(bitPattern: address))
    }
  }

  /// Notes what an instruction does to registers.
  mutating func note(_ o: Operation) {
    let i = o.instruction
    if o.isHelperCall { return forget() }
    switch o.kind {
    case .addi:
      let value = orZero(i.ra)
      self[i.rt] = Value(number: value.number, offset: value.offset &+ i.si)
    case .addis:
      let value = orZero(i.ra)
      self[i.rt] = Value(number: value.number, offset: value.offset &+ i.si << 16)
    case .paddi where !i.r_11:
      let value = orZero(i.ra)
      self[i.rt] = Value(number: value.number, offset: value.offset &+ i.si34)
    case .add: self[i.rt] = sum(self[i.ra], self[i.rb])
    case .or where i.rs == i.rb: self[i.ra] = self[i.rs]
    default:
      var changed = UInt32(truncatingIfNeeded: o.changes.rawValue)
      while changed != 0 {
        registers[changed.trailingZeroBitCount] = another()
        changed &= changed - 1
      }
    }
  }
}
