import Hypervisor

/// What windows of bus addresses have after the calls that were made, by the rules of LoPAR alone.
struct DMAModel {
  /// A window: entries by page, without those that are zero.
  struct Window: Hashable {
    var start: UInt64
    var pageShift: UInt64
    var sizeShift: UInt64
    var entries: [UInt64: UInt64] = [:]

    var pageSize: UInt64 { 1 << pageShift }
    var count: UInt64 { 1 << (sizeShift - pageShift) }

    /// The page of a bus address.
    func page(of address: UInt64) -> UInt64? {
      guard address >= start, address - start < 1 << sizeShift else { return nil }
      return (address - start) >> pageShift
    }

    mutating func set(_ page: UInt64, _ entry: UInt64) {
      entries[page] = entry == 0 ? nil : entry
    }
  }

  /// The windows of an endpoint: those that its bridge makes, or the only one of a VIO device.
  struct Endpoint {
    var bus: UInt32
    var usual: Window
    /// Whether the guest can make and remove windows.
    var isDynamic: Bool
    var dynamicBus: UInt32 { bus | 1 }
  }

  /// Results of calls.
  enum Status {
    static let success: Int64 = 0
    static let function: Int64 = -2
    static let parameter: Int64 = -4
    static let parameter4: Int64 = -57
    /// Of RTAS calls.
    static let wrong: Int64 = -3
  }

  static let dynamicStart: UInt64 = 1 << 59
  static let pageShifts: [UInt64] = [12, 16, 24]
  static let largestShift: UInt64 = 30
  static let mostEntries: UInt64 = 512

  let memorySize: UInt64
  let endpoints: [Endpoint]
  private(set) var windows: [UInt32: Window] = [:]

  init(memorySize: UInt64, _ endpoints: [Endpoint]) {
    (self.memorySize, self.endpoints) = (memorySize, endpoints)
    for endpoint in endpoints { windows[endpoint.bus] = endpoint.usual }
  }

  // MARK: entries

  /// Places of a call's window: the bus number and the first page.
  private func place(_ bus: UInt64, _ address: UInt64, count: UInt64) -> (UInt32, UInt64)? {
    guard let bus = UInt32(exactly: bus), let window = windows[bus],
      let page = window.page(of: address), count <= window.count - page
    else { return nil }
    return (bus, page)
  }

  /// An entry as a window keeps it; nil when its page is not all memory.
  private func kept(_ entry: UInt64, _ bus: UInt32) -> UInt64? {
    guard entry & 3 != 0, let window = windows[bus] else { return entry }
    let page = entry / window.pageSize * window.pageSize
    guard page < memorySize, window.pageSize <= memorySize - page else { return nil }
    return page | entry & 3
  }

  /// H_GET_TCE: the entry; nil for a wrong parameter.
  func get(_ bus: UInt64, _ address: UInt64) -> UInt64? {
    place(bus, address, count: 1).map { windows[$0]?.entries[$1] ?? 0 }
  }

  /// Entries that follow each other; all of them or none are set.
  private mutating func put(
    _ bus: UInt64, _ address: UInt64, _ entries: [UInt64]
  ) -> Int64 {
    guard let (bus, page) = place(bus, address, count: UInt64(entries.count)) else {
      return Status.parameter
    }
    let kept = entries.compactMap { self.kept($0, bus) }
    guard kept.count == entries.count else { return Status.parameter }
    for (index, entry) in kept.enumerated() { windows[bus]?.set(page + UInt64(index), entry) }
    return Status.success
  }

  /// H_PUT_TCE
  mutating func put(_ bus: UInt64, _ address: UInt64, _ entry: UInt64) -> Int64 {
    put(bus, address, [entry])
  }

