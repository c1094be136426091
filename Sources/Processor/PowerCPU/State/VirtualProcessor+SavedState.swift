import GuestMemory
import PowerArithmetic
import PowerISA
public import SavedState

extension StateSection {
  /// A processor's registers. 2: the copy buffer, where it waits for its `paste.`.
  public static let processor = StateSection("cpu", version: 2)
}

/// The state of a processor that a restored one continues with: all that a guest can see, and nothing an
/// engine can make again.
extension VirtualProcessor {
  /// Saves or restores the processor between two runs.
  ///
  /// Addresses are guest real addresses. The machine saves the timebase, the process table and the
  /// hashed page table, which its processors share.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    if !coder.isReading { bringCountersUpToDate() }
    var msr = state.pointee.msr
    try coder.field("msr", &msr)
    try coder.field("nia", &state.pointee.nia)
    try codeUserRegisters(&coder)
    try codePrivilegedRegisters(&coder)
    try codeSpecialPurposeRegisters(&coder)
    try codeSegments(&coder)
    try codeReservation(&coder)
    try codeCopyBuffer(&coder)
    try coder.field("icount", &instructionsBeforeRun)
    guard coder.isReading else { return }
    problemStateInstructions = hardware.instructions(
      under: PCR(rawValue: specialPurposeRegisters[SPR.Number.pcr]))
    setMSRWithoutInterrupts(msr)
    contextChanged()
    updateWatchpoints()
    updateTracing()
    invalidateTranslations()
    dropDecodedCode()
    monitor = PerformanceMonitor()
    monitorStateChanged()
  }

  private func codeUserRegisters(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("gpr", &state.pointee.gpr)
    try coder.field("lr", &state.pointee.lr)
    try coder.field("ctr", &state.pointee.ctr)
    try coder.field("tar", &state.pointee.tar)
    try coder.field("cr", &state.pointee.cr)
    try coder.field("xer", &state.pointee.xer)
    var halves = [UInt64]()
    if !coder.isReading {
      for number in 0..<64 {
        let register = state.pointee.vsr[number]
        halves += [register.doubleword0, register.doubleword1]
      }
    }
    try coder.field("vsr", halves) { halves throws(InvalidValue) in
      guard halves.count == 128 else { throw InvalidValue("not 64 registers") }
      for number in 0..<64 {
        state.pointee.vsr[number] = Vector(halves[2 * number], halves[2 * number + 1])
      }
    }
    try coder.field("fpscr", &state.pointee.fpscr)
    try coder.field("vscr", &state.pointee.vscr)
    try coder.field("vrsave", &state.pointee.vrsave)
  }

  private func codePrivilegedRegisters(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("cfar", &state.pointee.cfar)
    try coder.field("srr0", &state.pointee.srr0)
    try coder.field("srr1", &state.pointee.srr1)
    try coder.field("dar", &state.pointee.dar)
    try coder.field("dsisr", &state.pointee.dsisr)
    try coder.field("lpcr", &state.pointee.lpcr)
    try coder.field("fscr", &state.pointee.fscr)
    try coder.field("amr", &state.pointee.amr)
    try coder.field("iamr", &state.pointee.iamr)
    try coder.field("uamor", &state.pointee.uamor)
    try coder.field("pid", &state.pointee.pid)
    try coder.field("pend", state.pointee.pending.rawValue) { raw in
      state.pointee.pending = PendingInterrupts(rawValue: raw)
    }
    try coder.field("dec", &decrementerZero)
    try coder.field("idle", &idleTicks)
  }

  /// Registers that are not on a fast path, unless they are zero.
  private func codeSpecialPurposeRegisters(_ coder: inout FieldCoder) throws(StateError) {
    struct Register {
      var number: UInt16 = 0
      var value: UInt64 = 0
    }
    var registers: [Register] = []
    if !coder.isReading {
      for (number, value) in specialPurposeRegisters.enumerated() where value != 0 {
        registers.append(Register(number: UInt16(number), value: value))
      }
    }
    try coder.list("spr", &registers, initial: Register()) {
      register, coder throws(StateError) in
      try coder.field("num", register.number) { number throws(InvalidValue) in
        guard specialPurposeRegisters.indices.contains(Int(number)) else {
          throw InvalidValue("there is no SPR \(number)")
        }
        register.number = number
      }
      try coder.field("val", &register.value)
    }
    guard coder.isReading else { return }
    for number in specialPurposeRegisters.indices { specialPurposeRegisters[number] = 0 }
    for register in registers {
      specialPurposeRegisters[place(of: Int(register.number))] = register.value
    }
  }

  /// Earlier versions had the DABR of processors before 2.07 in the place of DAWR0.
  private func place(of number: Int) -> Int {
    guard hardware.isa < .v2_07 else { return number }
    return switch number {
    case SPR.Number.dawr0: SPR.Number.dabr
    case SPR.Number.dawrx0: SPR.Number.dabrx
    default: number
    }
  }

  /// A processor with fewer entries can take the guest when the guest does not use the others.
  private func codeSegments(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("slb", slb.flatMap { [$0.effective, $0.virtual] }) {
      words throws(InvalidValue) in
      guard words.count.isMultiple(of: 2) else { throw InvalidValue("half an entry") }
      for index in 0..<max(slb.count, words.count / 2) {
        let entry =
          2 * index < words.count
          ? SLBEntry(effective: words[2 * index], virtual: words[2 * index + 1])
          : SLBEntry()
        if index < slb.count {
          slb[index] = entry
        } else if entry.isValid {
          throw InvalidValue(
            "entry \(index) is valid, but \(hardware.name) has \(slb.count) entries")
        }
      }
    }
  }

  private func codeCopyBuffer(_ coder: inout FieldCoder) throws(StateError) {
    let waiting = copyBuffer.isFull ? copyBuffer.block : []
    try coder.field("copy", waiting, since: 2, default: []) {
      block throws(InvalidValue) in
      guard !block.isEmpty else { return copyBuffer = CopyBuffer() }
      guard let buffer = CopyBuffer(block) else {
        throw InvalidValue("\(block.count) bytes are no block of \(CopyBuffer.size)")
      }
      copyBuffer = buffer
    }
  }

  private func codeReservation(_ coder: inout FieldCoder) throws(StateError) {
    struct Reservation {
      var address: UInt64 = 0
      var size: UInt8 = 0
      var high: UInt64 = 0
      var low: UInt64 = 0
    }
    let base = UInt(bitPattern: memory.base)
    var reservation: Reservation? =
      state.pointee.reservationAddress == 0
      ? nil
      : Reservation(
        address: UInt64(state.pointee.reservationAddress - base),
        size: UInt8(state.pointee.reservationSize),
        high: state.pointee.reservationHigh, low: state.pointee.reservationLow)
    try coder.group("resv", &reservation, initial: Reservation()) {
      reservation, coder throws(StateError) in
      try coder.field("addr", &reservation.address)
      try coder.field("size", reservation.size) { size throws(InvalidValue) in
        guard [1, 2, 4, 8, 16].contains(size),
          memory.contains(reservation.address, count: UInt64(size))
        else { throw InvalidValue("no storage can be reserved there") }
        reservation.size = size
      }
      try coder.field("dw0", &reservation.high)
      try coder.field("dw1", &reservation.low)
    }
    guard coder.isReading else { return }
    state.pointee.reservationAddress = reservation.map { base + UInt($0.address) } ?? 0
    state.pointee.reservationSize = Int(reservation?.size ?? 0)
    state.pointee.reservationHigh = reservation?.high ?? 0
    state.pointee.reservationLow = reservation?.low ?? 0
  }
}
