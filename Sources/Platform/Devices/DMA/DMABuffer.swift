internal import Hypervisor

/// A run of bytes on a bus.
struct DMABuffer: Hashable, Sendable {
  var address: BusAddress
  var count: UInt32
}
