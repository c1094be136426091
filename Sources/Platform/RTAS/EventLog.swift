internal import HostSupport
public import Hypervisor

/// Error logs of version 6 (LoPAR "RTAS Error/Event Return Format"): a fixed part, then sections.
enum EventLog {
  /// Bytes of the fixed part.
  static let fixedSize = 8

  /// A request that the operating system power itself off.
  static func powerOff(at date: CalendarDate) -> [UInt8] {
    var sections = extendedHeader()
    sections += mainA(at: date, sectionCount: 3)
    sections += mainB()
    sections += powerOffSection()
    // Version 6; severity event; not recovered, as nothing was broken; extended part present;
    // initiator and target unknown; type EPOW.
    let summary: UInt32 = 6 << 24 | 1 << 21 | 2 << 19 | 1 << 18 | 0x40
    return bytes(summary) + bytes(UInt32(sections.count)) + sections
  }

  /// A PCI endpoint that is given up, without an extended part: version 6; severity error; not
  /// recovered; initiator and target unknown; type of an unrecovered I/O error.
  static let endpointUnavailable: [UInt8] =
    bytes(6 << 24 | 3 << 21 | 2 << 19 | 0x0C as UInt32) + bytes(0 as UInt32)

  /// The twelve bytes before the sections, and the company.
  private static func extendedHeader() -> [UInt8] {
    // Valid, new, big-endian; platform event log in PowerPC server format.
    [0x80 | 0x04 | 0x02, 0, 0x80 | 0x0E, 0, 0, 0, 0, 0, 0, 0, 0, 0] + Array("IBM\0".utf8)
  }

  private static func section(_ id: StaticString, version: UInt8, _ body: [UInt8]) -> [UInt8] {
    let name = id.withUTF8Buffer { Array($0) }
    return name + bytes(UInt16(8 + body.count)) + [version, 0, 0, 0] + body
  }

  /// "PH", private header: when and by whom.
  private static func mainA(at date: CalendarDate, sectionCount: UInt8) -> [UInt8] {
    let day = [
      decimal(date.year / 100), decimal(date.year), decimal(date.month), decimal(date.day),
    ]
    let time = [decimal(date.hour), decimal(date.minute), decimal(date.second), 0]
    var body = day + time + [UInt8](repeating: 0, count: 8)
    // Created by the hypervisor.
    body += [UInt8(ascii: "H"), 0, 0, sectionCount] + [UInt8](repeating: 0, count: 20)
    return section("PH", version: 1, body)
  }

  /// "UH", user header: external environment, informational, normal shutdown.
  private static func mainB() -> [UInt8] {
    section("UH", version: 1, [0xA0, 0, 0, 0xD0] + [UInt8](repeating: 0, count: 12))
  }

  /// "EP": shut down the system, on normal request, for this partition only.
  private static func powerOffSection() -> [UInt8] {
    let state = EnvironmentState.systemShutdown.rawValue
    return section("EP", version: 2, [state, 1, 1, 0] + [UInt8](repeating: 0, count: 8))
  }

  private static func decimal(_ value: Int) -> UInt8 {
    UInt8(value / 10 % 10) << 4 | UInt8(value % 10)
  }

  private static func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}

extension Partition {
  /// Asks the guest to power itself off, by an EPOW event: what a power button does.
  public func requestPowerOff() {
    lock.withLock {
      environment = .systemShutdown
      post(PlatformEvent(class: .environment, log: EventLog.powerOff(at: clock.now)))
    }
  }
}
