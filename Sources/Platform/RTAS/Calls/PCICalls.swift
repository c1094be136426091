internal import CallInterface
internal import Hypervisor

/// Configuration space and message interrupts of PCI functions (LoPAR "PCI Configuration Space",
/// "MSI Support").
enum PCICalls {
  // MARK: configuration space

  /// ibm,read-pci-config: all ones where there is no function.
  static func read(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32, size: UInt32
  ) throws(RTASStatus) -> UInt32 {
    let address = PCIConfigurationAddress(rawValue: address)
    let size = try Self.size(size, address)
    let bridge = try bridge(call, unitHigh, unitLow)
    do throws(PCIBridgeError) { return try bridge.read(address, size: size) } catch {
      guard error == .noFunction else { throw .parameter }
      return .max >> UInt32(32 - 8 * size)
    }
  }

  /// ibm,write-pci-config: without effect where there is no function.
  static func write(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32, size: UInt32,
    value: UInt32
  ) throws(RTASStatus) {
    let address = PCIConfigurationAddress(rawValue: address)
    let size = try Self.size(size, address)
    let bridge = try bridge(call, unitHigh, unitLow)
    do throws(PCIBridgeError) { try bridge.write(value, address, size: size) } catch {
      guard error == .noFunction else { throw .parameter }
    }
  }

  /// 1, 2 or 4 bytes, to which the register is aligned.
  private static func size(
    _ size: UInt32, _ address: PCIConfigurationAddress
  ) throws(RTASStatus) -> Int {
    guard [1, 2, 4].contains(size), address.register.isMultiple(of: Int(size)) else {
      throw .parameter
    }
    return Int(size)
  }

  static func bridge(
    _ call: RTASContext, _ high: UInt32, _ low: UInt32
  ) throws(RTASStatus) -> any PCIHostBridge {
    guard let bridge = call.partition.bridge(unit: UInt64(high) << 32 | UInt64(low)) else {
      throw .parameter
    }
    return bridge
  }

  // MARK: message interrupts

  /// Actions of ibm,change-msi.
  private enum Action {
    static let query: UInt32 = 0
    static let change: UInt32 = 1
    static let setDefault: UInt32 = 2
    static let changeMSI: UInt32 = 3
    static let changeMSIX: UInt32 = 4
    static let changeNarrowMSI: UInt32 = 5
  }

  /// ibm,change-msi: done at once, so that the next sequence number is never used. At first no
  /// function has messages.
  static func changeMessages(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32, action: UInt32,
    count: UInt32, sequence: UInt32
  ) throws(RTASStatus) -> (UInt32, UInt32, UInt32?) {
    let bridge = try bridge(call, unitHigh, unitLow)
    let address = PCIConfigurationAddress(rawValue: address).functionOnly
    let wanted: (kind: PCIMessageKind?, count: UInt32?)
    switch action {
    case Action.query: wanted = (nil, nil)
    case Action.change: wanted = (nil, count)
    case Action.setDefault: wanted = (nil, 0)
    case Action.changeMSI, Action.changeNarrowMSI: wanted = (.msi, count)
    case Action.changeMSIX: wanted = (.msiX, count)
    default: throw .parameter
    }
    do throws(PCIBridgeError) {
      let messages = try bridge.changeMessages(address, wanted.kind, count: wanted.count)
      return (messages.count, sequence &+ 1, messages.kind == .msi ? 1 : 2)
    } catch {
      throw .parameter
    }
  }

  /// ibm,query-interrupt-source-number: the source, and 1 for edge-triggered.
  static func messageSource(
    _ call: RTASContext, address: UInt32, unitHigh: UInt32, unitLow: UInt32, index: UInt32
  ) throws(RTASStatus) -> (UInt32, UInt32) {
    let bridge = try bridge(call, unitHigh, unitLow)
    let address = PCIConfigurationAddress(rawValue: address).functionOnly
    do throws(PCIBridgeError) {
      let interrupt = try bridge.interrupt(address, index: index)
      return (interrupt.source, interrupt.isLevel ? 0 : 1)
    } catch {
      throw error == .exhausted ? .noInterrupt : .parameter
    }
  }
}
