import ArgumentParser
import Devices
import GuestMemory
import HostSupport
import Hypervisor
import MachineDescription
import RTAS

/// Windows of bus addresses: hypercalls that set entries, RTAS calls that make and remove windows, and
/// accesses of devices, compared with a model.
struct FuzzDMA: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dma", abstract: "Calls on DMA windows and accesses through them.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    let guest = try DMAGuest()
    try options.run("dma") { g in
      do { return try guest.call(&g) } catch { return nil }
    }
  }
}

/// A guest with two bridges and a VIO device. Each input begins with their windows as at first.
private final class DMAGuest {
  private typealias Status = DMAModel.Status

  /// Memory has three pages of the largest size.
  private static let size: UInt64 = 48 << 20
  private static let unit: UInt32 = 0x7100_0002
  /// Real addresses of a call's buffer and of a list of entries.
  private static let buffer: UInt64 = 0x1000
  private static let list: UInt64 = 0x2000

  private enum Call {
    static let get: UInt64 = 0x1C
    static let put: UInt64 = 0x20
    static let stuff: UInt64 = 0x138
    static let putIndirect: UInt64 = 0x13C
    static let putRedirectedIndirect: UInt64 = 0x140
  }

  private let board: FuzzBoard
  private let bridges: [VirtualPCIBridge]
  private let adapter: VirtualSCSIAdapter
  private let table: HypercallTable
  private let context: HypercallContext
  /// Tokens of the RTAS calls by their names.
  private let tokens: [String: UInt32]
  private let initial: DMAModel
  private var model: DMAModel
  /// Every window that there was, while it is not freed.
  private var seen: [WeakTable] = []

  private struct WeakTable { weak var table: TCETable? }

  init() throws {
    let board = try FuzzBoard(size: Self.size) { ($0.hasPCI, $0.hasQueues) = (true, true) }
    self.board = board
    bridges = [0, 1].map { board.bridge($0) }
    let device = VIODevice(.scsi([]), at: Self.unit)
    adapter = VirtualSCSIAdapter(
      device, [], [:], board.partition, work: DeviceWork(isImmediate: true))
    board.partition.add(adapter, interrupt: device.interrupt)
    let rtas = RTASTable(board.partition.features)
    table = HypercallTable(board.partition.features, additional: [rtas.hypercall])
    tokens = Dictionary(uniqueKeysWithValues: rtas.properties.map { ($0.name, $0.token) })
    context = HypercallContext(
      partition: board.partition,
      processor: board.partition.addProcessor(server: 0, control: IdleProcessor()))
    initial = DMAModel(
      memorySize: Self.size,
      bridges.map {
        DMAModel.Endpoint(
          bus: $0.layout.bus, usual: Self.window(shift: PCIBridgeLayout.windowShift),
          isDynamic: true)
      } + [
        DMAModel.Endpoint(
          bus: Self.unit, usual: Self.window(shift: VIODevice.windowShift), isDynamic: false)
      ])
    model = initial
  }

  private static func window(shift: UInt64) -> DMAModel.Window {
    DMAModel.Window(start: 0, pageShift: 12, sizeShift: shift)
  }

  /// Memory as devices of an endpoint reach it, in the model's order.
  private var spaces: [DMASpace] { bridges.map(\.dma) + [adapter.queue.dma] }

  private func renew() {
    if let own = adapter.queue.dma.tables.first {
      for page in (model.windows[Self.unit]?.entries ?? [:]).keys { own[page] = 0 }
    }
    board.partition.lock.withLock {
      for bridge in bridges { bridge.resetWindows(board.partition) }
    }
    model = initial
    noteTables()
  }

  /// Makes the calls of an input.
  /// - Returns: the last one and its status; nil when the windows are not as the model says.
  func call(_ g: inout InputGenerator) throws -> String? {
    renew()
    var name: String?
    for _ in 0...g.below(12) {
      name = g.below(4) == 0 ? try window(&g) : try entry(&g)
      guard name != nil, try isReached(&g) else { return nil }
    }
    return haveWindows && isSame(isWhole: g.below(2048) == 0) ? name : nil
  }

  // MARK: hypercalls

  private func hypercall(_ number: UInt64, _ arguments: UInt64...) -> (status: Int64, r4: UInt64) {
    let control = context.processor.control
    control[gpr: 3] = number
    for index in 0..<9 {
      control[gpr: 4 + index] = arguments.indices.contains(index) ? arguments[index] : 0
    }
    table.serve(context)
    return (Int64(bitPattern: control[gpr: 3]), control[gpr: 4])
  }

