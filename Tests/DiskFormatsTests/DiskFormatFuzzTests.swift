import DiskFormats
import DiskSamples
import HostSupport
import Testing

/// Damaged media; `fuzz disk` tries more of them.
@Suite struct DiskFormatFuzzTests {
  @Test func `no medium makes a reader trap or leave the medium`() throws {
    var numbers = SplitMix64(state: 14)
    var found = 0
    for number in 0..<1000 {
      let places = try #require(
        DamagedMedium.examine(DamagedMedium.make(&numbers)), "input \(number)")
      if places > 0 { found += 1 }
    }
    #expect(found > 100)
  }
}
