internal import Machine
internal import PowerCPU

extension DebugPacket {
  static let pointPackets: [DebugPacket] = [
    DebugPacket("Z", "Set a breakpoint (0, 1) or a watchpoint (2 stores, 3 loads, 4 both).") {
      session, arguments throws(DebugError) in
      guard let point = try DebugPoint(arguments) else { return .text("") }
      try session.set(point)
      return .ok
    },
    DebugPacket("z", "Remove one.") { session, arguments throws(DebugError) in
      guard let point = try DebugPoint(arguments) else { return .text("") }
      session.remove(point)
      return .ok
    },
  ]
}

/// What a packet Z describes: `TYPE,ADDRESS,KIND`, the kind of a watchpoint being its length.
enum DebugPoint {
  case breakpoint(UInt64, isHardware: Bool)
  case watch(DataWatch)

  /// - Returns: nil for a type that there is not, and for conditions.
  fileprivate init?(_ arguments: PacketText) throws(DebugError) {
    var arguments = arguments
    let type = try arguments.number()
    try arguments.require(",")
    let address = try arguments.number()
    try arguments.require(",")
    let kind = try arguments.number()
    guard arguments.isEmpty else { return nil }
    let watched: DataWatch.Kind
    switch type {
    case 0, 1:
      self = .breakpoint(address & ~3, isHardware: type == 1)
      return
    case 2: watched = .store
    case 3: watched = .load
    case 4: watched = .any
    default: return nil
    }
    guard let watch = DataWatch(at: address, count: kind, watched) else { throw .range }
    self = .watch(watch)
  }
}

extension DebugSession {
  fileprivate func set(_ point: DebugPoint) throws(DebugError) {
    switch point {
    case .breakpoint(let address, let isHardware):
      let count = debugger.points.breakpoints.count
      guard count < Self.mostBreakpoints || debugger.points.breakpoints.contains(address) else {
        throw .tooMany
      }
      if isHardware { hardwareBreakpoints.insert(address) } else { breakpoints.insert(address) }
    case .watch(let watch):
      guard debugger.points.watches.count < Self.mostWatches else { throw .tooMany }
      debugger.points.watches.insert(watch)
    }
    debugger.points.breakpoints = breakpoints.union(hardwareBreakpoints)
  }

  fileprivate func remove(_ point: DebugPoint) {
    switch point {
    case .breakpoint(let address, isHardware: true): hardwareBreakpoints.remove(address)
    case .breakpoint(let address, isHardware: false): breakpoints.remove(address)
    case .watch(let watch): debugger.points.watches.remove(watch)
    }
    debugger.points.breakpoints = breakpoints.union(hardwareBreakpoints)
  }
}
