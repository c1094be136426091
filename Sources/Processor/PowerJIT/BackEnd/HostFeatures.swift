/// What a host has that others of its kind may lack.
package struct HostFeatures: Sendable {
  /// A bit for each feature, in terms of the back end.
  package var bits: UInt64
  /// The micro-ops that the back end has code for.
  package var microOps: MicroOp.Codes

  package init(bits: UInt64, microOps: MicroOp.Codes) {
    (self.bits, self.microOps) = (bits, microOps)
  }
}
