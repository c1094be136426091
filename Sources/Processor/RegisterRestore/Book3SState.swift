import GuestMemory
public import PowerCPU
public import PowerISA
public import RegisterLists

/// A processor's state as the register list of family `ppc-book3s`, and back.
public enum Book3SState {
  /// The list of everything that the processor has and lists know.
  ///
  /// Not in it are a reservation, which nothing may rely on across a stop, interrupts that are
  /// pending, which belong to who raised them, and what the partition owns.
  public static func list(of processor: VirtualProcessor, source: String = "") -> RegisterDump {
    var dump = RegisterDump(family: .book3S, mode: .server, source: source)
    for register in dump.family.registers where register.exists(in: .server) {
      switch processor.value(of: register) {
      case .none: break
      case .whole(let bits): dump.set(register.name, bits)
      case .part(let form, let bits): dump.set(register.name, partOf: form, bits)
      }
    }
    for (place, segment) in processor.segments.enumerated() {
      dump.set("SLBE\(place)", UInt128(segment.effective | UInt64(segment.index)))
      dump.set("SLBV\(place)", UInt128(segment.virtual))
    }
    return dump
  }

  /// Makes a list the processor's state, so that it continues where the list was made.
  ///
  /// The list is tried on another processor of the same model first: one that is refused leaves this
  /// one as it was. Registers that the list does not have take their defaults.
  /// - Parameters:
  ///   - dump: the list.
  ///   - processor: must not be running.
  ///   - served: names of registers that the caller takes care of, such as `VPA_ADDR`.
  /// - Throws: ``RestoreError`` with every register that the processor cannot represent.
  public static func restore(
    _ dump: RegisterDump, into processor: VirtualProcessor, servedByCaller served: Set<String> = []
  ) throws(RestoreError) {
    let trial = VirtualProcessor(
      index: processor.index, hardware: processor.hardware, version: processor.version,
      memory: processor.memory, clock: processor.clock)
    let dump = try check(dump, on: trial, served)
    apply(dump, to: processor)
  }

  /// What a processor without memory makes of a list: the list of its state once it has taken it.
  /// - Parameters:
  ///   - dump: the list.
  ///   - hardware: what the processor is.
  ///   - version: the processor version register; nil for the model's usual one.
  ///   - index: the processor's number among those of its partition.
  ///   - served: names of registers that the caller takes care of.
  public static func trial(
    _ dump: RegisterDump, on hardware: ProcessorModel, version: UInt32? = nil, index: Int = 0,
    servedByCaller served: Set<String> = []
  ) throws(RestoreError) -> RegisterDump {
    let memory: GuestMemory
    do {
      memory = try GuestMemory(size: 1 << 20)
    } catch {
      throw .refused(["no memory for a processor: \(error)"])
    }
    let processor = VirtualProcessor(
      index: index, hardware: hardware, version: version, memory: memory, clock: StoppedClock())
    _ = try check(dump, on: processor, served)
    return list(of: processor, source: dump.source)
  }

  /// Applies the list and compares the result.
  /// - Returns: the list without what the caller serves.
  private static func check(
    _ dump: RegisterDump, on processor: VirtualProcessor, _ served: Set<String>
  ) throws(RestoreError) -> RegisterDump {
    if let reason = dump.family.withoutEngine {
      throw .withoutEngine(family: dump.family.name, reason: reason)
    }
    var dump = dump
    for name in served { dump.remove(name) }
    if let level = dump["ARCH_COMPAT"]?.bits {
      dump.set("ARCH_COMPAT", processor.hardware.sameLevel(as: level))
    }
    apply(dump, to: processor)
    let comparison: RegisterComparison
    do {
      comparison = try RegisterComparison(dump, list(of: processor), mode: .server)
    } catch {
      throw .refused(["\(error)"])
    }
    let reasons = halves(in: dump, processor.hardware) + time(in: dump) + comparison.reasons
    guard reasons.isEmpty else { throw .refused(reasons) }
    return dump
  }

  /// Vector-scalar registers of which only the floating-point half came, where there is more.
  private static func halves(in dump: RegisterDump, _ hardware: ProcessorModel) -> [String] {
    guard hardware.hasVectorScalar else { return [] }
    return (0..<32).map { "VSR\($0)" }.filter { dump[$0]?.isPartial ?? false }.map {
      "\($0): only the floating-point half was sent, and \(hardware.name) has the other too"
    }
  }

  /// KVM gives TB_OFFSET, which means nothing without the other host's timebase.
  private static func time(in dump: RegisterDump) -> [String] {
    dump["TB"] != nil
      ? []
      : ["TB: the guest's timebase has to come with its state: the host's timebase plus TB_OFFSET"]
  }

  private static func apply(_ dump: RegisterDump, to processor: VirtualProcessor) {
    func set(_ register: RegisterDescription) {
      guard let bits = dump[register.name]?.bits ?? register.absent else { return }
      processor.set(register, bits)
    }
    processor.prepareToStart()
    // Counters frozen: setting the time is none that passes. Which of them count depends on the MSR,
    // and so do priorities, which any other state than problem state may set.
    processor.write(.mmcr0, 1 << 31)
    let last = ["MSR", "MMCR0"]
    // In the family's order: the level first, TB before what is reckoned from it.
    for register in dump.family.registers
    where register.exists(in: .server) && !last.contains(register.name) {
      set(register)
    }
    for name in last { dump.family[name].map(set) }
    processor.replaceSegments(
      (0..<64).compactMap { place in
        let effective = UInt64(truncatingIfNeeded: dump["SLBE\(place)"]?.bits ?? 0)
        guard effective & SLB.valid != 0 else { return nil }
        return (
          index: Int(effective & SLB.index), effective: effective,
          virtual: UInt64(truncatingIfNeeded: dump["SLBV\(place)"]?.bits ?? 0)
        )
      })
  }
}

extension ProcessorModel {
  var hasVectorScalar: Bool { facilities.vector >= 2 }

  /// The logical PVR under which lists of this processor name a level. Levels that set the same PCR have
  /// the same logical PVR, and a level that sets no bit of the PCR has 0. That of a level that the
  /// processor does not have stays as it is.
  func sameLevel(as logicalPVR: UInt128) -> UInt128 {
    guard
      let level = CompatibilityLevel(logicalPVR: UInt32(truncatingIfNeeded: logicalPVR)),
      supports(level)
    else { return logicalPVR }
    return UInt128(self.level(under: effectivePCR(at: level))?.logicalPVR ?? 0)
  }

  /// The first level that sets `pcr`; nil for none.
  func level(under pcr: PCR) -> CompatibilityLevel? {
    guard !pcr.isEmpty else { return nil }
    return CompatibilityLevel.allCases.first { supports($0) && effectivePCR(at: $0) == pcr }
  }
}
