import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// Reading a guest's pages from outside: pages 8 and 9 of the tree.
@Suite struct ObservationTests {
  let guest: ProblemState

  init() throws {
    guest = try ProblemState()
    try guest.map(8)
    try guest.execute([0x6000_0000])
  }

  @Test func aPageIsFoundWithoutTrace() throws {
    let before = try guest.entry(8)
    #expect(guest.processor.readablePage(at: 0x8_1000) == 0x8_1000)
    #expect(guest.processor.readablePage(at: 0xA_0000) == nil)
    #expect(try guest.entry(8) == before)
    #expect(before & RadixEntry.reference == 0)
  }

  @Test func theProgramIsAskedFor() throws {
    guest.processor.programName = { "at \($0[gpr: 1])" }
    guest.processor[gpr: 1] = 5
    #expect(guest.processor.occurrence(of: Instruction(word: 0x6000_0000), nil).program == "at 5")
  }

  @Test func addressesAreAsWideAsTheMode() throws {
    #expect(guest.processor.addressMask == .max)
    guest.processor.machineState = MSR.pr | MSR.me
    #expect(guest.processor.addressMask == 0xFFFF_FFFF)
  }
}
