import OpenFirmware
import Testing

@Suite("Architecture vector")
struct ArchitectureVectorTests {
  @Test("fields of Linux's vector")
  func linux() throws {
    let vector = try SampleVector.linux61(modes: SampleVector.radix).vector()
    #expect(vector.processors.count == 14)
    #expect(vector.processors.last?.isTerminator == true)
    #expect(vector.vectors.map(\.number) == [1, 2, 3, 4, 5, 6])
    #expect(vector[2]?.integer(UInt32.self, at: 24) == 512)
    #expect(vector[5]?.contains(.radixGTSE) == true)
    #expect(vector[5]?.contains(.hashGTSE) == false)
    #expect(vector[6]?.byte(3) == 2)
    #expect(vector[7] == nil)
    #expect(vector.bytes == SampleVector.linux61(modes: SampleVector.radix).bytes)
  }

  @Test("every cut of a vector is reported with the offset where it ends")
  func truncation() throws {
    let bytes = SampleVector.linux616().bytes
    for count in 0..<bytes.count {
      #expect(throws: ArchitectureVectorError.self) {
        try ArchitectureVector(Array(bytes.prefix(count)))
      }
    }
    #expect(
      throws: ArchitectureVectorError.truncated(part: "PVR list entry 2", offset: 13)
    ) { try ArchitectureVector(Array(bytes.prefix(13))) }
    #expect(throws: ArchitectureVectorError.trailingBytes(count: 1, offset: bytes.count)) {
      try ArchitectureVector(bytes + [0])
    }
  }

  @Test("a list without end is refused")
  func endless() {
    #expect(throws: ArchitectureVectorError.unterminatedList(entries: 512)) {
      try ArchitectureVector(reading: { _ in 0 })
    }
  }

  @Test("vectors without end are refused")
  func endlessVectors() {
    // One terminator; then expansion after expansion of 256 two-byte vectors.
    #expect(throws: ArchitectureVectorError.self) {
      try ArchitectureVector(reading: { $0 < 4 ? 0 : $0 < 8 || ($0 - 8) % 511 == 0 ? 255 : 0 })
    }
  }

  @Test("vector 256 is the start of an expansion array")
  func expansion() throws {
    var bytes: [UInt8] = [0, 0, 0, 0, 255, 255, 255, 255, 255]
    for number in 1...255 { bytes += [0, UInt8(number)] }
    bytes += [1, 0, 0xAA, 1, 0xBB, 0xCC]
    let vector = try ArchitectureVector(bytes)
    #expect(vector.vectors.count == 257)
    #expect(vector[255]?.bytes == [255])
    #expect(vector[256] == nil)
    #expect(vector[257]?.bytes == [0xAA])
    #expect(vector[258]?.bytes == [0xBB, 0xCC])
  }
}
