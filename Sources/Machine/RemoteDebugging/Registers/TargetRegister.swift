internal import PowerArithmetic
internal import PowerCPU
internal import PowerISA

/// A register as the debugger knows it.
struct TargetRegister {
  /// The parts of the description; the first four have gdb's names, by which it knows the registers.
  enum Feature: String, CaseIterable {
    case core = "org.gnu.gdb.power.core"
    case fpu = "org.gnu.gdb.power.fpu"
    case altivec = "org.gnu.gdb.power.altivec"
    case vsx = "org.gnu.gdb.power.vsx"
    case special = "papr.special-purpose"
  }

  let name: String
  let bits: Int
  let feature: Feature
  /// Its type in the description; nil for an integer.
  var type: String?
  /// The group of `info registers GROUP`.
  var group: String?
  let read: (VirtualProcessor) -> UInt128
  /// nil when it cannot be written.
  let write: ((VirtualProcessor, UInt128) -> Void)?

  init(
    _ name: String, bits: Int, _ feature: Feature, type: String? = nil, group: String? = nil,
    read: @escaping (VirtualProcessor) -> UInt128,
    write: ((VirtualProcessor, UInt128) -> Void)?
  ) {
    (self.name, self.bits, self.feature) = (name, bits, feature)
    (self.type, self.group, self.read, self.write) = (type, group, read, write)
  }

  var byteCount: Int { bits / 8 }

  /// The value in storage order.
  func bytes(of processor: VirtualProcessor, isLittleEndian: Bool) -> [UInt8] {
    let value = read(processor)
    let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * $0)) }
    return isLittleEndian ? bytes : bytes.reversed()
  }

  /// The value of bytes in storage order, of which there are ``byteCount``.
  static func value(_ bytes: some BidirectionalCollection<UInt8>, isLittleEndian: Bool) -> UInt128 {
    func joined(_ bytes: some Sequence<UInt8>) -> UInt128 {
      bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
    return isLittleEndian ? joined(bytes.reversed()) : joined(bytes)
  }
}

/// The registers of a processor, by the numbers that the debugger uses: those that it knows without a
/// description come first, in its order.
struct TargetRegisters {
  let all: [TargetRegister]
  /// Whether addresses and general-purpose registers have 64 bits.
  let isWide: Bool

  /// - Parameters:
  ///   - model: the processor.
  ///   - isWide: false to describe the low halves of a processor that is in 32-bit mode.
  init(_ model: ProcessorModel, isWide: Bool) {
    self.isWide = isWide
    let bits = isWide ? 64 : 32
    var all = Self.general(bits) + Self.floatingPoint + Self.branch(bits) + [Self.fpscr]
    if model.facilities.vector > 0 { all += Self.vector }
    if model.facilities.vector > 1 { all += Self.vectorScalar }
    self.all = all + Self.special(model)
  }

  // MARK: rows

  private static func general(_ bits: Int) -> [TargetRegister] {
    (0..<32).map { number in
      TargetRegister(
        "r\(number)", bits: bits, .core, read: { UInt128($0[gpr: number]) },
        write: { $0[gpr: number] = UInt64(truncatingIfNeeded: $1) })
    }
  }

  private static func branch(_ bits: Int) -> [TargetRegister] {
    [
      TargetRegister(
        "pc", bits: bits, .core, type: "code_ptr", read: { UInt128($0.nextInstruction) },
        write: { $0.nextInstruction = UInt64(truncatingIfNeeded: $1) & ~3 }),
      TargetRegister(
        "msr", bits: bits, .core, read: { UInt128($0.machineState) },
        write: { $0.machineState = UInt64(truncatingIfNeeded: $1) }),
      TargetRegister(
        "cr", bits: 32, .core, read: { UInt128($0.conditionRegister) },
        write: { $0.conditionRegister = UInt32(truncatingIfNeeded: $1) }),
      row(.lr, bits: bits, .core, type: "code_ptr"),
      row(.ctr, bits: bits, .core),
      row(.xer, bits: 32, .core),
    ]
  }

