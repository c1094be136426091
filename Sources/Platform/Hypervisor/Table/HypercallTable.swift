internal import CallInterface
internal import HostSupport

/// The hypercalls of a machine: the dispatched ones, and the advertised ones, which follow from
/// them.
public struct HypercallTable: Sendable {
  /// Every row; those of this module in the order of their numbers.
  public let calls: [Hypercall]
  /// Index into ``calls`` plus one by number, 0 for a number that has no row.
  private let rows: [UInt16]
  /// The handlers of ``calls``, separate from the data for messages.
  private let handlers: [Hypercall.Handler?]
  private let hasKVMParavirtual: Bool

  /// Numbers below this are LoPAR's, spaced by four; the others are ultravisor and private calls.
  private static let privateBase: UInt64 = 0xEF00
  private static let ordinaryLimit: UInt64 = 0x500

  /// - Parameters:
  ///   - features: the features of the machine; calls that need another one are not served.
  ///   - additional: rows of other layers, in place of the rows with the same number.
  public init(_ features: HypervisorFeatures, additional: [Hypercall] = []) {
    let replaced = Set(additional.map(\.number))
    let own = Hypercall.all.filter { !replaced.contains($0.number) }
    self.init(
      calls: own.map { features.serves($0.set) ? $0 : $0.unserved } + additional,
      hasKVMParavirtual: features.hasKVMParavirtual)
  }

  init(calls: [Hypercall], hasKVMParavirtual: Bool = false) {
    self.calls = calls
    self.hasKVMParavirtual = hasKVMParavirtual
    var rows = [UInt16](
      repeating: 0, count: Int(Self.ordinaryLimit + 0x1_0000 - Self.privateBase))
    for (index, call) in calls.enumerated() {
      guard let slot = Self.slot(of: call.number) else {
        preconditionFailure("\(call.name) has a number outside the table")
      }
      precondition(rows[slot] == 0, "\(call.name) is declared twice")
      rows[slot] = UInt16(index + 1)
    }
    self.rows = rows
    handlers = calls.map(\.handler)
  }

  private static func slot(of number: UInt64) -> Int? {
    if number < ordinaryLimit { return Int(number) }
    guard number >= privateBase, number < 0x1_0000 else { return nil }
    return Int(number - privateBase + ordinaryLimit)
  }

  /// The row of `number`, served or not.
  public subscript(number: UInt64) -> Hypercall? {
    guard let slot = Self.slot(of: number), rows[slot] != 0 else { return nil }
    return calls[Int(rows[slot]) - 1]
  }

  // MARK: advertised in the device tree

  /// The strings of `ibm,hypertas-functions`: the sets whose every call is served.
  public var functionSets: [String] { announced(in: .ibm) }
  /// The strings of `qemu,hypertas-functions`.
  public var qemuFunctionSets: [String] { announced(in: .qemu) }

  private func announced(in property: FunctionSet.Property) -> [String] {
    let incomplete = Set(calls.filter { $0.handler == nil }.map(\.set))
    var (names, seen) = ([String](), Set<FunctionSet>())
    for call in calls where call.set.property == property && seen.insert(call.set).inserted {
      if let name = call.set.name, !incomplete.contains(call.set) { names.append(name) }
    }
    return names
  }

  // MARK: dispatch

  /// Serves the call whose number is in r3 and whose arguments start in r4: results go to r4 and
  /// up, the status to r3, the other registers stay.
  public func serve(_ context: HypercallContext) {
    context.partition.lock.withLock {
      let control = context.processor.control
      if hasKVMParavirtual, control[gpr: 0] == ParavirtualCalls.magic {
        return ParavirtualCalls.serve(context)
      }
      let number = control[gpr: 3]
      let row = Self.slot(of: number).map { Int(rows[$0]) } ?? 0
      let status: HypercallStatus
      if control.isProblemState {
        status = .privilege
      } else if row != 0, let handler = handlers[row - 1] {
        status = serve(handler, number, context, control)
      } else {
        let (call, name) = (self[number], "hypercall " + number.hexadecimal())
        if call?.isProbe != true {
          context.partition.reportUnserved(call.map { "\($0.name) (\(name))" } ?? name)
        }
        status = .function
      }
      control[gpr: 3] = UInt64(bitPattern: status.rawValue)
      context.partition.hypercallCounts.add(
        row != 0 ? number : nil, isError: status.rawValue < 0)
    }
  }

  @inline(__always)
  private func serve(
    _ handler: Hypercall.Handler, _ number: UInt64, _ context: HypercallContext,
    _ control: any VirtualProcessorControl
  ) -> HypercallStatus {
    var arguments = CallCells()
    // Registers r4 to r12 carry arguments.
    for index in 0..<min(handler.arguments.most, 9) { arguments.append(control[gpr: 4 + index]) }
    var results = CallCells()
    guard let trace = context.partition.callTrace else {
      let status = handler.call(context, &arguments, &results)
      store(results, control)
      return status
    }
    let (given, began) = (arguments, context.partition.traceClock?())
    let status = handler.call(context, &arguments, &results)
    store(results, control)
    trace(
      CallTrace(
        name: self[number]?.name ?? "", arguments: given, status: status.rawValue,
        results: results, span: context.partition.span(since: began)))
    return status
  }

  @inline(__always)
  private func store(_ results: CallCells, _ control: any VirtualProcessorControl) {
    for index in 0..<min(results.count, 9) { control[gpr: 4 + index] = results[index] }
  }
}
