/// Numbers of the interrupt sources; the machine raises what the tree tells.
public enum InterruptSource {
  /// Environmental and power warnings.
  public static let epow: UInt32 = 0x1000
  /// The first source of virtual devices, one for each unit address.
  public static let firstVirtualDevice: UInt32 = 0x1100
  /// Unit addresses of virtual devices.
  public static let virtualDevices: ClosedRange<UInt32> = 0x7100_0000...0x7100_00ff

  /// The source of the virtual device at `unitAddress`.
  public static func virtualDevice(at unitAddress: UInt32) -> UInt32 {
    firstVirtualDevice + (unitAddress & 0xff)
  }
}
