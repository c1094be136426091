import GuestMemory
import PowerISA
import Testing

/// The vector facility against QEMU user mode.
@Suite(.enabled(if: QEMUUserMode.unavailable == nil, "needs QEMU user mode and cross compilers"))
struct VectorComparisonTests {
  @Test(arguments: [Endianness.little, .big])
  func vectorFacility(_ order: Endianness) throws {
    let rows = try DecodeRow.rows(
      "VectorArithmetic", "VectorLogical", "VectorPermute", "VectorSpecial", "VectorLoadStore"
    ).filter { !$0.isPending }
    try Comparison(rows: rows, seed: 1).run(order)
  }

  @Test(arguments: [Endianness.little, .big])
  func vectorScalar(_ order: Endianness) throws {
    let rows = try DecodeRow.rows("VSXLoadStore", "VSXPermute", "FixedPointMove").filter {
      !$0.isPending
    }
    try Comparison(rows: rows, seed: 2).run(order)
  }
}
