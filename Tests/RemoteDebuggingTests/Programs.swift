import GuestTestSupport
import Machine

/// Programs that a debugger stops, entered in 64-bit mode.
enum DebuggedProgram {
  /// Where it is loaded.
  static let start: UInt64 = 0x40_0000
  /// The doubleword that ``counting`` writes and reads.
  static let counter: UInt64 = 0x50_0000

  /// The words of a program that counts in r3, and in memory.
  static let counting: [UInt32] = [
    0x3860_0000,  // 00       li    r3,0
    0x3C80_0050,  // 04       lis   r4,0x50
    0x3863_0001,  // 08 loop: addi  r3,r3,1
    0xF864_0000,  // 0C       std   r3,0(r4)
    0xE8A4_0000,  // 10       ld    r5,0(r4)
    0x4BFF_FFF4,  // 14       b     loop
  ]

  /// Starts the second processor; the first then counts in r10, and the second in r10 of its own.
  static let twoProcessors: [UInt32] = [
    0x3860_0000, 0x6063_F000,  // 00  li r3,0; ori r3,r3,0xF000
    0x3C80_0040, 0x6084_0040,  // 08  lis r4,0x40; ori r4,r4,0x40
    0x4400_0022,  // 10               sc 1
    0x394A_0001, 0x4BFF_FFFC,  // 14  addi r10,r10,1; b 0x14
    0, 0,
    0x394A_0001, 0x4BFF_FFFC,  // 24  addi r10,r10,1; b 0x24
    0, 0, 0, 0, 0,
    // 40  start-cpu with three arguments and one result: processor 1, at 0x400024.
    0x2006, 3, 1, 1, 0x0040_0024, 0, 0,
  ]

  static func boot(_ words: [UInt32]) -> GuestProgram {
    .file(GuestFile(TestProgram.elf(words), name: "program"))
  }
}
