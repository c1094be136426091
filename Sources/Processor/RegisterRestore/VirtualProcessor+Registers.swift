import PowerArithmetic
import PowerCPU
import PowerISA
import RegisterLists

/// What a processor says of a register of the list.
enum RegisterValue {
  /// It does not have it.
  case none
  case whole(UInt128)
  /// It has a part.
  case part(RegisterIdentifier, UInt128)
}

extension VirtualProcessor {
  func value(of register: RegisterDescription) -> RegisterValue {
    switch register.architected {
    case .general(let number): return .whole(UInt128(self[gpr: number]))
    case .vectorScalar(let number): return vector(number, register)
    case .specialPurpose(let number):
      guard let register = existing(number) else { return .none }
      return .whole(UInt128(read(register)))
    case nil: break
    }
    return switch register.name {
    case "PC": .whole(UInt128(nextInstruction))
    case "MSR": .whole(UInt128(machineState))
    case "CR": .whole(UInt128(conditionRegister))
    case "FPSCR": .whole(UInt128(floatingPointStatus))
    case "VSCR": hardware.facilities.vector > 0 ? .whole(UInt128(vectorStatus)) : .none
    case "ARCH_COMPAT":
      .whole(UInt128(hardware.level(under: PCR(rawValue: read(.pcr)))?.logicalPVR ?? 0))
    case "ONLINE": .whole(1)
    case "DEC_EXPIRY": .whole(UInt128(decrementerExpiry))
    default: .none
    }
  }

  /// VSR 32 and up are the vector registers; the others have their right halves with VSX only.
  private func vector(_ number: Int, _ register: RegisterDescription) -> RegisterValue {
    let bits = self[vsr: number].quadword
    if number >= 32 { return hardware.facilities.vector > 0 ? .whole(bits) : .none }
    guard !hardware.hasVectorScalar, let half = register.alternatives.first else {
      return .whole(bits)
    }
    return .part(half.identifier, bits >> 64)
  }

  /// The special-purpose register of that number, if this processor has it.
  private func existing(_ number: Int) -> SPR? {
    guard SPR.byNumber.indices.contains(number), let register = SPR.byNumber[number],
      register.exists(in: hardware.instructions)
    else { return nil }
    return register
  }

  /// Sets a register as far as it can; reading it back shows how far that was.
  func set(_ register: RegisterDescription, _ bits: UInt128) {
    let value = UInt64(truncatingIfNeeded: bits)
    switch register.architected {
    case .general(let number): self[gpr: number] = value
    case .vectorScalar(let number): self[vsr: number] = Vector(quadword: bits)
    case .specialPurpose(SPR.Number.tb): timebaseOffset &+= value &- timebase
    case .specialPurpose(SPR.Number.purr): idleTicks = timebase &- value
    case .specialPurpose(let number):
      if let register = existing(number) { write(register, value) }
    case nil: setUnnumbered(register.name, value)
    }
  }

  private func setUnnumbered(_ name: String, _ value: UInt64) {
    switch name {
    case "PC": nextInstruction = value
    case "MSR": machineState = value
    case "CR": conditionRegister = UInt32(truncatingIfNeeded: value)
    case "FPSCR": floatingPointStatus = value
    case "VSCR": vectorStatus = UInt32(truncatingIfNeeded: value)
    case "ARCH_COMPAT":
      // A level that the processor does not have is not set, and so shows when read back.
      let level = CompatibilityLevel(logicalPVR: UInt32(truncatingIfNeeded: value))
      let supported = level.flatMap { hardware.supports($0) ? $0 : nil }
      write(.pcr, hardware.effectivePCR(at: supported).rawValue)
    case "DEC_EXPIRY": decrementerExpiry = value
    default: break
    }
  }
}
