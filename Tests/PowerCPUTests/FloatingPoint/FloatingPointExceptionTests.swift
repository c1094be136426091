import PowerArithmetic
import PowerISA
import Testing

@testable import PowerCPU

/// What an enabled floating-point exception leaves behind (Book I 4.4, Book III 7.5.9).
@Suite struct FloatingPointExceptionTests {
  private static let instruction: UInt64 = 0x1_0000

  /// Executes `fdiv. f3,f1,f2`.
  private func divide(
    _ a: Double, by b: Double, fpscr: UInt64, msr: UInt64
  ) throws -> VirtualProcessor {
    let cpu = try VirtualProcessor.forTest()
    cpu.machineState |= MSR.fp | msr
    let state = cpu.state
    state.pointee.vsr[1] = Vector(a.bitPattern, 0)
    state.pointee.vsr[2] = Vector(b.bitPattern, 0)
    state.pointee.vsr[3] = Vector(0x1234, 0x5678)
    state.pointee.fpscr = fpscr
    try cpu.execute([0xFC61_1025], at: Self.instruction)
    return cpu
  }

  @Test func disabledZeroDivide() throws {
    let cpu = try divide(1, by: 0, fpscr: 0, msr: MSR.fe0 | MSR.fe1)
    #expect(cpu.state.pointee.vsr[3] == Vector(Double.infinity.bitPattern, 0))
    #expect(cpu.state.pointee.fpscr == FPSCR.fx | FPSCR.zx | 0x5000)
    #expect(cpu.state.pointee.cr >> 24 & 15 == 8)
    #expect(cpu.state.pointee.nia == Self.instruction + 4)
  }

  /// The target and FPRF stay, FEX is set, and the interrupt names the instruction.
  @Test func enabledZeroDivide() throws {
    let cpu = try divide(1, by: 0, fpscr: FPSCR.ze | 0x4000, msr: MSR.fe0 | MSR.fe1)
    #expect(cpu.state.pointee.vsr[3] == Vector(0x1234, 0x5678))
    #expect(
      cpu.state.pointee.fpscr == FPSCR.fx | FPSCR.fex | FPSCR.zx | FPSCR.ze | 0x4000)
    #expect(cpu.state.pointee.cr >> 24 & 15 == 12)
    #expect(cpu.state.pointee.nia == 0x700)
    #expect(cpu.state.pointee.srr0 == Self.instruction)
    #expect(cpu.state.pointee.srr1 & 1 << 20 != 0)
  }

  /// With MSR[FE0,FE1] zero the same without the interrupt.
  @Test func ignoredExceptions() throws {
    let cpu = try divide(0, by: 0, fpscr: FPSCR.ve, msr: 0)
    #expect(cpu.state.pointee.vsr[3] == Vector(0x1234, 0x5678))
    #expect(
      cpu.state.pointee.fpscr
        == FPSCR.fx | FPSCR.fex | FPSCR.vx | FPSCR.vxzdz | FPSCR.ve)
    #expect(cpu.state.pointee.nia == Self.instruction + 4)
  }

  /// An inexact result is delivered before its interrupt.
  @Test func enabledInexact() throws {
    let cpu = try divide(1, by: 3, fpscr: FPSCR.xe, msr: MSR.fe1)
    #expect(cpu.state.pointee.vsr[3] == Vector((1.0 / 3).bitPattern, 0))
    #expect(
      cpu.state.pointee.fpscr
        == FPSCR.fx | FPSCR.fex | FPSCR.xx | FPSCR.fi | FPSCR.xe | 0x4000)
    #expect(cpu.state.pointee.nia == 0x700)
  }

  /// FX is set by a change from 0 to 1 alone.
  @Test func stickyExceptions() throws {
    let cpu = try divide(1, by: 3, fpscr: FPSCR.xx, msr: 0)
    #expect(cpu.state.pointee.fpscr == FPSCR.xx | FPSCR.fi | 0x4000)
    #expect(cpu.state.pointee.cr >> 24 & 15 == 0)
  }

  /// `mtfsf` that enables an exception already set interrupts; so it does not with FE0=FE1=0.
  @Test(arguments: [(MSR.fe0, UInt64(0x700)), (0, 0x1_0004)])
  func enablingLate(msr: UInt64, next: UInt64) throws {
    let cpu = try VirtualProcessor.forTest()
    cpu.machineState |= MSR.fp | msr
    cpu.state.pointee.vsr[1] = Vector(FPSCR.zx | FPSCR.ze, 0)
    // mtfsf 0xFF,f1
    try cpu.execute([0xFDFE_0D8E], at: Self.instruction)
    #expect(cpu.state.pointee.fpscr == FPSCR.fex | FPSCR.zx | FPSCR.ze)
    #expect(cpu.state.pointee.nia == next)
  }
}
