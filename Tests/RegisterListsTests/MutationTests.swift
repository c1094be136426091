import Testing

@testable import RegisterLists

/// Damaged lists: read or refused, never a trap. `fuzz registers` does the same at length.
@Suite struct MutationTests {
  @Test(arguments: ["a15-kvm.json", "power8-kvm.json"])
  func damagedLists(_ name: String) throws {
    let original = try Sample.list(name)
    let forms = [try Sample.bytes(name), original.binary(.big), original.binary(.little)]
    var generator = SystemRandomNumberGenerator()
    var read = 0
    for number in 0..<300 {
      var bytes = forms[number % forms.count]
      for _ in 0...Int.random(in: 0..<3, using: &generator) {
        let at = bytes.indices.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[at] = .random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(at..<min(at + 12, bytes.count))
        default: bytes.removeLast(min(3, bytes.count))
        }
        if bytes.isEmpty { break }
      }
      guard let list = try? RegisterDump(reading: bytes, file: name) else { continue }
      read += 1
      // What was read is written and read back as the same.
      let copy = try RegisterDump(reading: Array(list.json().utf8), file: name)
      #expect(copy.values == list.values)
      if list.family.name == original.family.name {
        let comparison = try RegisterComparison(list, original, mode: original.family.modes[0])
        #expect(comparison.isAccepted == comparison.reasons.isEmpty)
      }
    }
    #expect(read > 0)
  }
}