  /// The bus number of a window, mostly of one that there is.
  private func bus(_ g: inout InputGenerator) -> UInt64 {
    let all = model.endpoints.flatMap { [$0.bus, $0.dynamicBus] }
    let there = all.filter { model.windows[$0] != nil }
    let buses = there.isEmpty || g.below(8) == 0 ? all : there
    let bus = UInt64(buses[g.below(buses.count)])
    return g.below(32) == 0 ? bus ^ 1 << UInt64(g.below(64)) : bus
  }

  /// An address of a window, mostly.
  private func address(_ bus: UInt64, _ g: inout InputGenerator) -> UInt64 {
    guard g.below(32) > 0 else { return g.next() }
    let window = model.windows[UInt32(truncatingIfNeeded: bus)] ?? Self.window(shift: 30)
    let pages = [
      UInt64(g.below(8)), UInt64(g.below(8)), UInt64(g.below(64)), g.next() % window.count,
      window.count &- UInt64(g.below(8)),
    ]
    let offset = g.below(4) == 0 ? UInt64(g.below(Int(window.pageSize))) : 0
    return window.start &+ pages[g.below(pages.count)] << window.pageShift &+ offset
  }

  /// An entry of a page of memory, mostly.
  private func entry(_ bus: UInt64, _ g: inout InputGenerator) -> UInt64 {
    if g.below(32) == 0 { return g.next() }
    let shift = model.windows[UInt32(truncatingIfNeeded: bus)]?.pageShift ?? 12
    let pages = Int(Self.size >> shift)
    // Calls use the first pages, and few entries name one beyond the end.
    let page = g.below(32) == 0 ? pages : g.below(4) > 0 ? g.below(min(16, pages)) : g.below(pages)
    let allowed = UInt64([3, 3, 3, 1, 2, 0][g.below(6)])
    return UInt64(page) << shift | allowed | (g.below(16) == 0 ? UInt64(g.below(4096)) : 0)
  }

  private func count(_ g: inout InputGenerator) -> UInt64 {
    switch g.below(32) {
    case 0: g.next()
    case 1: UInt64(510 + g.below(4))
    case 2: UInt64(g.below(513))
    default: UInt64(g.below(12))
    }
  }

  /// Gets or sets entries.
  private func entry(_ g: inout InputGenerator) throws -> String? {
    let bus = self.bus(&g)
    let address = self.address(bus, &g)
    switch g.below(8) {
    case 0:
      let (status, entry) = hypercall(Call.get, bus, address)
      let expected = model.get(bus, address)
      guard status == (expected == nil ? Status.parameter : Status.success),
        expected == nil || entry == expected
      else { return nil }
      return "H_GET_TCE \(status)"
    case 1, 2, 3:
      let entry = self.entry(bus, &g)
      let status = hypercall(Call.put, bus, address, entry).status
      return status == model.put(bus, address, entry) ? "H_PUT_TCE \(status)" : nil
    case 4, 5:
      let (entry, count) = (self.entry(bus, &g), self.count(&g))
      let status = hypercall(Call.stuff, bus, address, entry, count).status
      return status == model.stuff(bus, address, entry, count) ? "H_STUFF_TCE \(status)" : nil
    case 6: return try putIndirect(bus, address, &g)
    default:
      guard g.below(8) == 0 else { return "nothing" }
      let status = hypercall(Call.putRedirectedIndirect, bus, address, Self.list, 1).status
      return status == Status.parameter ? "H_PUT_RTCE_INDIRECT \(status)" : nil
    }
  }

  private func putIndirect(
    _ bus: UInt64, _ address: UInt64, _ g: inout InputGenerator
  ) throws -> String? {
    let count = self.count(&g)
    var entries = (0..<min(count, 520)).map { _ in entry(bus, &g) }
    // Most lists have no wrong entry.
    if g.below(4) > 0, let first = entries.first(where: { $0 & 3 == 3 && $0 < Self.size / 2 }) {
      entries = entries.map { $0 < Self.size / 2 ? $0 : first }
    }
    for (index, entry) in entries.prefix(512).enumerated() {
      try board.memory.write(entry, at: Self.list + 8 * UInt64(index))
    }
    let lists: [UInt64] = [
      Self.size, Self.size - 0x1000 + 8, Self.list + 8, g.next(), .max & ~0xFFF,
    ]
    let list = g.below(16) == 0 ? lists[g.below(lists.count)] : Self.list
    let isPage = list.isMultiple(of: 0x1000) && list < Self.size
    // An unlikely page has what it has.
    guard list == Self.list || !isPage else { return "nothing" }
    let status = hypercall(Call.putIndirect, bus, address, list, count).status
    return status == model.putIndirect(bus, address, isPage ? entries : nil, count)
      ? "H_PUT_TCE_INDIRECT \(status)" : nil
  }

