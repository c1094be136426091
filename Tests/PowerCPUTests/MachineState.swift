import PowerArithmetic

/// What one instruction may read and write.
struct MachineState: Equatable {
  var gpr = [UInt64](repeating: 0, count: 32)
  var vsr = [Vector](repeating: .zero, count: 64)
  var fpscr: UInt64 = 0
  var cr: UInt64 = 0
  var xer: UInt64 = 0
  var vscr: UInt64 = 0
  var lr: UInt64 = 0
  /// The Linux signal the instruction raised, or 0.
  var signal: UInt64 = 0
  /// The bytes at ``storageAddress``.
  var storage = [UInt8](repeating: 0, count: 256)

  static let storageAddress: UInt64 = 0x80000
  static let instructionAddress: UInt64 = 0x83400
}
