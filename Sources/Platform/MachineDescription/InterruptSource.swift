/// Numbers of the interrupt sources; the tree lists them, the partition has them.
public enum InterruptSource {
  /// All sources.
  public static let all: Range<UInt32> = 0x1000..<0x2000
  /// Environmental and power warnings.
  public static let epow = all.lowerBound
  /// The first of the 256 sources of virtual devices.
  public static let firstVirtualDevice: UInt32 = all.lowerBound + 0x100
  /// Unit addresses of virtual devices. 0 stands for the first terminal in hypercalls, and logical
  /// bus numbers from 0x80000000 on are those of PCI host bridges.
  public static let virtualDevices: ClosedRange<UInt32> = 1...0x7fff_ffff

  /// The first source of the lines of PCI host bridges, four for each.
  public static let firstPCILine: UInt32 = all.lowerBound + 0x200
  /// Sources of message interrupts, which PCI functions are given as they ask for them.
  public static let messages: Range<UInt32> = all.lowerBound + 0x300..<all.upperBound

  /// The source of a line of a PCI host bridge.
  /// - Parameters:
  ///   - line: 0 to 3, for INTA to INTD.
  ///   - bridge: the bridge's number.
  public static func pciLine(_ line: UInt32, of bridge: UInt32) -> UInt32 {
    firstPCILine + 4 * bridge + line
  }

  /// The source of the virtual device at `unitAddress`, as QEMU's machine has it: the low byte from
  /// ``MachineDescription/Devices/firstUnitAddress`` on. libvirt's are 0x1000 apart; those of terminals, from
  /// 0x30000000 on, have the last 16 sources.
  public static func virtualDevice(at unitAddress: UInt32) -> UInt32 {
    switch unitAddress {
    case MachineDescription.Devices.firstUnitAddress...: firstVirtualDevice + unitAddress & 0xff
    case 0x3000_0000...: firstVirtualDevice + 0xf0 + unitAddress >> 12 & 0xf
    default: firstVirtualDevice + unitAddress >> 12 & 0xff
    }
  }
}
