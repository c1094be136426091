internal import CSlirp
internal import Glibc
internal import HostSupport

/// What libslirp needs of the process that it runs in: an output for frames, a clock, timers, and
/// waiting for sockets.
final class UserNetworkHost {
  /// A timer that libslirp has made.
  private final class Timer {
    let call: @convention(c) (UnsafeMutableRawPointer?) -> Void
    let argument: UnsafeMutableRawPointer?
    /// Milliseconds of the clock; nil when it does not run.
    var expiry: Int64?

    init(
      _ call: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void,
      _ argument: UnsafeMutableRawPointer?
    ) { (self.call, self.argument) = (call, argument) }
  }

  /// Bytes for the guest from which on nothing is received for it from the world.
  private static let enough = 256 << 10
  /// Bytes for the guest from which on frames for it are lost, as without room on a wire.
  private static let tooMuch = 4 << 20
  /// Milliseconds of the longest wait.
  private static let longestWait: UInt32 = 60_000

  let frames: FrameStream
  /// libslirp keeps the address.
  let callbacks = UnsafeMutablePointer<SlirpCb>.allocate(capacity: 1)
  private var timers: [ObjectIdentifier: Timer] = [:]
  private var polled: [pollfd] = []

  init(descriptor: Int32) {
    frames = FrameStream(descriptor: descriptor)
    callbacks.initialize(to: Self.callbacks)
  }

  deinit { callbacks.deallocate() }

  /// What libslirp passes to its callbacks.
  var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  /// Waits until something is to be done, and serves the sockets of a stack.
  func wait(_ stack: OpaquePointer) {
    var events = POLLIN
    let waiting = frames.waiting
    if waiting > 0 { events |= POLLOUT }
    polled = [pollfd(fd: frames.descriptor, events: Int16(events), revents: 0)]
    // A guest that does not take what it gets is not sent more.
    let isServed = waiting < Self.enough
    var timeout = Self.longestWait
    if isServed { slirp_pollfds_fill(stack, &timeout, Self.addPolled, opaque) }
    let now = Self.milliseconds
    let soonest = timers.values.compactMap(\.expiry).min().map { max($0 - now, 0) }
    let limit = frames.hasFrame ? 0 : min(Int64(timeout), soonest ?? .max)
    let isFailed = poll(&polled, nfds_t(polled.count), Int32(clamping: limit)) < 0
    if isServed { slirp_pollfds_poll(stack, isFailed ? 1 : 0, Self.eventsOfPolled, opaque) }
  }

  func runTimers() {
    let now = Self.milliseconds
    for timer in timers.values {
      guard let expiry = timer.expiry, expiry <= now else { continue }
      timer.expiry = nil
      timer.call(timer.argument)
    }
  }

  private static var milliseconds: Int64 { Int64(HostTime.monotonic / 1_000_000) }

  // MARK: what libslirp calls

  private static func host(_ opaque: UnsafeMutableRawPointer?) -> UserNetworkHost? {
    opaque.map { Unmanaged<UserNetworkHost>.fromOpaque($0).takeUnretainedValue() }
  }

  private static let callbacks: SlirpCb = {
    var callbacks = SlirpCb()
    callbacks.send_packet = { bytes, count, opaque in
      guard let frames = host(opaque)?.frames else { return -1 }
      if frames.waiting < tooMuch {
        frames.append(UnsafeRawBufferPointer(start: bytes, count: count))
      }
      return count
    }
    callbacks.guest_error = { _, _ in }
    callbacks.clock_get_ns = { _ in Int64(HostTime.monotonic) }
    callbacks.timer_new = { call, argument, opaque in
      guard let call, let host = host(opaque) else { return nil }
      let timer = Timer(call, argument)
      host.timers[ObjectIdentifier(timer)] = timer
      return Unmanaged.passUnretained(timer).toOpaque()
    }
    callbacks.timer_free = { timer, opaque in
      guard let timer else { return }
      let object = Unmanaged<Timer>.fromOpaque(timer).takeUnretainedValue()
      host(opaque)?.timers[ObjectIdentifier(object)] = nil
    }
    callbacks.timer_mod = { timer, expiry, _ in
      guard let timer else { return }
      Unmanaged<Timer>.fromOpaque(timer).takeUnretainedValue().expiry = expiry
    }
    callbacks.register_poll_fd = { _, _ in }
    callbacks.unregister_poll_fd = { _, _ in }
    callbacks.notify = { _ in }
    return callbacks
  }()

  /// Events by libslirp's names and by those of `poll`.
  private static let events: [(slirp: Int32, poll: Int32)] = [
    (1 << 0, POLLIN), (1 << 1, POLLOUT), (1 << 2, POLLPRI), (1 << 3, POLLERR), (1 << 4, POLLHUP),
  ]

  private static let addPolled: SlirpAddPollCb = { descriptor, wanted, opaque in
    guard let host = UserNetworkHost.host(opaque) else { return -1 }
    let events = UserNetworkHost.events.filter { wanted & $0.slirp != 0 }.reduce(0) { $0 | $1.poll }
    host.polled.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
    return Int32(host.polled.count - 1)
  }

  private static let eventsOfPolled: SlirpGetREventsCb = { index, opaque in
    guard let host = UserNetworkHost.host(opaque), host.polled.indices.contains(Int(index))
    else { return 0 }
    let found = Int32(host.polled[Int(index)].revents)
    return UserNetworkHost.events.filter { found & $0.poll != 0 }.reduce(0) { $0 | $1.slirp }
  }
}
