/// A branch of the architecture: what supervisor state looks like, whatever the chip.
public enum ProcessorFamily: String, CaseIterable, Sendable {
  /// The server environment with 64-bit implementations.
  case server64 = "64-bit Book3S"
  /// The server environment before it was one, 32 bits wide: segment registers and BATs.
  case server32 = "32-bit Book3S"
  /// The embedded environment of Book III-E and its ancestors: software-managed TLBs.
  case bookE = "BookE"
  /// The 40x, whose storage control came before Book E.
  case embedded40x = "40x"
  /// The MPC8xx: 32-bit Book3S interrupts with a software-loaded TLB.
  case mpc8xx = "MPC8xx"
  /// Engines of a POWER chip's own microcontrollers.
  case ppe = "PPE"
}

extension ProcessorFamily: CustomStringConvertible {
  /// The family's name in messages.
  public var description: String { rawValue }
}
