import CSockets
import Glibc
import HostSupport
import Testing

/// A daemon of the vhost-user protocol as a test needs it, on a thread of its own: it serves queues in
/// memory that it is given.
final class FileDaemon: @unchecked Sendable {
  // Safety: only its thread uses what changes, and the test once that has ended.

  /// What it does with a request.
  enum Reply {
    /// Gives the request back with these bytes.
    case answer([UInt8])
    /// Gives back another descriptor, or another number of bytes.
    case used(id: UInt32, written: UInt32)
    /// Moves the index of the used ring so far ahead.
    case index(UInt16)
    /// Does nothing.
    case silence
    /// Signals for two seconds, and gives nothing back.
    case signals
    /// Ends.
    case end
  }

  private struct Queue {
    var size: UInt16 = 0
    var rings: [UInt64] = []
    var (kick, call): (Int32, Int32) = (-1, -1)
    var (available, used): (UInt16, UInt16) = (0, 0)
    var isEnabled = false
  }

  /// The end for a connection.
  let socket: Int32
  private let own: Int32
  private let reply: @Sendable (_ queue: Int, _ request: [UInt8], _ room: Int) -> Reply
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var base: UInt64 = 0
  private var queues = [Queue(), Queue()]

  init(_ reply: @escaping @Sendable (_ queue: Int, _ request: [UInt8], _ room: Int) -> Reply) throws
  {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    // It signals pipes that the connection may have closed.
    signal(SIGPIPE, SIG_IGN)
    (socket, own, self.reply) = (ends[0], ends[1], reply)
    ShareThread.run { self.run() }
  }

  private func run() {
    defer {
      close(own)
      munmap(memory.baseAddress, memory.count)
      for queue in queues { for descriptor in [queue.kick, queue.call] { close(descriptor) } }
    }
    while true {
      var waits = [pollfd(fd: own, events: Int16(POLLIN), revents: 0)]
      waits += queues.map { pollfd(fd: $0.kick, events: Int16(POLLIN), revents: 0) }
      guard poll(&waits, 3, 20_000) > 0 else { return }
      if waits[0].revents != 0, !serveMessage() { return }
      for index in queues.indices where waits[1 + index].revents & Int16(POLLIN) != 0 {
        var count: UInt64 = 0
        read(queues[index].kick, &count, 8)
        guard serveRequests(index) else { return }
      }
    }
  }

  // MARK: the protocol

  private func serveMessage() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    var descriptor: Int32 = -1
    // Each message is waited for, so that they come one by one.
    guard csockets_receive(own, &bytes, 12, &descriptor) == 12 else { return false }
    func word(_ offset: Int) -> UInt32 { UInt32(littleEndianBytes: bytes[offset..<offset + 4]) }
    let (request, flags, size) = (word(0), word(4), Int(word(8)))
    guard size == 0 || recv(own, &bytes, size, Int32(MSG_WAITALL)) == size else { return false }
    let index = Int(word(0))
    var answer: UInt64?
    switch request {
    case 1: answer = 1 << 32 | 1 << 30
    case 15: answer = 1 << 3
    case 5:
      #expect(word(0) == 1)
      base = UInt64(littleEndianBytes: bytes[8..<16])
      let count = Int(UInt64(littleEndianBytes: bytes[16..<24]))
      let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
      memory = UnsafeMutableRawBufferPointer(start: start, count: count)
      close(descriptor)
    case 8: queues[index].size = UInt16(word(4))
    case 9:
      queues[index].rings = [8, 16, 24].map {
        UInt64(littleEndianBytes: bytes[$0..<$0 + 8]) - base
      }
    case 12: queues[index].kick = descriptor
    case 13: queues[index].call = descriptor
    case 18: queues[index].isEnabled = word(4) == 1
    default: break
    }
    if answer == nil, flags & 8 != 0 { answer = 0 }
    guard let answer else { return true }
    let message = [request, 5, 8].flatMap(\.littleEndianBytes) + answer.littleEndianBytes
    return send(own, message, message.count, Int32(MSG_NOSIGNAL)) == message.count
  }

  // MARK: requests

  private func get<T: FixedWidthInteger>(_: T.Type, _ offset: UInt64) -> T {
    T(littleEndian: memory.loadUnaligned(fromByteOffset: Int(offset), as: T.self))
  }

  private func put<T: FixedWidthInteger>(_ value: T, _ offset: UInt64) {
    memory.storeBytes(of: value.littleEndian, toByteOffset: Int(offset), as: T.self)
  }

  private func serveRequests(_ index: Int) -> Bool {
    let queue = queues[index]
    #expect(queue.isEnabled)
    let (table, used, available) = (queue.rings[0], queue.rings[1], queue.rings[2])
    while get(UInt16.self, available + 2) != queues[index].available {
      let slot = UInt64(queues[index].available % queue.size)
      let head = get(UInt16.self, available + 4 + 2 * slot)
      queues[index].available &+= 1
      var (request, room) = ([UInt8](), [(offset: Int, count: Int)]())
      var descriptor = UInt64(head)
      while true {
        let place = table + 16 * descriptor
        let offset = Int(get(UInt64.self, place) - base)
        let count = Int(get(UInt32.self, place + 8))
        let flags = get(UInt16.self, place + 12)
        if flags & 2 == 0 {
          request += memory[offset..<offset + count]
        } else {
          room.append((offset, count))
        }
        guard flags & 1 != 0 else { break }
        descriptor = UInt64(get(UInt16.self, place + 14))
      }
      let entry = used + 4 + 8 * UInt64(queues[index].used % queue.size)
      var moved: UInt16 = 1
      switch reply(index, request, room.reduce(0) { $0 + $1.count }) {
      case .answer(let bytes):
        var rest = bytes[...]
        for place in room {
          for (index, byte) in rest.prefix(place.count).enumerated() {
            memory[place.offset + index] = byte
          }
          rest = rest.dropFirst(place.count)
        }
        put(UInt32(head), entry)
        put(UInt32(bytes.count), entry + 4)
      case .used(let id, let written):
        put(id == .max ? UInt32(head) : id, entry)
        put(written, entry + 4)
      case .index(let count): moved = count
      case .silence: moved = 0
      case .signals:
        var one: UInt64 = 1
        for _ in 0..<100 {
          write(queue.call, &one, 8)
          usleep(20_000)
        }
        moved = 0
      case .end: return false
      }
      queues[index].used &+= moved
      put(queues[index].used, used + 2)
      var one: UInt64 = 1
      if moved > 0 { write(queue.call, &one, 8) }
    }
    return true
  }
}
