import HostSupport
import Testing

@Suite struct HexadecimalTests {
  @Test func digits() {
    #expect((0 as UInt8).hexDigits() == "0" && (0xAB as UInt8).hexDigits(1) == "ab")
    #expect(0x1F.hexDigits(4) == "001f" && UInt64.max.hexDigits(8) == "ffffffffffffffff")
    #expect(UInt128.max.hexDigits() == String(repeating: "f", count: 32))
    #expect(0x4E1202.hexadecimal(digits: 8) == "0x004e1202" && 0.hexadecimal() == "0x0")
  }

  @Test func bytes() {
    #expect([0, 1, 0xFF].hexDigits() == "0001ff" && [UInt8]().hexDigits() == "")
    #expect([0, 1, 0xFF].hexDigits(separator: " ") == "00 01 ff")
    #expect([UInt8](hexDigits: "0001fF") == [0, 1, 0xFF] && [UInt8](hexDigits: "") == [])
    for text in ["0", "0g", "+1", "0 ", "\u{ff10}\u{ff10}"] {
      #expect([UInt8](hexDigits: text) == nil, "\(text)")
    }
  }

  @Test func numbersAreRead() {
    #expect(UInt32(hexadecimal: "0x4e1202") == 0x4E_1202 && UInt32(hexadecimal: "0XFf") == 255)
    #expect(UInt8(hexDigits: "ff") == 255 && UInt64(hexDigits: "00"[...]) == 0)
    for text in ["", "0x", "0x-1", "0x+1", "ff", "0xg", "0x 1", "0x1 ", "0x100000000", "x1"] {
      #expect(UInt32(hexadecimal: text) == nil, "\(text)")
    }
    for text in ["", "+1", "-1", "0x1", "100"] { #expect(UInt8(hexDigits: text) == nil, "\(text)") }
  }
}