  // MARK: RTAS

  /// Makes an RTAS call.
  /// - Returns: the output cells; nil when the hypercall fails.
  private func rtas(_ name: String, _ inputs: [UInt32], outputs: Int) throws -> [UInt32]? {
    let cells = [tokens[name] ?? 0, UInt32(inputs.count), UInt32(outputs)] + inputs
    let place = Self.buffer + 4 * UInt64(cells.count)
    for (index, cell) in (cells + [UInt32](repeating: .max, count: outputs)).enumerated() {
      try board.memory.write(cell, at: Self.buffer + 4 * UInt64(index))
    }
    guard hypercall(Hypercall.PrivateNumber.rtas, Self.buffer).status == 0 else { return nil }
    return try (0..<UInt64(outputs)).map { try board.memory.read(at: place + 4 * $0) }
  }

  /// Makes, removes or lists windows.
  private func window(_ g: inout InputGenerator) throws -> String? {
    let number = g.below(2)
    let endpoint = model.endpoints[number]
    let unit = bridges[number].layout.unit
    var inputs = [
      UInt32(truncatingIfNeeded: g.next()), UInt32(unit >> 32), UInt32(truncatingIfNeeded: unit),
    ]
    if g.below(32) == 0 {
      // Calls of other forms, or for a bridge that there is not.
      let names = ["query-pe-dma-window", "create-pe-dma-window", "reset-pe-dma-windows"]
      inputs[1 + g.below(2)] ^= 1 << UInt32(1 + g.below(31))
      inputs += (0..<g.below(4)).map { _ in UInt32([12, 24, 30, 0][g.below(4)]) }
      let outputs = 1 + g.below(6)
      let cells = try rtas("ibm," + names[g.below(3)], inputs, outputs: outputs)
      return cells?.first.map { Int64(Int32(bitPattern: $0)) } == Status.wrong ? "wrong call" : nil
    }
    switch g.below(8) {
    case 0:
      let cells = try rtas("ibm,query-pe-dma-window", inputs, outputs: 5)
      let entries: UInt32 = 1 << 18
      return cells == [0, model.left(endpoint), entries, 1 | 2 | 4, 0] ? "query" : nil
    case 1, 2, 3: return try create(endpoint, inputs, &g)
    case 4, 5, 6:
      let bus = UInt32(truncatingIfNeeded: bus(&g))
      let cells = try rtas("ibm,remove-pe-dma-window", [bus], outputs: 1)
      let status = model.remove(bus)
      return cells == [UInt32(truncatingIfNeeded: status)] ? "remove \(status)" : nil
    default:
      let cells = try rtas("ibm,reset-pe-dma-windows", inputs, outputs: 1)
      model.reset(endpoint)
      return cells == [0] ? "reset" : nil
    }
  }

  private func create(
    _ endpoint: DMAModel.Endpoint, _ inputs: [UInt32], _ g: inout InputGenerator
  ) throws -> String? {
    let page = [12, 16, 24, UInt32(g.below(40))][g.below(4)]
    let size =
      g.below(16) == 0 ? UInt32(truncatingIfNeeded: g.next()) : page &+ UInt32(g.below(20))
    let cells = try rtas("ibm,create-pe-dma-window", inputs + [page, size], outputs: 4)
    guard let bus = model.create(endpoint, page, size), let window = model.windows[bus] else {
      return cells?.first == UInt32(truncatingIfNeeded: Status.wrong) ? "create, wrong" : nil
    }
    let start = [UInt32(window.start >> 32), UInt32(truncatingIfNeeded: window.start)]
    return cells == [0, bus] + start ? "create" : nil
  }

  // MARK: what must be

  private func noteTables() {
    seen.removeAll { $0.table == nil }
    for table in spaces.flatMap(\.tables) where !seen.contains(where: { $0.table === table }) {
      seen.append(WeakTable(table: table))
    }
  }

