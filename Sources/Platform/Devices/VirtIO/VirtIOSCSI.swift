internal import HostSupport
public import Hypervisor
public import MachineDescription
public import SavedState

/// A virtio SCSI host (virtio 1.2, 5.6): a queue for task management, one for events, of which there
/// are none, and those for commands.
final class VirtIOSCSI: VirtIODevice, @unchecked Sendable {
  // Safety: the transport's lock guards what changes.

  /// The queues that come before those for commands.
  private enum Queue {
    static let control = 0
    static let event = 1
    static let firstRequest = 2
  }

  /// The response to a request.
  private enum Response {
    static let ok: UInt8 = 0
    static let overrun: UInt8 = 1
    static let aborted: UInt8 = 2
    static let badTarget: UInt8 = 3
    static let reset: UInt8 = 4
    static let succeeded: UInt8 = 10
    static let rejected: UInt8 = 11
    static let incorrectUnit: UInt8 = 12
  }

  /// Kinds of requests in the control queue.
  private enum Control {
    static let management: UInt32 = 0
    static let query: UInt32 = 1
    static let subscribe: UInt32 = 2
  }

  /// Task management functions.
  private enum Management {
    static let abortTask: UInt32 = 0
    static let abortTaskSet: UInt32 = 1
    static let clearTaskSet: UInt32 = 3
    static let nexusReset: UInt32 = 4
    static let unitReset: UInt32 = 5
    static let queryTask: UInt32 = 6
    static let queryTaskSet: UInt32 = 7
  }

  private static let queueSize: UInt16 = 256
  private static let usualSenseSize: UInt32 = 96
  private static let usualBlockSize: UInt32 = 32
  /// Bytes of a request before the command descriptor block, and of a response before sense data.
  private static let requestHead: UInt64 = 19
  private static let responseHead: UInt64 = 12
  /// The most bytes of sense data or of a command descriptor block that a driver can ask for.
  private static let mostBytes: UInt32 = 256

  private let target: SCSITarget
  private let queues: Int
  /// Bytes of sense data and of command descriptor blocks, as the driver has set them.
  private var senseSize = usualSenseSize
  private var blockSize = usualBlockSize

  /// - Parameters:
  ///   - target: the units.
  ///   - queues: queues for commands.
  init(_ target: SCSITarget, queues: Int) { (self.target, self.queues) = (target, max(queues, 1)) }

  var queueSizes: [UInt16] {
    [UInt16](repeating: Self.queueSize, count: Queue.firstRequest + queues)
  }

  /// Events, protection information and commands with data both ways are not offered.
  var features: UInt64 { 0 }

  var configuration: [UInt8] {
    [
      UInt32(queues), UInt32(Self.queueSize - 2), UInt32(SCSIUnit.mostTransferred / 512), 128,
      // Bytes of an event.
      16, senseSize, blockSize,
    ].flatMap(\.littleEndianBytes)
      // Channels, targets, units.
      + (0 as UInt16).littleEndianBytes
      + UInt16(SCSIDevice.mostTargets - 1).littleEndianBytes + (0 as UInt32).littleEndianBytes
  }

  func setConfiguration(_ value: UInt8, at offset: Int) {
    func set(_ number: inout UInt32, _ byte: Int) {
      let shift = UInt32(8 * byte)
      number = number & ~(0xFF << shift) | UInt32(value) << shift
    }
    switch offset {
    case 20..<24: set(&senseSize, offset - 20)
    case 24..<28: set(&blockSize, offset - 24)
    default: break
    }
  }

  func reset() {
    target.reset()
    (senseSize, blockSize) = (Self.usualSenseSize, Self.usualBlockSize)
  }

  // MARK: the machine's side

  func claim(_: VirtIOTransport) throws(BlockStorageError) { try target.claim() }
  func release() throws(BlockStorageError) { try target.release() }

