import PowerArithmetic
import PowerISA

extension Processor {
  /// The element of a vector register that belongs to an address within its quadword.
  func element<T: FixedWidthInteger>(of type: T.Type, at ea: UInt64) -> Int {
    let n = Int(ea & 15) / MemoryLayout<T>.size
    return state.pointee.littleEndian ? Vector.count(of: T.self) - 1 - n : n
  }

  /// Between a quadword in the byte order of MSR[LE] and a vector whose element 0 is at the
  /// lowest address: the same in big-endian mode, the elements reversed in little-endian mode.
  @inline(__always)
  func inElementOrder<T: FixedWidthInteger>(_ quadword: UInt128, _ type: T.Type) -> Vector {
    let value = Vector(quadword: quadword)
    guard state.pointee.littleEndian else { return value }
    return Vector.generate(T.self) { value[Vector.count(of: T.self) - 1 - $0, T.self] }
  }

  /// The first `count` bytes (at most 16) left-justified, zeros behind; nil after an interrupt.
  func loadBytes(_ ea: UInt64, count: UInt64) -> Vector? {
    var result = Vector.zero
    for n in 0..<min(count, 16) {
      guard let byte = load(UInt8.self, ea &+ n) else { return nil }
      result[byte: Int(n)] = byte
    }
    return result
  }

  /// Stores the first `count` bytes, at most 16.
  func storeBytes(_ value: Vector, _ ea: UInt64, count: UInt64) {
    for n in 0..<min(count, 16) {
      guard store(value[byte: Int(n)], ea &+ n) else { return }
    }
  }

  /// Two registers from 32 bytes; in little-endian mode the odd register has the lower address.
  func loadPair(_ register: VSR, _ ea: UInt64) {
    guard let low = loadQuadword(ea), let high = loadQuadword(ea &+ 16) else { return }
    let swap = state.pointee.littleEndian
    self[register] = Vector(quadword: swap ? high : low)
    self[register.next] = Vector(quadword: swap ? low : high)
  }

  func storePair(_ register: VSR, _ ea: UInt64) {
    let (first, second) = (self[register].quadword, self[register.next].quadword)
    let swap = state.pointee.littleEndian
    guard storeQuadword(swap ? second : first, ea) else { return }
    _ = storeQuadword(swap ? first : second, ea &+ 16)
  }
}
