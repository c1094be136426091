import PowerArithmetic
import PowerISA

/// The view that instruction semantics have of a virtual processor: a pointer to its state, with
/// accessors in the ISA's terms. A copy copies the pointer.
struct Processor {
  // Safety: points at a `ProcessorState` that `VirtualProcessor` allocates; no `Processor` outlives
  // it.
  let state: UnsafeMutablePointer<ProcessorState>

  @inline(__always)
  init(_ state: UnsafeMutableRawPointer) {
    self.state = state.assumingMemoryBound(to: ProcessorState.self)
  }

  // MARK: registers

  @inline(__always)
  subscript(register: GPR) -> UInt64 {
    @inline(__always) get { state.pointee.gpr[unchecked: register.number] }
    @inline(__always) nonmutating set { state.pointee.gpr[unchecked: register.number] = newValue }
  }

  /// (RA|0): the register, or zero for register 0.
  @inline(__always)
  subscript(orZero register: GPR) -> UInt64 {
    register.number == 0 ? 0 : state.pointee.gpr[unchecked: register.number]
  }

  /// The register's doubleword; setting it clears doubleword 1 of the VSR, as ISA 3.1 requires
  /// and earlier processors do.
  subscript(register: FPR) -> UInt64 {
    @inline(__always) get { state.pointee.vsr[unchecked: register.number].doubleword0 }
    @inline(__always) nonmutating set {
      state.pointee.vsr[unchecked: register.number] = Vector(newValue, 0)
    }
  }

  subscript(register: VR) -> Vector {
    @inline(__always) get { state.pointee.vsr[unchecked: register.number + 32] }
    @inline(__always) nonmutating set {
      state.pointee.vsr[unchecked: register.number + 32] = newValue
    }
  }

  subscript(register: VSR) -> Vector {
    @inline(__always) get { state.pointee.vsr[unchecked: register.number] }
    @inline(__always) nonmutating set { state.pointee.vsr[unchecked: register.number] = newValue }
  }

  /// The four bits of a condition register field: LT, GT, EQ, SO from the left.
  subscript(field: CRField) -> UInt32 {
    @inline(__always) get { UInt32(state.pointee.crFields[unchecked: field.number]) }
    @inline(__always) nonmutating set {
      state.pointee.crFields[unchecked: field.number] = UInt8(truncatingIfNeeded: newValue & 15)
    }
  }

  subscript(bit: CRBit) -> Bool {
    @inline(__always) get {
      state.pointee.crFields[unchecked: bit.number >> 2] & 8 >> UInt8(bit.number & 3) != 0
    }
    @inline(__always) nonmutating set {
      let mask: UInt8 = 8 >> UInt8(bit.number & 3)
      if newValue {
        state.pointee.crFields[unchecked: bit.number >> 2] |= mask
      } else {
        state.pointee.crFields[unchecked: bit.number >> 2] &= ~mask
      }
    }
  }

  // MARK: flags

  /// Sets CR0 from a result compared with zero, as Rc=1 does, with XER[SO] copied.
  @inline(__always)
  func recordCR0(_ result: UInt64) {
    let value = is64Bit ? Int64(bitPattern: result) : Int64(Int32(truncatingIfNeeded: result))
    self[.cr0] = (value < 0 ? 8 : value > 0 ? 4 : 2) | summaryOverflow
  }

  /// XER[SO] as the SO bit of a CR field.
  @inline(__always)
  var summaryOverflow: UInt32 {
    UInt32(truncatingIfNeeded: state.pointee.xerWithoutCarries >> 31) & 1
  }

  @inline(__always)
  var carry: Bool { state.pointee.carry != 0 }

  @inline(__always)
  var is64Bit: Bool { state.pointee.msr & MSR.sf != 0 }

  @inline(__always)
  var isProblemState: Bool { state.pointee.msr & MSR.pr != 0 }
}