  func code(
    _ sections: inout some SectionCoder, instance: UInt32, features: UInt64
  ) throws(StateError) {
    try sections.section(.scsiHost, instance: instance) { coder throws(StateError) in
      try target.code(&coder)
      try coder.field("sense", &senseSize)
      try coder.field("cdb", &blockSize)
    }
  }

  // MARK: requests

  func notified(queue: Int, _ transport: VirtIOTransport) {
    switch queue {
    case Queue.event: break
    case Queue.control: transport.serveAll(queue: queue) { control($0, transport) }
    default: transport.serveAll(queue: queue) { command($0, queue, transport) }
    }
  }

  /// The place of the target that a number names, if the number is one of virtio's.
  private func place(_ number: some Collection<UInt8>) -> (target: UInt8, unit: UInt16)? {
    let bytes = Array(number)
    guard bytes[0] == 1, bytes[4...].allSatisfy({ $0 == 0 }) else { return nil }
    // Flat or peripheral addressing.
    guard bytes[2] >> 6 <= 1 else { return nil }
    return (bytes[1], UInt16(bytes[2] & 0x3F) << 8 | UInt16(bytes[3]))
  }

  private func command(
    _ request: VirtqueueRequest, _ queue: Int, _ transport: VirtIOTransport
  ) {
    let (head, tail) = (
      Self.requestHead + UInt64(blockSize), Self.responseHead + UInt64(senseSize)
    )
    guard blockSize <= Self.mostBytes, senseSize <= Self.mostBytes,
      request.readableCount >= head, request.writableCount >= tail,
      let bytes = try? transport.dma.read(request.readable, from: 0, count: Int(head))
    else { return transport.fail() }
    let command = SCSICommand(
      bytes[Int(Self.requestHead)...],
      dataOut: SCSIData(
        buffers: request.readable, offset: head, count: request.readableCount - head),
      dataIn: SCSIData(
        buffers: request.writable, offset: tail, count: request.writableCount - tail))
    let reply: SCSITarget.Reply = { [weak self, weak transport] answer in
      guard let self, let transport else { return }
      self.answer(request, queue, command, answer, transport)
    }
    guard let place = place(bytes[..<8]), target.units[place.target] != nil else {
      return respond(request, queue, Response.badTarget, SCSIResult(), command, transport)
    }
    // A target has one unit.
    guard place.unit == 0 else { return reply(absent(command, transport)) }
    target.execute(
      command, on: place.target, tag: UInt64(littleEndianBytes: bytes[8..<16]), numbers: [0],
      lock: { [weak transport] body in transport?.withLock { _ in body() } },
      reply: reply)
  }

  /// What a number answers that no unit has.
  private func absent(_ command: SCSICommand, _ transport: VirtIOTransport) -> SCSIAnswer {
    SCSIUnit.absent(command, transport.dma, numbers: [0])
  }

  private func answer(
    _ request: VirtqueueRequest, _ queue: Int, _ command: SCSICommand, _ answer: SCSIAnswer,
    _ transport: VirtIOTransport
  ) {
    switch answer {
    case .result(let result):
      respond(request, queue, Response.ok, result, command, transport)
    case .overrun:
      respond(request, queue, Response.overrun, SCSIResult(), command, transport)
    case .aborted:
      respond(request, queue, Response.aborted, SCSIResult(), command, transport)
    case .reset: respond(request, queue, Response.reset, SCSIResult(), command, transport)
    case .fault: transport.fail()
    }
  }

