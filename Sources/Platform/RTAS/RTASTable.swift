internal import GuestMemory
internal import CallInterface
internal import HostSupport
public import Hypervisor

/// The RTAS calls of a machine: what is dispatched, and the tokens the device tree shows.
public struct RTASTable: Sendable {
  /// The rows, in the order of the device tree.
  public let calls: [RTASCall]
  private let rows: [UInt32: Int]

  /// The calls of a machine with these features.
  public init(_ features: HypervisorFeatures) {
    self.init(calls: Self.calls(hasXICS: features.hasXICS, hasPCI: features.hasPCI))
  }

  /// The names of the calls of every machine.
  public static let allNames = Set(calls(hasXICS: true, hasPCI: true).map(\.name))

  private static func calls(hasXICS: Bool, hasPCI: Bool) -> [RTASCall] {
    RTASCall.always + (hasXICS ? RTASCall.interrupts : []) + (hasPCI ? RTASCall.pci : [])
  }

  init(calls: [RTASCall]) {
    self.calls = calls
    var rows: [UInt32: Int] = [:]
    for (index, call) in calls.enumerated() {
      precondition(rows[call.token] == nil, "\(call.name) has the token of another call")
      rows[call.token] = index
    }
    self.rows = rows
  }

  /// The properties of `/rtas` that hold tokens.
  public var properties: [(name: String, token: UInt32)] {
    calls.map { (name: $0.name, token: $0.token) }
  }

  /// The row of a token; nil where no call has it.
  public subscript(token: UInt32) -> RTASCall? { rows[token].map { calls[$0] } }

  // MARK: dispatch

  /// The private hypercall by which the guest-side stub gets here: r4 holds the real address of
  /// the argument buffer.
  public var hypercall: Hypercall {
    Hypercall(Hypercall.PrivateNumber.rtas, "KVMPPC_H_RTAS", .unannounced) {
      (call: HypercallContext, buffer: UInt64) throws(HypercallStatus) in
      try serve(call, buffer: buffer)
    }
  }

  /// Cells of an argument buffer are big-endian words: token, number of inputs, number of
  /// outputs, the inputs, the outputs (LoPAR "RTAS Argument Call Buffer").
  private enum Buffer {
    static let header: UInt64 = 12
    static let cell: UInt64 = 4
    /// Most cells in one direction; the longest calls have ten.
    static let limit: UInt32 = 16
  }

  /// Serves the call in the argument buffer at `buffer`. The caller holds the partition's lock.
  func serve(_ call: HypercallContext, buffer: UInt64) throws(HypercallStatus) {
    let memory = call.partition.memory
    guard buffer & 3 == 0, let token: UInt32 = try? memory.read(at: buffer),
      let inputs: UInt32 = try? memory.read(at: buffer &+ 4),
      let outputs: UInt32 = try? memory.read(at: buffer &+ 8),
      inputs <= Buffer.limit, outputs <= Buffer.limit,
      memory.contains(
        buffer, count: Buffer.header + UInt64(inputs + outputs) * Buffer.cell)
    else { throw .parameter }
    var arguments = CallCells()
    for index in 0..<UInt64(inputs) {
      let cell = try? memory.read(UInt32.self, at: buffer + Buffer.header + index * Buffer.cell)
      arguments.append(UInt64(cell ?? 0))
    }
    let row = rows[token].map { calls[$0] }
    let given = arguments
    let began = call.partition.rtasTrace == nil ? nil : call.partition.traceClock?()
    var results = CallCells()
    let status = serve(row, call, &arguments, &results, outputs: Int(outputs))
    call.partition.rtasCounts.add(row.map { UInt64($0.token) }, isError: status.rawValue < 0)
    if row == nil { call.partition.reportUnserved("RTAS token " + token.hexadecimal()) }
    let output = buffer + Buffer.header + UInt64(inputs) * Buffer.cell
    if outputs > 0 {
      try? memory.write(UInt32(bitPattern: status.rawValue), at: output)
      for index in 0..<min(results.count, Int(outputs) - 1) {
        try? memory.write(
          UInt32(truncatingIfNeeded: results[index]),
          at: output + UInt64(index + 1) * Buffer.cell)
      }
    }
    if let trace = call.partition.rtasTrace {
      trace(
        CallTrace(
          name: row?.name ?? "RTAS " + token.hexadecimal(), arguments: given,
          status: Int64(status.rawValue), results: results,
          span: call.partition.span(since: began)))
    }
  }

  private func serve(
    _ row: RTASCall?, _ call: HypercallContext, _ arguments: inout CallCells,
    _ results: inout CallCells, outputs: Int
  ) -> RTASStatus {
    guard let handler = row?.handler, handler.arguments.contains(arguments.count),
      handler.results.contains(outputs - 1)
    else { return .parameter }
    let context = RTASContext(partition: call.partition, processor: call.processor)
    return handler.call(context, &arguments, &results)
  }
}
