internal import HostSupport
internal import Hypervisor

/// Information units of the SCSI RDMA protocol (SRP revision 16a), as clients of VSCSI send them and
/// get them. All numbers are big-endian.
enum RemoteDMAUnit {
  /// The first byte of a unit.
  enum Operation {
    static let login: UInt8 = 0x00
    static let management: UInt8 = 0x01
    static let command: UInt8 = 0x02
    static let logout: UInt8 = 0x03
    static let targetLogout: UInt8 = 0x80
    static let loginResponse: UInt8 = 0xC0
    static let response: UInt8 = 0xC1
    static let loginRejection: UInt8 = 0xC2
  }

  /// Functions of task management.
  enum Management {
    static let abortTask: UInt8 = 0x01
    static let abortTaskSet: UInt8 = 0x02
    static let clearTaskSet: UInt8 = 0x04
    static let unitReset: UInt8 = 0x08
    static let clearACA: UInt8 = 0x40
  }

  /// What task management came to.
  enum ManagementResponse {
    static let complete: UInt8 = 0
    static let invalidFields: UInt8 = 2
    static let unsupported: UInt8 = 4
  }

  /// Bits of a login's buffer formats.
  enum BufferFormat {
    static let direct: UInt16 = 2
    static let indirect: UInt16 = 4
    static let all = direct | indirect
  }

  /// Bits of a response's flags.
  private enum Flag {
    static let response: UInt8 = 1
    static let sense: UInt8 = 2
    static let outOver: UInt8 = 4
    static let outUnder: UInt8 = 8
    static let inOver: UInt8 = 0x10
    static let inUnder: UInt8 = 0x20
  }

  /// Bytes of the shortest unit of each kind.
  static let loginSize = 64
  static let managementSize = 48
  static let commandSize = 48
  /// The most bytes of a unit that are taken, and that a login may ask for.
  static let mostBytes = 4096
  /// The most descriptors of a table in memory.
  private static let mostDescriptors = 1024
  private static let descriptorSize = 16

  // MARK: a command's buffers

  /// Where data-out and data-in of a command are.
  /// - Throws: that descriptors are not all there, or of a format that is not offered.
  static func buffers(
    _ unit: [UInt8], _ dma: DMASpace
  ) throws(SCSIFailure) -> (out: SCSIData, in: SCSIData) {
    // Additional bytes of the command descriptor block come first.
    var place = commandSize + Int(unit[31] & 0xFC)
    let out = try data(unit, unit[5] >> 4, Int(unit[6]), &place, dma)
    let `in` = try data(unit, unit[5] & 0xF, Int(unit[7]), &place, dma)
    return (out, `in`)
  }

  private static func data(
    _ unit: [UInt8], _ format: UInt8, _ count: Int, _ place: inout Int, _ dma: DMASpace
  ) throws(SCSIFailure) -> SCSIData {
    switch format {
    case 0: return SCSIData()
    case 1:
      let found = try descriptors(unit, place, 1)
      place += descriptorSize
      return SCSIData(buffers: found, count: UInt64(found[0].count))
    case 2:
      let table = try descriptors(unit, place, 1)[0]
      place += descriptorSize
      guard place + 4 <= unit.count else { throw .fault }
      let length = UInt64(UInt32(bigEndianBytes: unit[place..<place + 4]))
      place += 4
      let all = Int(table.count) / descriptorSize
      guard all <= mostDescriptors else { throw .fault }
      var found = try descriptors(unit, place, min(count, all))
      place += descriptorSize * count
      if all > found.count {
        // The unit has only the first ones.
        guard let bytes = try? dma.read(descriptorSize * all, at: table.address) else {
          throw .fault
        }
        found = try descriptors(bytes, 0, all)
      }
      let total = found.reduce(0) { $0 + UInt64($1.count) }
      return SCSIData(buffers: found, count: min(total, length))
    default: throw .fault
    }
  }

