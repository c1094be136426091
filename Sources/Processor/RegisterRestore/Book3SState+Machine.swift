public import PowerCPU
public import RegisterLists

extension Book3SState {
  /// Makes lists the state of processors of a machine that has been restored from a stream and has not
  /// run since. Storage, interrupt controllers, registered areas and everything else that is the
  /// partition's must be of the moment at which the lists were made; lists do not carry it, and what
  /// they say of it is left alone.
  ///
  /// All lists are tried before the first processor changes. Time is one for all processors: that of
  /// the first list. Doorbells and external interrupts that are pending stay so.
  /// - Parameters:
  ///   - lists: a list for each processor, or for the first ones; the others keep their state.
  ///   - processors: by number.
  /// - Throws: ``RestoreError`` with every register, of whichever list, that cannot be represented.
  public static func restore(
    _ lists: [RegisterDump], intoMachine processors: [VirtualProcessor]
  ) throws(RestoreError) {
    guard lists.count <= processors.count else {
      throw .refused(["\(lists.count) lists for \(processors.count) processors"])
    }
    let pairs = Array(zip(lists, processors))
    var reasons: [String] = []
    for (number, (list, processor)) in pairs.enumerated() {
      do throws(RestoreError) {
        _ = try trial(
          list, on: processor.hardware, version: processor.version, index: number,
          servedByCaller: partitionRegisters)
      } catch {
        guard case .refused(let more) = error else { throw error }
        reasons += more.map { "processor \(number): \($0)" }
      }
    }
    guard reasons.isEmpty else { throw .refused(reasons) }
    for (list, processor) in pairs {
      let hasDoorbell = processor.hasDoorbell
      try restore(list, into: processor, servedByCaller: partitionRegisters)
      if hasDoorbell { processor.receiveDoorbell() }
    }
    guard !lists.isEmpty else { return }
    for processor in processors { processor.timebaseOffset = processors[0].timebaseOffset }
  }

  /// What a machine has from its stream.
  private static let partitionRegisters = Set(
    RegisterFamily.book3S.registers.filter { $0.owner == .partition }.map(\.name))
}
