import PowerArithmetic
import Testing

/// Permutes and packs against models on arrays of bytes and bits.
struct VectorPermuteTests {
  let a = Vector(0x0001_0203_0405_0607, 0x0809_0A0B_0C0D_0E0F)
  let b = Vector(0x1011_1213_1415_1617, 0x1819_1A1B_1C1D_1E1F)

  private func bytes(_ v: Vector) -> [UInt8] { (0..<16).map { v[byte: $0] } }
  private func bits(_ v: Vector) -> [Bool] { (0..<128).map { v[bit: $0] } }

  @Test func permute() {
    let control = Vector(0xE001_1F00_FF10_2F30, 0x0123_4567_89AB_CDEF)
    let source = bytes(a) + bytes(b)
    #expect(bytes(a.permuted(b, by: control)) == bytes(control).map { source[Int($0 & 31)] })
    #expect(
      bytes(a.permutedRight(b, by: control)) == bytes(control).map { source[31 - Int($0 & 31)] })
    #expect(
      bytes(a.permutedXOR(b, by: control)) == bytes(control).map { ($0 >> 4) ^ (0x10 | $0 & 15) })
  }

  @Test(arguments: 0..<16) func shiftOctets(_ count: Int) {
    let source = bytes(a) + bytes(b)
    #expect(bytes(a.shiftedLeft(octets: count, filling: b)) == Array(source[count..<(count + 16)]))
  }

  @Test(arguments: 0..<8) func shiftBits(_ count: Int) {
    let source = bits(a) + bits(b)
    #expect(bits(a.shiftedLeft(bits: count, filling: b)) == Array(source[count..<(count + 128)]))
    #expect(
      bits(a.shiftedRight(bits: count, filling: b)) == Array(source[(128 - count)..<(256 - count)]))
  }

  @Test func variableShiftsAcrossBytes() {
    let counts = Vector(0x0001_0203_0405_0607, 0xF8F9_FAFB_FCFD_FEFF)
    let source = bits(b)
    let left = bits(b.bytesShiftedLeft(counts))
    let right = bits(b.bytesShiftedRight(counts))
    for n in 0..<128 {
      let count = Int(counts[byte: n / 8] & 7)
      #expect(left[n] == (n + count < 128 && source[n + count]))
      #expect(right[n] == (n >= count && source[n - count]))
    }
  }

  @Test func mergesPacksUnpacks() {
    #expect(
      a.merged(b, UInt8.self, high: true) == Vector(0x0010_0111_0212_0313, 0x0414_0515_0616_0717))
    #expect(
      a.merged(b, UInt32.self, high: false) == Vector(0x0809_0A0B_1819_1A1B, 0x0C0D_0E0F_1C1D_1E1F))
    #expect(
      a.packed(b, UInt16.self, UInt8.self) == Vector(0x0103_0507_090B_0D0F, 0x1113_1517_191B_1D1F))
    let wide = Vector(0x7FFF_8000_007F_FF80, 0x0080_FF7F_0000_FFFF)
    let packed = wide.packedSaturated(wide, Int16.self, Int8.self)
    #expect(
      packed.value == Vector(0x7F80_7F80_7F80_00FF, 0x7F80_7F80_7F80_00FF) && packed.saturated)
    #expect(
      wide.packedSaturated(.zero, Int16.self, UInt8.self).value == Vector(0xFF00_7F00_8000_0000, 0))
    #expect(
      wide.unpacked(Int16.self, Int32.self, high: false)
        == Vector(0x0000_0080_FFFF_FF7F, 0x0000_0000_FFFF_FFFF))
    #expect(Vector(0x80, 0x7F).extended(Int8.self, Int64.self) == Vector(~0x7F, 0x7F))
  }

  @Test func pixels() {
    // Alpha's last bit, then five bits of each colour.
    let packed = Vector(0x01FF_0000_0000_FF00, 0x0000_00FF_FE08_1018).packedPixels(.zero)
    #expect(packed == Vector(0xFC00_03E0_001F_0443, 0))
    #expect(
      packed.unpackedPixels(high: true) == Vector(0xFF1F_0000_0000_1F00, 0x0000_001F_0001_0203))
  }

  @Test func bitGathering() {
    let v = Vector(0x8040_2010_0804_0201, 0xFF00_FF00_FF00_FF00)
    for (row, column) in (0..<8).flatMap({ r in (0..<8).map { (r, $0) } }) {
      #expect(v.bitsGathered[bit: 8 * row + column] == v[bit: 8 * column + row])
      #expect(v.bitsGathered[bit: 64 + 8 * row + column] == v[bit: 64 + 8 * column + row])
    }
    for stride in 2...7 {
      let taken = Swift.stride(from: 0, to: 128, by: stride).map { v[bit: $0] }
      for n in 0..<64 {
        #expect(
          (v.everyBit(stride: stride) >> UInt64(63 - n) & 1 != 0) == (n < taken.count && taken[n]))
      }
    }
    #expect(
      v.bitsPermuted(by: Vector(0x0001_090A_7F40_80FF, 0)) == Vector(0b1010_0100_1111_1111, 0))
    #expect(
      v.bitsPermutedInDoublewords(by: Vector(0x0009_123F_4080_FF01, 0x0008_3F40_0001_0203))
        == Vector(0b1111_0000, 0b1000_1111))
  }

  @Test func masks() {
    let v = Vector(0x80FF_7F00_8000_0000, 0x0000_0000_0000_0080)
    #expect(v.signs(UInt8.self) == 0b1100_1000_0000_0001)
    #expect(v.signs(UInt128.self) == 1)
    #expect(
      Vector(mask: 0b1010, UInt32.self) == Vector(0xFFFF_FFFF_0000_0000, 0xFFFF_FFFF_0000_0000))
  }

  @Test func strings() {
    let v = Vector(0x4142_4300_4445_0046, 0x4748_494A_4B4C_4D4E)
    #expect(v.isolatedLeft(UInt8.self) == (Vector(0x4142_4300_0000_0000, 0), true))
    #expect(v.isolatedRight(UInt8.self) == (Vector(0x46, 0x4748_494A_4B4C_4D4E), true))
    #expect(a.isolatedRight(UInt16.self) == (a, false))
    #expect(v.keepingBytes(3, fromLeft: true) == Vector(0x4142_4300_0000_0000, 0))
    #expect(v.keepingBytes(3, fromLeft: false) == Vector(0, 0x4C_4D4E))
    #expect(v.keepingBytes(0, fromLeft: true) == .zero)
    #expect(v.keepingBytes(~0, fromLeft: false) == v)
  }

  @Test func elementsAtBytes() {
    #expect(a.bytes(from: 3, size: 4) == 0x0304_0506)
    #expect(a.bytes(from: 14, size: 4, followedBy: b) == 0x0E0F_1011)
    #expect(a.bytes(from: 14, size: 4) == 0x0E0F_0000)
    var v = a
    v.insert(0xAABB_CCDD, at: 5, size: 2)
    #expect(v == Vector(0x0001_0203_04CC_DD07, 0x0809_0A0B_0C0D_0E0F))
    v.insert(1, at: 13, size: 4)
    v.insert(1, at: -1, size: 4)
    #expect(v == Vector(0x0001_0203_04CC_DD07, 0x0809_0A0B_0C0D_0E0F))
  }
}
