internal import MachineDescription
internal import SavedState

/// The frames that a driver wants (virtio 1.2, 5.1.6.5.1 and 5.1.6.5.2).
struct ReceiveFilter: Hashable, Sendable {
  /// What a driver switches on and off, by the number of the command.
  enum Mode: UInt8, CaseIterable {
    case promiscuous = 0
    case allMulticast = 1
    case allUnicast = 2
    case noMulticast = 3
    case noUnicast = 4
    case noBroadcast = 5
  }

  /// The most addresses of each table.
  static let mostAddresses = 64

  var address: HardwareAddress
  /// A bit for each mode. A driver that cannot set them gets every frame.
  var modes: UInt8 = 1
  var unicast: Set<HardwareAddress> = []
  var multicast: Set<HardwareAddress> = []
  /// Whether the driver wants more addresses than a table has room for: it gets all of the kind.
  var hasMoreUnicast = false
  var hasMoreMulticast = false

  subscript(_ mode: Mode) -> Bool {
    get { modes & 1 << mode.rawValue != 0 }
    set { modes = newValue ? modes | 1 << mode.rawValue : modes & ~(1 << mode.rawValue) }
  }

  /// Takes tables of addresses; one that is too long is replaced by all addresses of its kind.
  mutating func setTables(unicast: Set<HardwareAddress>, multicast: Set<HardwareAddress>) {
    (hasMoreUnicast, hasMoreMulticast) = (
      unicast.count > Self.mostAddresses, multicast.count > Self.mostAddresses
    )
    self.unicast = hasMoreUnicast ? [] : unicast
    self.multicast = hasMoreMulticast ? [] : multicast
  }

  /// Whether a frame is for the driver.
  func accepts(_ frame: UnsafeRawBufferPointer) -> Bool {
    guard frame.count >= 14 else { return false }
    if self[.promiscuous] { return true }
    let destination = HardwareAddress(frame[..<6])
    if destination.rawValue == 0xFFFF_FFFF_FFFF { return !self[.noBroadcast] }
    if frame[0] & 1 != 0 {
      return !self[.noMulticast]
        && (self[.allMulticast] || hasMoreMulticast || multicast.contains(destination))
    }
    if self[.noUnicast] { return false }
    return destination == address || self[.allUnicast] || hasMoreUnicast
      || unicast.contains(destination)
  }
}

extension ReceiveFilter {
  /// Saves or restores the filter.
  /// - Parameter most: addresses that a table can have.
  mutating func code(
    _ coder: inout FieldCoder, most: Int = mostAddresses
  ) throws(StateError) {
    try coder.field("addr", address.rawValue) { address = .init(rawValue: $0) }
    try coder.field("modes", &modes)
    for (name, path) in [("uni", \Self.unicast), ("multi", \.multicast)] {
      try coder.field(name, self[keyPath: path].map(\.rawValue).sorted()) {
        values throws(InvalidValue) in
        guard values.count <= most else {
          throw InvalidValue("a filter of \(values.count) addresses")
        }
        self[keyPath: path] = Set(values.map { HardwareAddress(rawValue: $0) })
      }
    }
    try coder.field("unimore", &hasMoreUnicast)
    try coder.field("multimore", &hasMoreMulticast)
  }
}
