/// The client's handle of an open package (ihandle).
struct Ihandle: RawRepresentable, Hashable {
  let rawValue: UInt32

  /// No instance: the console of a machine without a terminal.
  static let none = Ihandle(rawValue: 0)
}

/// The device that an instance reads and writes.
enum InstanceDevice: UInt8 {
  case console = 1
  case nvram
  /// A package with methods only.
  case none
  case disk
  case network
}

/// The open packages.
struct InstanceTable {
  /// Instances open at a time.
  static let limit = 1024

  struct Instance {
    var package: Phandle
    /// The path it was opened with, arguments included.
    var path: String
    var device: InstanceDevice
    /// The position of `read` and `write`, for devices with positions.
    var position = 0
    /// The bytes of a disk that it reads and writes: the whole disk, a partition or a file.
    var window: Range<UInt64> = 0..<0

    /// The offset of the position on the disk; the position is within the window.
    var offset: UInt64 { window.lowerBound &+ UInt64(max(position, 0)) }
  }

  var instances: [Ihandle: Instance] = [:]
  // Different from phandles, so that a mixed-up handle is detected.
  var next: UInt32 = 0x0100_0001

  subscript(handle: Ihandle) -> Instance? {
    get { instances[handle] }
    set { instances[handle] = newValue }
  }

  /// - Returns: nil when too many are open.
  mutating func open(_ instance: Instance) -> Ihandle? {
    guard instances.count < Self.limit else { return nil }
    while instances[Ihandle(rawValue: next)] != nil || next == 0 || next == .max { next &+= 1 }
    let handle = Ihandle(rawValue: next)
    next &+= 1
    instances[handle] = instance
    return handle
  }
}
