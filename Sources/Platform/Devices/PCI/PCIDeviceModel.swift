public import SavedState

/// A device of a PCI bus as its bridge has it: registering it with
/// ``VirtualPCIBridge/add(_:_:)`` is all that reset, saved state, regions and interrupts need. Its
/// node in the tree, its identity and its regions are those of its `PCIDevice`.
public protocol PCIDeviceModel: AnyObject, Claimable, Sendable {
  /// The function, whose configuration space, regions and interrupts the bridge resets and saves. It
  /// calls the device for a reset.
  var function: PCIFunction { get }

  /// Saves or restores the device's own sections, behind the function's.
  /// - Parameters:
  ///   - sections: of the stream.
  ///   - instance: the device's place: bridge, device and function number.
  func code(_ sections: inout some SectionCoder, instance: UInt32) throws(StateError)
}