  /// H_STUFF_TCE
  mutating func stuff(
    _ bus: UInt64, _ address: UInt64, _ entry: UInt64, _ count: UInt64
  ) -> Int64 {
    guard let (number, _) = place(bus, address, count: 1) else { return Status.parameter }
    guard count <= Self.mostEntries else { return Status.parameter4 }
    guard kept(entry, number) != nil else { return Status.parameter }
    return put(bus, address, [UInt64](repeating: entry, count: Int(count)))
  }

  /// H_PUT_TCE_INDIRECT
  /// - Parameter page: the entries that the list's page has; nil when it is no page of memory.
  mutating func putIndirect(
    _ bus: UInt64, _ address: UInt64, _ page: [UInt64]?, _ count: UInt64
  ) -> Int64 {
    guard bus >> 63 == 0 else { return Status.function }
    guard count <= Self.mostEntries, let page else { return Status.parameter }
    return put(bus, address, Array(page.prefix(Int(count))))
  }

  // MARK: windows

  private func endpoint(_ bus: UInt32) -> Endpoint? {
    endpoints.first { $0.isDynamic && ($0.bus == bus || $0.dynamicBus == bus) }
  }

  /// Windows that an endpoint can still have.
  func left(_ endpoint: Endpoint) -> UInt32 {
    2 - UInt32([endpoint.bus, endpoint.dynamicBus].filter { windows[$0] != nil }.count)
  }

  /// ibm,create-pe-dma-window: the bus number of the new window; nil for a wrong parameter.
  mutating func create(_ endpoint: Endpoint, _ pageShift: UInt32, _ sizeShift: UInt32) -> UInt32? {
    let (page, size) = (UInt64(pageShift), UInt64(sizeShift))
    guard Self.pageShifts.contains(page), size >= page, size <= Self.largestShift else {
      return nil
    }
    for (bus, start) in [(endpoint.dynamicBus, Self.dynamicStart), (endpoint.bus, 0)]
    where windows[bus] == nil {
      windows[bus] = Window(start: start, pageShift: page, sizeShift: size)
      return bus
    }
    return nil
  }

  /// ibm,remove-pe-dma-window
  mutating func remove(_ bus: UInt32) -> Int64 {
    guard let endpoint = endpoint(bus), windows.removeValue(forKey: bus) != nil else {
      return Status.wrong
    }
    // The usual window comes back with the last other one.
    if bus == endpoint.dynamicBus, windows[endpoint.bus] == nil {
      windows[endpoint.bus] = endpoint.usual
    }
    return Status.success
  }

  /// ibm,reset-pe-dma-windows
  mutating func reset(_ endpoint: Endpoint) {
    windows[endpoint.dynamicBus] = nil
    windows[endpoint.bus] = endpoint.usual
  }

  // MARK: accesses

  /// A run of bytes of memory.
  struct Piece: Equatable {
    var real: UInt64
    var count: Int
  }

  /// What a device reaches.
  enum Access: Equatable {
    case pieces([Piece])
    /// The bytes before an address can be reached, and it cannot.
    case fault(BusAddress, after: [Piece])
  }

  /// Where bytes of an endpoint's bus are in memory.
  func access(
    _ endpoint: Endpoint, _ address: UInt64, count: UInt64, _ access: DMAAccess
  ) -> Access {
    let own = [endpoint.bus, endpoint.dynamicBus].compactMap { windows[$0] }
    var (address, left, pieces) = (address, count, [Piece]())
    while left > 0 {
      guard let window = own.first(where: { $0.page(of: address) != nil }),
        let page = window.page(of: address), let entry = window.entries[page],
        entry & access.rawValue == access.rawValue
      else { return .fault(BusAddress(address), after: pieces) }
      let offset = (address - window.start) % window.pageSize
      let length = min(left, window.pageSize - offset)
      let real = entry / window.pageSize * window.pageSize + offset
      if let last = pieces.last, last.real + UInt64(last.count) == real {
        pieces[pieces.count - 1].count += Int(length)
      } else {
        pieces.append(Piece(real: real, count: Int(length)))
      }
      (address, left) = (address &+ length, left - length)
    }
    return .pieces(pieces)
  }
}
