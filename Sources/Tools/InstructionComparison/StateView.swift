import GuestMemory
import PowerArithmetic
import PowerISA

/// One state in a buffer, by the names of its registers.
struct StateView {
  // Safety: points at `StateLayout.size` bytes of a buffer that outlives the view.
  let base: UnsafeMutableRawPointer
  let isBigEndian: Bool

  /// The doubleword at an offset of ``StateLayout``.
  @inline(__always)
  subscript(_ offset: Int) -> UInt64 {
    get {
      let raw = base.load(fromByteOffset: offset, as: UInt64.self)
      return isBigEndian ? raw.byteSwapped : raw
    }
    nonmutating set {
      base.storeBytes(
        of: isBigEndian ? newValue.byteSwapped : newValue, toByteOffset: offset, as: UInt64.self)
    }
  }

  @inline(__always)
  subscript(gpr n: Int) -> UInt64 {
    get { self[StateLayout.gpr + 8 * n] }
    nonmutating set { self[StateLayout.gpr + 8 * n] = newValue }
  }

  @inline(__always)
  subscript(vsr n: Int) -> Vector {
    get { Vector(self[StateLayout.vsr + 16 * n], self[StateLayout.vsr + 16 * n + 8]) }
    nonmutating set {
      self[StateLayout.vsr + 16 * n] = newValue.doubleword0
      self[StateLayout.vsr + 16 * n + 8] = newValue.doubleword1
    }
  }

  @inline(__always)
  subscript(fpr n: Int) -> UInt64 {
    get { self[StateLayout.vsr + 16 * n] }
    nonmutating set { self[StateLayout.vsr + 16 * n] = newValue }
  }

  var fpscr: UInt64 {
    get { self[StateLayout.fpscr] }
    nonmutating set { self[StateLayout.fpscr] = newValue }
  }

  var cr: UInt64 {
    get { self[StateLayout.cr] }
    nonmutating set { self[StateLayout.cr] = newValue }
  }

  var xer: UInt64 {
    get { self[StateLayout.xer] }
    nonmutating set { self[StateLayout.xer] = newValue }
  }

  /// NJ and SAT.
  var vscr: UInt64 {
    get { self[vscrOffset] }
    nonmutating set { self[vscrOffset] = newValue }
  }

  /// The second doubleword of sixteen bytes; `stvx` and `stxvd2x` put it there in either order.
  private var vscrOffset: Int { StateLayout.vscr + 8 }

  var signal: UInt64 {
    get { self[StateLayout.signal] }
    nonmutating set { self[StateLayout.signal] = newValue }
  }

  var nia: UInt64 {
    get { self[StateLayout.nia] }
    nonmutating set { self[StateLayout.nia] = newValue }
  }

  /// A field of the condition register: LT, GT, EQ, SO from the left.
  subscript(crField n: Int) -> UInt64 {
    get { cr >> UInt64(28 - 4 * n) & 15 }
    nonmutating set {
      let shift = UInt64(28 - 4 * n)
      cr = cr & ~(15 << shift) | (newValue & 15) << shift
    }
  }

  var storage: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: base + StateLayout.storage, count: StateLayout.storageSize)
  }

  func copy(from other: StateView) {
    base.copyMemory(from: other.base, byteCount: StateLayout.size)
  }

  /// Registers that are one doubleword, by the name a reader knows.
  static let doublewords: [(name: String, offset: Int)] = [
    ("cr", StateLayout.cr), ("xer", StateLayout.xer), ("lr", StateLayout.lr),
    ("ctr", StateLayout.ctr), ("tar", StateLayout.tar), ("vrsave", StateLayout.vrsave),
    ("fpscr", StateLayout.fpscr), ("vscr", StateLayout.vscr + 8), ("nia", StateLayout.nia),
    ("signal", StateLayout.signal),
  ]
}