  /// Memory descriptors: address, a handle that is not used, bytes.
  private static func descriptors(
    _ bytes: [UInt8], _ place: Int, _ count: Int
  ) throws(SCSIFailure) -> [DMABuffer] {
    guard place >= 0, place + descriptorSize * count <= bytes.count else { throw .fault }
    return (0..<count).map { index in
      let start = place + descriptorSize * index
      return DMABuffer(
        address: BusAddress(UInt64(bigEndianBytes: bytes[start..<start + 8])),
        count: UInt32(bigEndianBytes: bytes[start + 12..<start + 16]))
    }
  }

  // MARK: answers

  /// The answer to a login.
  /// - Parameters:
  ///   - tag: of the request, as its bytes are.
  ///   - limit: requests that the client may have active.
  static func loginResponse(_ tag: ArraySlice<UInt8>, limit: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 52)
    bytes[0] = Operation.loginResponse
    bytes.put(limit, at: 4)
    bytes.replaceSubrange(8..<16, with: tag)
    bytes.put(UInt32(mostBytes), at: 16)
    bytes.put(UInt32(mostBytes), at: 20)
    bytes.put(BufferFormat.all, at: 24)
    return bytes
  }

  /// Reasons for which a login is rejected.
  enum Rejection {
    static let tooLong: UInt32 = 0x0001_0002
    static let descriptorFormat: UInt32 = 0x0001_0004
  }

  static func loginRejection(_ tag: ArraySlice<UInt8>, _ reason: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    bytes[0] = Operation.loginRejection
    bytes.put(reason, at: 4)
    bytes.replaceSubrange(8..<16, with: tag)
    bytes.put(BufferFormat.all, at: 24)
    return bytes
  }

  /// A target's logout, for a client that has given a unit for it.
  static func targetLogout(_ tag: UInt64, reason: UInt32) -> [UInt8] {
    [Operation.targetLogout, 0, 0, 0] + reason.bigEndianBytes + tag.bigEndianBytes
  }

  /// The head of a response; the client may send one request more.
  private static func response(_ request: [UInt8], isSuccess: Bool) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 36)
    bytes[0] = Operation.response
    // Solicited notification, as the request wants it.
    bytes[1] = request[1] >> (isSuccess ? 1 : 2) & 1
    bytes.put(1 as UInt32, at: 4)
    bytes.replaceSubrange(8..<16, with: request[8..<16])
    return bytes
  }

  /// The response to a command.
  /// - Parameters:
  ///   - request: the unit of the command.
  ///   - result: how it ended.
  ///   - out: bytes that the client has for data-out.
  ///   - in: bytes that the client has room for as data-in.
  ///   - needed: bytes that the command needs of either, when those are too few.
  static func response(
    _ request: [UInt8], _ result: SCSIResult, out: UInt64, in: UInt64, needed: UInt64 = 0
  ) -> [UInt8] {
    var bytes = response(request, isSuccess: result.status == SCSIStatus.good)
    if needed > 0 {
      let (flag, place, room) =
        out > 0 ? (Flag.outOver, 20, out) : (Flag.inOver, 24, `in`)
      bytes[18] |= flag
      bytes.put(UInt32(clamping: max(needed, room) - room), at: place)
    } else {
      for (flag, place, room, moved) in [
        (Flag.outUnder, 20, out, result.dataOut), (Flag.inUnder, 24, `in`, result.dataIn),
      ] where moved < room {
        bytes[18] |= flag
        bytes.put(UInt32(clamping: room - moved), at: place)
      }
    }
    bytes[19] = result.status
    guard !result.sense.isEmpty else { return bytes }
    bytes[18] |= Flag.sense
    bytes.put(UInt32(result.sense.count), at: 28)
    return bytes + result.sense
  }

  /// The response to task management.
  static func response(_ request: [UInt8], management: UInt8) -> [UInt8] {
    var bytes = response(request, isSuccess: management == ManagementResponse.complete)
    bytes[18] = Flag.response
    bytes.put(4 as UInt32, at: 32)
    return bytes + [0, 0, 0, management]
  }
}
