/// hcall-interrupt: the XICS presentation layer (LoPAR "Interrupt Support hcall()s").
enum InterruptCalls {
  /// H_XIRR
  static func accept(_ call: HypercallContext) throws(HypercallStatus) -> UInt64 {
    UInt64(call.partition.acceptInterrupt(call.processor))
  }

  /// H_XIRR-X: returns also when the interrupt was presented.
  static func acceptWithTime(
    _ call: HypercallContext, cppr: UInt64
  ) throws(HypercallStatus) -> (UInt64, UInt64) {
    let time = call.processor.presentation.timestamp
    return (UInt64(call.partition.acceptInterrupt(call.processor)), time)
  }

  /// H_CPPR
  static func setPriority(_ call: HypercallContext, cppr: UInt64) throws(HypercallStatus) {
    call.partition.setProcessorPriority(UInt8(truncatingIfNeeded: cppr), of: call.processor)
  }

  /// H_EOI
  static func end(_ call: HypercallContext, xirr: UInt64) throws(HypercallStatus) {
    let source = UInt32(truncatingIfNeeded: xirr) & 0xFF_FFFF
    let cppr = UInt8(truncatingIfNeeded: xirr >> 24)
    call.partition.endInterrupt(source, cppr: cppr, on: call.processor)
  }

  /// H_IPI
  static func interProcessor(
    _ call: HypercallContext, server: UInt64, mfrr: UInt64
  ) throws(HypercallStatus) {
    call.partition.requestInterProcessor(
      UInt8(truncatingIfNeeded: mfrr), of: try call.partition.processor(server))
  }

  /// H_IPOLL: XIRR and MFRR without side effects.
  static func poll(
    _ call: HypercallContext, server: UInt64
  ) throws(HypercallStatus) -> (UInt64, UInt64) {
    let presentation = try call.partition.processor(server).presentation
    return (UInt64(presentation.xirr), UInt64(presentation.mfrr))
  }
}

extension Partition {
  /// The processor that a parameter names.
  func processor(_ server: UInt64) throws(HypercallStatus) -> PartitionProcessor {
    guard let number = UInt32(exactly: server), let processor = processor(server: number) else {
      throw .parameter
    }
    return processor
  }
}
