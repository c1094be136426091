import PlatformTree
import PowerISA
import Testing

/// Bytes of `ibm,pa-features` by version of the architecture.
@Suite struct ProcessorAttributesTests {
  @Test(arguments: [
    (ISALevel.v2_05, "0600f61fc60000c0"), (.v2_06, "0600f61fc70000c0"),
    (.v2_07, "1800f61fc7c000f08000000000000000000080008000800000" + "00"),
  ])
  func attributes(isa: ISALevel, hex: String) throws {
    let bytes = try #require(ProcessorAttributes(isa: isa, level: nil)).property
    #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == hex)
  }

  @Test func attributesCountTheirBytes() throws {
    for (isa, count) in [(ISALevel.v3_0, 66), (.v3_1, 74)] {
      let attributes = try #require(ProcessorAttributes(isa: isa, level: nil))
      #expect(attributes.bytes.count == count)
      #expect(ProcessorAttributes(property: attributes.property) == attributes)
      #expect(attributes[.radix] && !attributes[.transactionalMemory])
    }
    #expect(ProcessorAttributes(isa: .v2_01, level: nil) == nil)
    #expect(ProcessorAttributes(property: [3, 0, 1, 2]) == nil)
    #expect(ProcessorAttributes(property: [1, 7, 1, 2, 0, 5, 6])?.bytes == [5, 6])
    #expect(ProcessorAttributes(property: []) == nil)
  }
}
