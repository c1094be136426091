public import DeviceTree
public import GuestMemory
public import CallInterface
internal import HostSupport

/// The Open Firmware client interface of one machine, from its start to `quiesce` and beyond.
///
/// Not thread-safe: LoPAR permits one processor at a time to call it, and the machine enforces
/// that.
public final class ClientInterface: ServiceContext {
  /// The machine's real memory.
  public let guestMemory: GuestMemory
  weak var platform: (any FirmwarePlatform)?

  /// The client's view of the tree: ``machineTree`` with the properties that the client has set.
  public internal(set) var tree: DeviceTree
  /// The tree of the machine and of this firmware, without the client's changes. The firmware
  /// itself reads only this tree.
  public internal(set) var machineTree: DeviceTree
  /// The memory nodes among the root's children, with their ranges.
  var memoryNodes: [(child: Int, ranges: [Range<UInt64>])] = []
  var packages = PackageTable()
  var instances = InstanceTable()
  var claims: MemoryClaims
  /// The client has called `quiesce`. Services are still served.
  public internal(set) var isQuiescent = false

  /// Properties that the client has set, by path; they survive a change of the tree.
  var clientProperties: [(path: String, property: Property)] = []
  var clientPropertyBytes = 0
  /// `/chosen` properties that hold the firmware's own instances.
  var chosenInstances: [Property] = []

  /// Every vector passed to `ibm,client-architecture-support`; the latest last.
  public internal(set) var architectureVectors: [[UInt8]] = []
  /// The most vectors that are kept.
  static let architectureVectorLimit = 16
  /// The negotiated architecture, nil before the first negotiation.
  public internal(set) var architecture: NegotiatedArchitecture?

  /// Called after each call, for `--trace client`.
  public var callTrace: ((ClientCallTrace) -> Void)?
  /// Called with every architecture vector that can be read, whatever the result.
  public var vectorTrace: (([UInt8]) -> Void)?
  /// Called after each negotiation, with its result or error, for `--trace cas`.
  public var negotiationTrace: ((String) -> Void)?
  /// The moment that traces give a call; nil for traces without times.
  public var traceClock: (() -> CallMoment)?
  private var pendingNote: String?
  private var callBegan: CallMoment?

  /// - Parameters:
  ///   - memory: the guest real memory.
  ///   - tree: the machine's tree before any negotiation.
  ///   - loaded: guest memory that holds the client program, its RAM disk and other loaded files.
  ///   - platform: the machine that runs the client.
  public init(
    memory: GuestMemory, tree: DeviceTree, loaded: [Range<UInt64>],
    platform: any FirmwarePlatform
  ) {
    guestMemory = memory
    self.platform = platform
    self.tree = tree
    machineTree = tree
    claims = MemoryClaims(size: memory.size)
    for range in [ClientProgramEntry.reserved] + loaded { claims.cover(range) }
    prepareTree()
    openChosenInstances()
    updateAvailable()
  }

  // MARK: calls

  /// Serves one call of the client interface.
  /// - Parameters:
  ///   - address: the caller's r3.
  ///   - sixtyFourBit: its MSR[SF]; a 32-bit caller's address has 32 bits. Cells are 32 bits wide
  ///     for
  ///     both (PA binding: a cell is 32 bits).
  /// - Returns: r3: 0, or -1 when the service could not be invoked.
  public func call(arguments address: UInt64, sixtyFourBit: Bool) -> Int64 {
    let address = sixtyFourBit ? address : UInt64(UInt32(truncatingIfNeeded: address))
    pendingNote = nil
    callBegan = callTrace == nil ? nil : traceClock?()
    guard let call = ArgumentArray(at: address, guestMemory) else {
      trace("argument array at " + address.hexadecimal(), CallCells(), -1, CallCells())
      return -1
    }
    var (cells, results) = (call.arguments, CallCells())
    guard let served = ClientService.byName[call.service],
      served.service.call(self, &cells, &results) == .success,
      call.store(results, guestMemory)
    else {
      trace(call.service, call.arguments, -1, CallCells())
      return -1
    }
    trace(call.service, call.arguments, 0, results)
    return 0
  }

  private func trace(
    _ name: String, _ arguments: CallCells, _ status: Int64, _ results: CallCells
  ) {
    guard let callTrace else { return }
    // The client's cells have 32 bits.
    var cells = CallCells()
    for index in 0..<results.count { cells.append(results[index] & 0xffff_ffff) }
    let span = callBegan.flatMap { began in traceClock.map { CallSpan(began, $0()) } }
    callTrace(
      ClientCallTrace(
        call: CallTrace(
          name: name, arguments: arguments, status: status, results: cells, span: span),
        note: pendingNote))
  }

  /// Adds text to the call's trace.
  func note(_ text: () -> String) {
    if callTrace != nil { pendingNote = text() }
  }

  // MARK: memory

  @discardableResult
  func changeClaims<Result>(_ change: (inout MemoryClaims) -> Result) -> Result {
    let result = change(&claims)
    updateAvailable()
    return result
  }
}

/// One call for `--trace client`.
public struct ClientCallTrace: Sendable, CustomStringConvertible {
  /// The service, its arguments and results.
  public let call: CallTrace
  /// The path or name that the call concerns.
  public let note: String?

  /// The call, followed by the path or name in quotes.
  public var description: String { call.description + (note.map { " \"\($0)\"" } ?? "") }
}

/// The argument array: service name, counts, arguments, results; all cells 32 bits, big-endian.
private struct ArgumentArray {
  let service: String
  var arguments = CallCells()
  private let resultsAddress: UInt64
  private let resultCount: Int

  init?(at address: UInt64, _ memory: GuestMemory) {
    guard let name: UInt32 = try? memory.read(at: address),
      let argumentCount: UInt32 = try? memory.read(at: address &+ 4),
      let resultCount: UInt32 = try? memory.read(at: address &+ 8),
      argumentCount <= CallCells.capacity, resultCount <= CallCells.capacity,
      memory.contains(address, count: 12 + 4 * UInt64(argumentCount + resultCount)),
      let service = try? memory.readString(at: UInt64(name), limit: 256)
    else { return nil }
    self.service = service
    self.resultCount = Int(resultCount)
    var next = address + 12
    for _ in 0..<argumentCount {
      guard let cell: UInt32 = try? memory.read(at: next) else { return nil }
      arguments.append(UInt64(cell))
      next += 4
    }
    resultsAddress = next
  }

  /// Stores the results for which the caller has room; cells without a result become 0.
  func store(_ results: CallCells, _ memory: GuestMemory) -> Bool {
    for index in 0..<resultCount {
      let cell = UInt32(truncatingIfNeeded: results[index])
      let address = resultsAddress + 4 * UInt64(index)
      guard (try? memory.write(cell, at: address)) != nil else { return false }
    }
    return true
  }
}
