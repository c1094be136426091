internal import Devices
internal import GuestMemory
internal import Hypervisor
internal import PowerCPU
internal import PowerISA

/// What serves the calls that programs of the guest make from problem state
/// (`Hypercall.PrivateNumber.programAgent`). It is called on the machine's thread.
public protocol AgentService: AnyObject, Sendable {
  /// Serves a call.
  /// - Returns: the value of r3.
  func serve(_ call: AgentCall) -> Int64
}

/// A call of a program in the guest.
///
/// What a program names is untrusted: addresses are effective addresses of the caller, and only bytes
/// that it could read or write itself are read or written.
public struct AgentCall {
  private let engine: VirtualProcessor

  init(_ engine: VirtualProcessor) { self.engine = engine }

  /// r4: what is wanted.
  public var operation: UInt64 { engine[gpr: 4] }
  /// r5: usually an address.
  public var address: UInt64 { engine[gpr: 5] }
  /// r6: usually a number of bytes.
  public var count: UInt64 { engine[gpr: 6] }
  /// r7.
  public var other: UInt64 { engine[gpr: 7] }
  /// r8: what the caller proves itself by.
  public var key: UInt64 { engine[gpr: 8] }

  /// The most bytes of a call.
  public static let mostBytes = 1 << 20

  /// The bytes of the caller's buffer; nil unless all of it is there.
  public func read() -> [UInt8]? {
    guard let pieces = pieces(count, page: engine.readablePage) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(count))
    for piece in pieces {
      guard let part = try? engine.memory.read(piece.count, at: piece.real) else { return nil }
      bytes += part
    }
    return bytes
  }

  /// Stores bytes in the caller's buffer.
  /// - Returns: false, without effect, where they do not fit or a page is not there.
  public func write(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard UInt64(bytes.count) <= count,
      let pieces = pieces(UInt64(bytes.count), page: engine.writablePage)
    else { return false }
    var rest = bytes
    for piece in pieces {
      try? engine.memory.write(rest.prefix(piece.count), at: piece.real)
      rest = rest.dropFirst(piece.count)
    }
    return true
  }

  /// The real addresses of the first bytes of the buffer.
  private func pieces(
    _ count: UInt64, page: (UInt64) -> UInt64?
  ) -> [(real: UInt64, count: Int)]? {
    guard count <= UInt64(Self.mostBytes) else { return nil }
    var pieces: [(real: UInt64, count: Int)] = []
    var (place, left) = (address, count)
    while left > 0 {
      let place4K = place & engine.addressMask
      let some = min(left, 4096 - place4K & 0xFFF)
      guard let real = page(place4K & ~0xFFF) else { return nil }
      pieces.append((real & ~0xFFF + place4K & 0xFFF, Int(some)))
      place &+= some
      left -= some
    }
    return pieces
  }
}

extension PowerMachine {
  /// Serves a call of problem state; another processor, or the machine's service, is next.
  func callAgentService(_ slot: ProcessorSlot) {
    guard slot.engine[gpr: 3] == Hypercall.PrivateNumber.programAgent,
      let service = configuration.agentService
    else {
      slot.engine[gpr: 3] = UInt64(bitPattern: HypercallStatus.privilege.rawValue)
      return
    }
    slot.engine[gpr: 3] = UInt64(bitPattern: service.serve(AgentCall(slot.engine)))
    slot.control.hasYielded = true
  }

  /// Gives a terminal other than the first one input; for the machine's service.
  /// - Returns: how many bytes there was room for.
  public func type(_ bytes: [UInt8], atTerminal place: Int) -> Int {
    let terminals = partition.lock.withLock { partition.terminals }
    guard terminals.indices.contains(place), place > 0,
      let terminal = terminals[place] as? VirtualTerminal
    else { return 0 }
    // Its interrupt takes the partition's lock.
    return terminal.receive(bytes)
  }
}
