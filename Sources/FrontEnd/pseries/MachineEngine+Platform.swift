internal import Machine
internal import PlatformSelection
internal import PowerISA
internal import ProcessorCatalog

extension PowerMachine {
  /// What there is to run guests with. A partition on 64-bit server processors is all: nothing here
  /// executes hypervisor state, or another family's supervisor state.
  private static let engines = MachineEngine.available.map {
    PlatformEngine(name: $0.rawValue, native: .server64, platforms: [.server64: [.papr]])
  }

  /// The engine, the processor and the level that serve a selection.
  ///
  /// - Parameters:
  ///   - processor: one that was chosen besides the selection.
  ///   - engine: what shall execute instructions.
  static func decide(
    _ selection: PlatformSelection, processor: ProcessorModel? = nil, engine: MachineEngine = .auto
  ) throws(PlatformSelectionError) -> PlatformDecision {
    try PlatformDecision(
      selection, engines: engines, chosen: processor,
      engineName: engine == .auto ? nil : engine.rawValue)
  }
}
