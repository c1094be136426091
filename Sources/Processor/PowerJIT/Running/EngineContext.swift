internal import PowerCPU
internal import PowerISA

/// The state that the code of an effective address depends on, besides the page tables.
///
/// The AMR is not part of it, because only loads and stores depend on the AMR; nor is the PID in
/// privileged state: code at addresses that differ between processes is not cached there
/// (`VirtualProcessor.isGlobalMapping`).
struct EngineContext: Equatable {
  /// `ContextBits` without MSR[DR].
  private let msr: UInt64
  /// PID in problem state, and in the high half the number of the instruction set.
  private let process: UInt64
  private let iamr: UInt64

  @inline(__always)
  init(_ processor: VirtualProcessor) {
    let dependencies = processor.codeDependencies
    // Code does not depend on how data are translated.
    msr = dependencies.bits & ~MSR.dr
    process = dependencies.process | UInt64(dependencies.codeContext) << 32
    iamr = dependencies.iamr
  }

  var isProblemState: Bool { msr & MSR.pr != 0 }

  /// PID in problem state.
  var processNumber: UInt64 { process & 0xFFFF_FFFF }

  /// The part of it that the region's code assumes.
  var region: RegionContext {
    RegionContext(
      msr: msr
        & (MSR.sf | MSR.le | MSR.pr | ContextBits.registerFiles | ContextBits.lacksPrefix),
      summaryOverflow: msr & ContextBits.summaryOverflow != 0)
  }

  /// A hash to select places in tables.
  var hash: Int {
    let bits = msr ^ msr >> 12 ^ msr >> 57 ^ process &* 0x9E37_79B9 ^ iamr >> 58
    return Int(truncatingIfNeeded: bits ^ bits >> 7)
  }
}

extension RegionContext {
  /// The available register files, as a number from 1.
  var facilities: Int {
    1 + (msr & MSR.fp != 0 ? 1 : 0) + (msr & MSR.vec != 0 ? 2 : 0) + (msr & MSR.vsx != 0 ? 4 : 0)
  }

  /// The same for code that needs no register file.
  var withoutFacilities: RegionContext {
    RegionContext(
      msr: msr & ~(MSR.fp | MSR.vec | MSR.vsx), summaryOverflow: summaryOverflow)
  }
}
