import PowerArithmetic
import PowerISA

extension Processor {
  /// Accumulator AT, which is kept in VSRs 4 × AT to 4 × AT + 3.
  func accumulator(_ i: Instruction) -> Accumulator {
    var accumulator = Accumulator()
    for row in 0..<4 { accumulator.rows[row] = self[VSR(UInt64(4 * i.at + row))] }
    return accumulator
  }

  func setAccumulator(_ i: Instruction, _ accumulator: Accumulator) {
    for row in 0..<4 { self[VSR(UInt64(4 * i.at + row))] = accumulator.rows[row] }
  }

  /// Applies an outer product of XA and XB, neither of which may be part of the accumulator.
  ///
  /// - Parameters:
  ///   - products: width of PMSK, at prefix bit 16.
  ///   - columns: width of YMSK, at prefix bit 28.
  ///   - update: answers whether an element was saturated.
  func updateAccumulator(
    _ i: Instruction, products: Int, columns: Int = 4,
    _ update: (inout Accumulator, Vector, Vector, OuterProductMask) -> Bool
  ) {
    guard i.xa.number / 4 != i.at, i.xb.number / 4 != i.at else { return illegal() }
    var mask = OuterProductMask.all
    if columns == 2 { mask.columns = 3 }
    if i.isPrefixed {
      mask.rows = i.prefixBits(24, 27)
      mask.columns = i.prefixBits(28, 27 + columns)
      if products > 0 { mask.products = i.prefixBits(16, 15 + products) }
    }
    var accumulator = accumulator(i)
    if update(&accumulator, self[i.xa], self[i.xb], mask) { state.pointee.vscr |= VSCR.sat }
    setAccumulator(i, accumulator)
  }
}
