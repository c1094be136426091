import PowerISA

// Book II 4.5 (ISA 3.0): one instruction that reads, computes and writes storage. FC says what.
// Storage that is not aligned, or an operation that leaves its 32-byte block, raises the
// alignment interrupt; an FC that is none, the data storage interrupt.
extension Semantics {
  static func lwat(_ p: Processor, _ i: Instruction) { p.loadAtomic(UInt32.self, i) }
  static func ldat(_ p: Processor, _ i: Instruction) { p.loadAtomic(UInt64.self, i) }
  static func stwat(_ p: Processor, _ i: Instruction) { p.storeAtomic(UInt32.self, i) }
  static func stdat(_ p: Processor, _ i: Instruction) { p.storeAtomic(UInt64.self, i) }
}

/// FC of `lwat` and `ldat`; the first eight also of `stwat` and `stdat`.
private enum AtomicFunction: UInt64 {
  case add = 0
  case xor = 1
  case or = 2
  case and = 3
  case maximumUnsigned = 4
  case maximumSigned = 5
  case minimumUnsigned = 6
  case minimumSigned = 7
  case swap = 8
  case compareAndSwapNotEqual = 16
  case incrementBounded = 24
  case incrementEqual = 25
  case decrementBounded = 28

  func apply<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T? {
    // Flipping the sign bit turns signed order into unsigned order.
    let sign: T = 1 << (T.bitWidth - 1)
    return switch self {
    case .add: a &+ b
    case .xor: a ^ b
    case .or: a | b
    case .and: a & b
    case .maximumUnsigned: max(a, b)
    case .maximumSigned: max(a ^ sign, b ^ sign) ^ sign
    case .minimumUnsigned: min(a, b)
    case .minimumSigned: min(a ^ sign, b ^ sign) ^ sign
    default: nil
    }
  }
}

extension Processor {
  /// DSISR: an atomic memory operation with an invalid function code.
  private static var invalidFunction: UInt64 { 4 }
  /// FC of `stwat` and `stdat`, store twin.
  private static var storeTwin: UInt64 { 24 }

  fileprivate func loadAtomic<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ i: Instruction
  ) {
    let address = self[orZero: i.ra]
    let size = UInt64(MemoryLayout<T>.size)
    guard let function = AtomicFunction(rawValue: i.functionCode) else {
      return dataStorage(address, Self.invalidFunction)
    }
    let operand = T(truncatingIfNeeded: self[i.rt.next])
    var neighbour: UInt64?
    switch function {
    case .incrementBounded, .incrementEqual: neighbour = address &+ size
    case .decrementBounded: neighbour = address &- size
    default: break
    }
    guard address % size == 0, (neighbour ?? address) / 32 == address / 32 else {
      return alignment(address)
    }
    guard let old = load(type, address) else { return }
    var limit: T = 0
    if let neighbour {
      guard let value = load(type, neighbour) else { return }
      limit = value
    }
    var result = UInt64(truncatingIfNeeded: old)
    var new: T?
    switch function {
    case .swap: new = operand
    case .compareAndSwapNotEqual:
      new = old != operand ? T(truncatingIfNeeded: self[i.rt.next.next]) : old
    case .incrementBounded: new = old != limit ? old &+ 1 : nil
    case .incrementEqual: new = old == limit ? old &+ 1 : nil
    case .decrementBounded: new = old != limit ? old &- 1 : nil
    default: new = function.apply(old, operand)
    }
    if let new {
      guard store(new, address) else { return }
    } else {
      // The bound was met: nothing stored, and the most negative number of the size.
      result = 1 << (8 * size - 1)
    }
    self[i.rt] = result
  }

  fileprivate func storeAtomic<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ i: Instruction
  ) {
    let address = self[orZero: i.ra]
    let size = UInt64(MemoryLayout<T>.size)
    let operand = T(truncatingIfNeeded: self[i.rs])
    let isTwin = i.functionCode == Self.storeTwin
    let function = AtomicFunction(rawValue: i.functionCode)
    guard isTwin || function.map({ $0.rawValue < 8 }) == true else {
      return dataStorage(address, Self.invalidFunction)
    }
    guard address % size == 0, !isTwin || (address &+ size) / 32 == address / 32 else {
      return alignment(address)
    }
    guard let old = load(type, address) else { return }
    if isTwin {
      guard let twin = load(type, address &+ size) else { return }
      guard old == twin, store(operand, address) else { return }
      _ = store(operand, address &+ size)
    } else if let new = function?.apply(old, operand) {
      _ = store(new, address)
    }
  }
}

extension Instruction {
  /// FC of the atomic memory operations.
  @inline(__always)
  fileprivate var functionCode: UInt64 { bits(16, 20) }
}
