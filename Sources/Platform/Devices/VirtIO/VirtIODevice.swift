internal import Hypervisor
internal import SavedState

/// What is behind a virtio transport: the part that differs from one kind of device to the next.
///
/// All calls come with the device's lock held, on the machine's thread.
protocol VirtIODevice: AnyObject, Sendable {
  /// Whether addresses are those of the bus, and not real addresses: VIRTIO_F_ACCESS_PLATFORM.
  var usesBusAddresses: Bool { get }
  /// The largest size of each queue.
  var queueSizes: [UInt16] { get }
  /// Feature bits of the kind of device, 0 to 23 and 50 to 127 (virtio 1.2, 2.2).
  var features: UInt64 { get }
  /// The device's configuration as the driver reads it, little-endian.
  var configuration: [UInt8] { get }
  /// Stores a byte of the configuration, where the driver may.
  func setConfiguration(_ value: UInt8, at offset: Int)
  /// The driver is ready, with these features.
  func start(features: UInt64, _ transport: VirtIOTransport)
  /// The driver has put something into a queue.
  func notified(queue: Int, _ transport: VirtIOTransport)
  /// As after power-on. Returns when nothing is being done any more for earlier requests.
  func reset()
  /// Saves or restores the device's own section, while nothing is being done for requests.
  /// - Parameter features: what the driver has accepted; zero before it is ready.
  func code(
    _ sections: inout some SectionCoder, instance: UInt32, features: UInt64) throws(StateError)
  /// Claims for this machine what the device has on the host: its guest continues here.
  func claim(_ transport: VirtIOTransport) throws(BlockStorageError)
  /// Lets another machine claim it.
  func release() throws(BlockStorageError)
}

/// A device that has nothing on the host, no state of its own, and a configuration that the driver
/// cannot change, unless it says otherwise.
extension VirtIODevice {
  var usesBusAddresses: Bool { true }
  func setConfiguration(_ value: UInt8, at offset: Int) {}
  func start(features: UInt64, _ transport: VirtIOTransport) {
    for queue in queueSizes.indices { notified(queue: queue, transport) }
  }
  func reset() {}
  func code(
    _ sections: inout some SectionCoder, instance: UInt32, features: UInt64
  ) throws(StateError) {}
  func claim(_ transport: VirtIOTransport) throws(BlockStorageError) {}
  func release() throws(BlockStorageError) {}
}
