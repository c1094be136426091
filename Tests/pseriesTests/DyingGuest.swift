import GuestTestSupport

/// A kernel whose program dies of an instruction: it maps its page, lets problem state execute `modud`
/// of ISA 3.0, and its handler of program interrupts calls ibm,os-term.
enum DyingGuest {
  static var file: [UInt8] { TestProgram.elf(words) }

  private static let words: [UInt32] = [
    0x429F_0005,  // bcl 20,31,here
    0x7FE8_02A6,  // here: mflr r31
    0x3CA0_4400,  // lis r5,0x4400
    0x60A5_0022,  // ori r5,r5,0x22     sc 1
    0x38C0_0700,  // li r6,0x700
    0x90A6_0000,  // stw r5,0(r6)
    0x3CA0_4800,  // lis r5,0x4800      b .
    0x90A6_0004,  // stw r5,4(r6)
    0x3860_0008,  // li r3,8            H_ENTER
    0x3880_0000,  // li r4,0
    0x38A0_2008,  // li r5,0x2008       entry: 8 * (1 ^ 0x400)
    0x38C0_1001,  // li r6,0x1001       segment 1, valid
    0x3CE0_0040,  // lis r7,0x40
    0x60E7_0192,  // ori r7,r7,0x192    this page, PP 2
    0x4400_0022,  // sc 1
    0x38A0_1000,  // li r5,0x1000       segment 1
    0x3CC0_0800,  // lis r6,0x800       ESID 0, valid
    0x7CA0_3324,  // slbmte r5,r6
    0x4C00_012C,  // isync
    0x7CE0_00A6,  // mfmsr r7
    0x60E7_4030,  // ori r7,r7,0x4030   PR, IR, DR
    0x7CFB_03A6,  // mtsrr1 r7
    0x391F_006C,  // addi r8,r31,user-here
    0x7D1A_03A6,  // mtsrr0 r8
    0x389F_0070,  // addi r4,r31,args-here
    0x3C60_0000,  // lis r3,0
    0x6063_F000,  // ori r3,r3,0xF000   RTAS
    0x4C00_0024,  // rfid
    0x7D29_5212,  // user: modud r9,r9,r10
    0x201F, 1, 1, 0, 0, 0,  // args: ibm,os-term, counts, message, status
  ]
}
