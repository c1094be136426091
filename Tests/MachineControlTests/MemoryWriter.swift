import GuestTestSupport

/// A guest that writes memory all the time and looks whether it stays what was written.
///
/// Sweep by sweep it stores the sweep's number into each of 2,048 pages, and reads them all back. It
/// prints OK once something has been typed, or NO at the first doubleword that is another, and leaves
/// the firmware.
enum MemoryWriter {
  static var program: [UInt8] {
    TestProgram.elf([
      0x7CBB_2B78,  //         mr    r27,r5      the client interface
      0x3FE0_0200,  //         lis   r31,0x200
      0x3BC0_0800,  //         li    r30,2048
      0x3BA0_7530,  //         li    r29,30000   to be found in a dump
      0x3B80_0000,  //         li    r28,0
      0x3B9C_0001,  // sweep:  addi  r28,r28,1
      0x7FC9_03A6,  //         mtctr r30
      0x7FE3_FB78,  //         mr    r3,r31
      0xFB83_0000,  // write:  std   r28,0(r3)
      0x3863_1000,  //         addi  r3,r3,4096
      0x4200_FFF8,  //         bdnz  write
      0x7FC9_03A6,  //         mtctr r30
      0x7FE3_FB78,  //         mr    r3,r31
      0xE883_0000,  // verify: ld    r4,0(r3)
      0x7C24_E000,  //         cmpd  r4,r28
      0x4082_0028,  //         bne   bad
      0x3863_1000,  //         addi  r3,r3,4096
      0x4200_FFF0,  //         bdnz  verify
      0x3C80_7100,  //         lis   r4,0x7100   the terminal's unit address
      0x3860_0054,  //         li    r3,H_GET_TERM_CHAR
      0x4400_0022,  //         sc    1
      0x2C24_0000,  //         cmpdi r4,0        the number of characters
      0x4182_FFBC,  //         beq   sweep
      0x3CC0_4F4B,  //         lis   r6,"OK"
      0x4800_0008,  //         b     say
      0x3CC0_4E4F,  // bad:    lis   r6,"NO"
      0x78C6_07C6,  // say:    sldi  r6,r6,32
      0x38A0_0002,  //         li    r5,2
      0x3C80_7100,  //         lis   r4,0x7100
      0x3860_0058,  //         li    r3,H_PUT_TERM_CHAR
      0x4400_0022,  //         sc    1
      0x429F_0005,  //         bcl   20,31,here
      0x7C68_02A6,  // here:   mflr  r3
      0x3863_0018,  //         addi  r3,r3,args-here
      0x38A3_000C,  //         addi  r5,r3,12
      0x90A3_0000,  //         stw   r5,0(r3)
      0x7F69_03A6,  //         mtctr r27
      0x4E80_0421,  //         bctrl
      0, 0, 0,  //     args:   the service's name, no arguments, no results
      0x6578_6974, 0,  //      "exit"
    ])
  }
}
