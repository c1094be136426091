/// How memory beyond the real-mode area is described (LoPAR "ibm,dynamic-reconfiguration-memory").
public enum DynamicMemoryForm: String, CaseIterable, Hashable, Sendable {
  /// A `memory` node for each range.
  case none
  /// `ibm,dynamic-memory`: an entry for each logical memory block.
  case v1
  /// `ibm,dynamic-memory-v2`: an entry for each run of like blocks.
  case v2
}