  /// Whether there are the model's windows, for devices and for calls, and no others.
  private var haveWindows: Bool {
    let all = board.partition.lock.withLock { board.partition.allTCETables }
    let own = spaces.flatMap(\.tables).sorted { $0.bus < $1.bus }
    guard all.map(\.bus) == model.windows.keys.sorted(), own.map(\.bus) == all.map(\.bus),
      zip(all, own).allSatisfy({ $0 === $1 })
    else { return false }
    noteTables()
    return seen.count == all.count
      && all.allSatisfy { table in
        guard let window = model.windows[table.bus] else { return false }
        return table.start == window.start && table.pageShift == window.pageShift
          && table.count == window.count
      }
  }

  /// Whether windows have the model's entries.
  /// - Parameter isWhole: whether every page is looked at, and not only those near entries.
  private func isSame(isWhole: Bool) -> Bool {
    spaces.flatMap(\.tables).allSatisfy { table in
      let entries = model.windows[table.bus]?.entries ?? [:]
      guard isWhole else {
        return entries.allSatisfy { page, entry in
          table[page] == entry
            && (page == 0 || table[page - 1] == entries[page - 1] ?? 0)
            && (page + 1 == table.count || table[page + 1] == entries[page + 1] ?? 0)
        }
      }
      return (0..<table.count).allSatisfy { table[$0] == entries[$0] ?? 0 }
    }
  }

  /// Whether a device reaches what the model says, and nothing else.
  private func isReached(_ g: inout InputGenerator) throws -> Bool {
    let number = g.below(model.endpoints.count)
    let (endpoint, space) = (model.endpoints[number], spaces[number])
    let bus = UInt64(g.below(2) == 0 ? endpoint.bus : endpoint.dynamicBus)
    var address = self.address(bus, &g)
    // Near a page's end.
    if g.below(2) == 0 { address = (address | 0xFFF) &- UInt64(g.below(8)) }
    let access = [DMAAccess.read, .write, [.read, .write]][g.below(3)]
    let counts = [1, 8, 64, 0x1000, 0x3000, 0, Int(truncatingIfNeeded: g.next() >> 1)]
    let count = counts[g.below(counts.count)]
    let expected = model.access(endpoint, address, count: UInt64(count), access)
    let found: DMAModel.Access
    do throws(DMAError) {
      let pieces = try space.pieces(BusAddress(address), count: count, access)
      found = .pieces(pieces.map { DMAModel.Piece(real: $0.real, count: $0.count) })
    } catch {
      guard case .fault(let place, _) = error, case .fault(place, let pieces) = expected
      else { return false }
      found = .fault(place, after: pieces)
    }
    guard found == expected else { return false }
    let small = 1 + g.below(64)
    return try isRead(space, endpoint, address, small)
      && isWritten(space, endpoint, address, g.bytes(small))
  }

  private func bytes(_ pieces: [DMAModel.Piece]) throws -> [UInt8] {
    try pieces.flatMap { try board.memory.read($0.count, at: $0.real) }
  }

  private func isRead(
    _ space: DMASpace, _ endpoint: DMAModel.Endpoint, _ address: UInt64, _ count: Int
  ) throws -> Bool {
    let read = try? space.read(count, at: BusAddress(address))
    let number = try? space.read(UInt64.self, at: BusAddress(address))
    guard case .pieces(let pieces) = model.access(endpoint, address, count: UInt64(count), .read)
    else { return read == nil && (count > 8 || number == nil) }
    let expected = try bytes(pieces)
    return read == expected
      && (count < 8 || number?.littleEndianBytes == Array(expected.prefix(8)))
  }

  /// Whether bytes are written where they must be; none of them when one cannot be.
  private func isWritten(
    _ space: DMASpace, _ endpoint: DMAModel.Endpoint, _ address: UInt64, _ bytes: [UInt8]
  ) throws -> Bool {
    let expected = model.access(endpoint, address, count: UInt64(bytes.count), .write)
    switch expected {
    case .pieces(let pieces):
      if bytes.count == 8 {
        try space.write(UInt64(littleEndianBytes: bytes), at: BusAddress(address))
      } else {
        try space.write(bytes, at: BusAddress(address))
      }
      return try self.bytes(pieces) == bytes
    case .fault(_, let pieces):
      let before = try self.bytes(pieces)
      let written: Void? = try? space.write(bytes, at: BusAddress(address))
      return try written == nil && self.bytes(pieces) == before
    }
  }
}
