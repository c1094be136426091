import GuestTestSupport

/// A guest that waits a moment, makes one RTAS call by its hypercall, and loops.
enum EventGuest {
  /// Tokens of the calls, as the tree gives them.
  enum Call: UInt32 {
    case powerOff = 0x2003
    case reboot = 0x2004
    case terminate = 0x201f
    /// Midnight of the first of January 2030, again and again.
    case setTime = 0x2002
    /// Nothing that ends the guest: its status is an error.
    case nothing = 0x20ff
  }

  static func program(_ call: Call) -> [UInt8] {
    let arguments: [UInt32] =
      switch call {
      case .powerOff: [0, 0]
      case .terminate: [0]
      case .setTime: [2030, 1, 1, 0, 0, 0, 0]
      case .reboot, .nothing: []
      }
    let after: UInt32 = call == .setTime ? 0x4BFF_FFE4 : 0x4800_0000
    return TestProgram.elf(
      [
        0x429F_0005,  //       bcl   20,31,here
        0x7FE8_02A6,  // here: mflr  r31
        0x3CA0_0010,  //       lis   r5,16
        0x7CA9_03A6,  //       mtctr r5
        0x4200_0000,  // wait: bdnz  wait
        0x389F_0024,  //       addi  r4,r31,args-here
        0x3C60_0000,  //       lis   r3,0
        0x6063_F000,  //       ori   r3,r3,0xF000      RTAS
        0x4400_0022,  //       sc    1
        after,  //        loop: b     loop, or back to lis r5
        call.rawValue, UInt32(arguments.count), 1,  // args: token, counts; arguments, results
      ] + arguments + [0, 0, 0])
  }
}
