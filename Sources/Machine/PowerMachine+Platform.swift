public import PlatformSelection
public import PowerISA

extension PowerMachine {
  /// What there is to run guests with. A partition on 64-bit server processors is all: nothing here
  /// executes hypervisor state, or another family's supervisor state.
  private static let engines = [
    PlatformEngine(name: "interpreter", native: .server64, platforms: [.server64: [.papr]])
  ]

  /// The engine, the processor and the level that serve a selection.
  ///
  /// - Parameter processor: one that was chosen besides the selection.
  public static func decide(
    _ selection: PlatformSelection, processor: ProcessorModel? = nil
  ) throws(PlatformSelectionError) -> PlatformDecision {
    try PlatformDecision(selection, engines: engines, chosen: processor)
  }
}
