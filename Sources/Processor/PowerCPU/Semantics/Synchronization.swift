import PowerISA
import Synchronization

// Book II 4.6.1 and 4.6.3. Instructions execute in order, one host access after the other, so a
// barrier concerns only what other host threads see.
extension Semantics {
  /// Refetches: what other processors wrote over executed code takes effect.
  static func isync(_ p: Processor, _ i: Instruction) { p.owner.catchUpWithCodeWrites() }

  /// L=1 is `lwsync`, for which acquiring and releasing is enough; `hwsync`, `ptesync` and the
  /// persistent forms are stronger.
  @inline(__always)
  static func sync(_ p: Processor, _ i: Instruction) {
    if i.bits(9, 10) == 1 {
      atomicMemoryFence(ordering: .acquiringAndReleasing)
    } else {
      atomicMemoryFence(ordering: .sequentiallyConsistent)
    }
  }

  @inline(__always)
  static func eieio(_ p: Processor, _ i: Instruction) {
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  /// A wait may end at any time, and this one does at once.
  @inline(__always)
  static func wait(_ p: Processor, _ i: Instruction) {}

  @inline(__always)
  static func pnop(_ p: Processor, _ i: Instruction) {}
}
