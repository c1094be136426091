internal import Hypervisor
public import SavedState

extension StateSection {
  /// The registers and queues of a virtio device; the instance is that of its function.
  public static let virtIODevice = StateSection("virtio")
}

extension VirtIOTransport: PCIDeviceModel {
  /// Claims what is behind the device.
  public func claim() throws(BlockStorageError) { try device.claim(self) }
  /// Releases what is behind the device.
  public func release() throws(BlockStorageError) { try device.release() }

  /// Saves or restores registers, queues and device, while nothing is being done for requests.
  public func code(
    _ sections: inout some SectionCoder, instance: UInt32
  ) throws(StateError) {
    try sections.section(.virtIODevice, instance: instance) { coder throws(StateError) in
      try codeRegisters(&coder)
      try codeQueues(&coder)
    }
    let isReady = state.status & Status.driverReady != 0
    try device.code(&sections, instance: instance, features: isReady ? state.driverFeatures : 0)
  }

  private func codeRegisters(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("status", &state.status)
    try coder.field("devsel", &state.deviceFeatureSelect)
    try coder.field("drvsel", &state.driverFeatureSelect)
    try coder.field("feat", &state.driverFeatures)
    try coder.field("cfgvec", &state.configurationVector)
    try coder.field("gen", &state.generation)
    try coder.field("qsel", &state.queueSelect)
    try coder.field("isr", &state.interruptStatus)
  }

  private func codeQueues(_ coder: inout FieldCoder) throws(StateError) {
    var number = 0
    var setups = state.setups
    try coder.list("queues", &setups, initial: VirtqueueSetup(size: 0)) {
      setup, coder throws(StateError) in
      try codeQueue(number, &setup, &coder)
      number += 1
    }
    guard coder.isReading else { return }
    // A queue that the stream lacks stays as after a reset.
    for (index, setup) in setups.enumerated() where state.setups.indices.contains(index) {
      state.setups[index] = setup
    }
  }

  private func codeQueue(
    _ number: Int, _ setup: inout VirtqueueSetup, _ coder: inout FieldCoder
  ) throws(StateError) {
    try coder.field("size", setup.size) { [device] size throws(InvalidValue) in
      guard device.queueSizes.indices.contains(number), size > 0,
        size <= device.queueSizes[number]
      else { throw InvalidValue("the device has no queue of \(size) descriptors here") }
      setup.size = size
    }
    for (name, path) in [
      ("desc", \VirtqueueSetup.descriptors), ("driver", \.driver), ("device", \.device),
    ] {
      try coder.field(name, setup[keyPath: path].rawValue) {
        setup[keyPath: path] = BusAddress($0)
      }
    }
    try coder.field("on", &setup.isEnabled)
    try coder.field("vec", &setup.vector)
    guard setup.isEnabled else { return }
    if coder.isReading { queues[number] = rings(setup) }
    guard var rings = queues[number] else { return }
    try rings.code(&coder)
    queues[number] = rings
  }
}