  private static var floatingPoint: [TargetRegister] {
    (0..<32).map { number in
      TargetRegister(
        "f\(number)", bits: 64, .fpu, type: "ieee_double",
        read: { UInt128($0[vsr: number].doubleword0) },
        write: {
          $0[vsr: number] = Vector(
            UInt64(truncatingIfNeeded: $1), $0[vsr: number].doubleword1)
        })
    }
  }

  private static var fpscr: TargetRegister {
    TargetRegister(
      "fpscr", bits: 64, .fpu, group: "float", read: { UInt128($0.floatingPointStatus) },
      write: { $0.floatingPointStatus = UInt64(truncatingIfNeeded: $1) })
  }

  private static var vector: [TargetRegister] {
    (0..<32).map { number in
      TargetRegister(
        "vr\(number)", bits: 128, .altivec, type: "vec128",
        read: { $0[vsr: number + 32].quadword },
        write: { $0[vsr: number + 32] = Vector(quadword: $1) })
    } + [
      TargetRegister(
        "vscr", bits: 32, .altivec, group: "vector", read: { UInt128($0.vectorStatus) },
        write: { $0.vectorStatus = UInt32(truncatingIfNeeded: $1) & 0x1_0001 }),
      row(.vrsave, bits: 32, .altivec, group: "vector"),
    ]
  }

  private static var vectorScalar: [TargetRegister] {
    (0..<32).map { number in
      TargetRegister(
        "vs\(number)h", bits: 64, .vsx, read: { UInt128($0[vsr: number].doubleword1) },
        write: {
          $0[vsr: number] = Vector(
            $0[vsr: number].doubleword0, UInt64(truncatingIfNeeded: $1))
        })
    }
  }

  private static func row(
    _ register: SPR, bits: Int, _ feature: TargetRegister.Feature, type: String? = nil,
    group: String? = nil
  ) -> TargetRegister {
    TargetRegister(
      register.name.lowercased(), bits: bits, feature, type: type, group: group,
      read: { UInt128($0.read(register)) },
      write: { $0.write(register, UInt64(truncatingIfNeeded: $1)) })
  }

  /// The special-purpose registers that a processor has, except those that are above and those that are
  /// parts of others, in the order of their numbers. Of a register with several numbers it is the one
  /// that takes the most privilege; the group is named after that.
  private static func special(_ model: ProcessorModel) -> [TargetRegister] {
    let left: Set = [
      "XER", "LR", "CTR", "VRSAVE", "TBU", "TBL", "TBU40", "PPR32", "BESCRS", "BESCRSU", "BESCRR",
      "BESCRRU",
    ]
    let present = SPR.all.filter { $0.exists(in: model.instructions) && !left.contains($0.name) }
    return Dictionary(grouping: present, by: \.name).values.compactMap { numbers in
      let reading = numbers.filter { $0.read != nil }.max { rank($0.read) < rank($1.read) }
      let writing = numbers.filter {
        $0.isWritable(in: model.instructions) && ($0.write == .problem || $0.write == .privileged)
      }.max { rank($0.write) < rank($1.write) }
      return reading.map { row(reading: $0, writing: writing) }
    }.sorted { $0.number < $1.number }.map(\.register)
  }

  private static func rank(_ privilege: SPR.Privilege?) -> UInt8 { privilege?.rawValue ?? 0 }

  private static func row(
    reading: SPR, writing: SPR?
  ) -> (number: Int, register: TargetRegister) {
    let register = TargetRegister(
      reading.name.lowercased(), bits: reading.bits, .special, group: group(of: reading),
      read: { UInt128($0.read(reading)) },
      write: writing.map { writing in { $0.write(writing, UInt64(truncatingIfNeeded: $1)) } })
    return (reading.number, register)
  }

  private static func group(of register: SPR) -> String {
    switch register.read {
    case .problem, nil: "special"
    case .privileged: "privileged"
    case .hypervisor: "hypervisor"
    }
  }
}