  private func respond(
    _ request: VirtqueueRequest, _ queue: Int, _ response: UInt8, _ result: SCSIResult,
    _ command: SCSICommand, _ transport: VirtIOTransport
  ) {
    guard transport.isRunning else { return }
    // The driver may have changed it since the request came.
    let senseSize = Int(min(senseSize, Self.mostBytes))
    let sense = result.sense.prefix(senseSize)
    // Bytes of either direction that were not transferred.
    let rest =
      command.dataIn.count - result.dataIn
      + (command.dataOut.count - min(result.dataOut, command.dataOut.count))
    let bytes =
      UInt32(sense.count).littleEndianBytes + UInt32(clamping: rest).littleEndianBytes
      + [0, 0, result.status, response] + sense
      + [UInt8](repeating: 0, count: senseSize - sense.count)
    guard (try? transport.dma.write(bytes, to: request.writable, from: 0)) != nil else {
      return transport.fail()
    }
    transport.complete(
      request, queue: queue,
      written: UInt32(clamping: UInt64(bytes.count) + result.dataIn))
    transport.interrupt(queue: queue)
  }

  // MARK: the control queue

  private func control(_ request: VirtqueueRequest, _ transport: VirtIOTransport) {
    let (readable, writable) = (request.readableCount, request.writableCount)
    guard readable >= 4, writable >= 1,
      let bytes = try? transport.dma.read(
        request.readable, from: 0, count: Int(min(readable, 24)))
    else { return transport.fail() }
    let answer: [UInt8]
    switch UInt32(littleEndianBytes: bytes[..<4]) {
    case Control.management where bytes.count >= 24:
      answer = [
        manage(
          UInt32(littleEndianBytes: bytes[4..<8]), bytes[8..<16],
          UInt64(littleEndianBytes: bytes[16..<24]), transport)
      ]
    case Control.query where bytes.count >= 16 && writable >= 5,
      Control.subscribe where bytes.count >= 16 && writable >= 5:
      // No events are reported.
      let isThere = place(bytes[4..<12]).map { target.units[$0.target] != nil } ?? false
      answer = [0, 0, 0, 0, isThere ? Response.ok : Response.badTarget]
    default: return transport.fail()
    }
    guard (try? transport.dma.write(answer, to: request.writable, from: 0)) != nil else {
      return transport.fail()
    }
    transport.complete(request, queue: Queue.control, written: UInt32(answer.count))
    transport.interrupt(queue: Queue.control)
  }

  /// Does a task management function.
  private func manage(
    _ function: UInt32, _ number: ArraySlice<UInt8>, _ tag: UInt64, _ transport: VirtIOTransport
  ) -> UInt8 {
    guard let place = place(number), let unit = target.units[place.target] else {
      return Response.badTarget
    }
    guard place.unit == 0 || function == Management.nexusReset else {
      return Response.incorrectUnit
    }
    switch function {
    case Management.abortTask:
      target.end(unit: place.target, tag: tag, .aborted)
    case Management.abortTaskSet, Management.clearTaskSet:
      target.end(unit: place.target, .aborted)
    case Management.unitReset, Management.nexusReset:
      target.end(unit: place.target, .reset)
      unit.reset(.unitReset)
    case Management.queryTask:
      return target.waits(unit: place.target, tag: tag) ? Response.succeeded : Response.ok
    case Management.queryTaskSet:
      return target.waits(unit: place.target) ? Response.succeeded : Response.ok
    default: return Response.rejected
    }
    return Response.ok
  }
}

extension StateSection {
  /// A virtio SCSI host; the instance is that of its function.
  public static let scsiHost = StateSection("scsi")
}

extension VirtIOTransport {
  /// A SCSI host.
  /// - Parameters:
  ///   - host: the host as its driver sees it.
  ///   - description: the device.
  ///   - storage: the bytes of its units, by target.
  ///   - dma: memory as functions of its bus reach it.
  ///   - work: where storage is waited for.
  public static func scsi(
    _ host: PCIDevice.SCSIHost, _ description: PCIDevice, _ storage: [UInt8: any BlockStorage],
    dma: DMASpace, work: DeviceWork
  ) -> VirtIOTransport {
    let target = SCSITarget(host.units, storage, dma: dma, work: work)
    return VirtIOTransport(VirtIOSCSI(target, queues: host.queues), description, dma: dma)
  }
}
