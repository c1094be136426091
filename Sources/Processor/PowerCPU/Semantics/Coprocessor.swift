import PowerISA

// Book II of 2.06 and 2.07: initiate a coprocessor store word indexed.
extension Semantics {
  /// No coprocessor type is available to a partition: a data storage interrupt that says so.
  static func icswx(_ p: Processor, _ i: Instruction) {
    let unavailableCoprocessor: UInt64 = 0x4000
    p.dataStorage(p.ea(i.ra, i.rb), unavailableCoprocessor)
  }
}
