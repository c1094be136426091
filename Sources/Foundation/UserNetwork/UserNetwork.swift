internal import CSlirp
internal import Glibc
package import HostSupport

/// Why there is no user network.
package enum UserNetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// libslirp did not start.
  case start
  /// A port of the host cannot be listened on.
  case forward(PortForward, code: Int32)

  /// The reason in words.
  package var description: String {
    switch self {
    case .start: "libslirp did not start"
    case .forward(let forward, let code): "\(forward): \(HostError.text(code))"
    }
  }
}

/// A network of its own for one guest, 10.0.2.0/24 and fec0::/64, whose traffic to the world leaves
/// through ordinary sockets of this process: DHCP, a name server, a gateway.
///
/// One thread uses it.
package final class UserNetwork {
  /// Frames that are taken from the guest before the network is served.
  private static let mostFrames = 256
  /// libslirp has no larger packets.
  private static let largestMTU = 65_520

  /// libslirp calls it back until its stack is gone, also from ``deinit``.
  private let host: UserNetworkHost
  private let stack: OpaquePointer

  /// - Parameters:
  ///   - descriptor: a stream socket to the machine, which the network closes.
  ///   - isRestricted: whether the guest reaches nothing beyond its network, except by forwards.
  ///   - mtu: the most bytes of a packet, at least 68; nil for 1500.
  ///   - forwards: ports of the host that lead to the guest.
  ///   - served: a folder whose files are served by TFTP.
  ///   - bootFile: the file that DHCP and BOOTP name.
  package init(
    descriptor: Int32, isRestricted: Bool, mtu: UInt16?, forwards: [PortForward],
    served: String? = nil, bootFile: String? = nil
  ) throws(UserNetworkError) {
    host = UserNetworkHost(descriptor: descriptor)
    var configuration = SlirpConfig()
    configuration.version = 3
    configuration.restricted = isRestricted ? 1 : 0
    configuration.in_enabled = true
    configuration.vnetwork = Self.address(0x0A00_0200)
    configuration.vnetmask = Self.address(0xFFFF_FF00)
    configuration.vhost = Self.address(0x0A00_0202)
    configuration.vdhcp_start = Self.address(0x0A00_020F)
    configuration.vnameserver = Self.address(0x0A00_0203)
    configuration.in6_enabled = true
    configuration.vprefix_len = 64
    inet_pton(AF_INET6, "fec0::", &configuration.vprefix_addr6)
    inet_pton(AF_INET6, "fec0::2", &configuration.vhost6)
    inet_pton(AF_INET6, "fec0::3", &configuration.vnameserver6)
    if let mtu {
      let mtu = min(Int(mtu), Self.largestMTU)
      (configuration.if_mtu, configuration.if_mru) = (mtu, mtu)
    }
    // libslirp makes copies of both.
    let (folder, name) = (served.map { strdup($0) }, bootFile.map { strdup($0) })
    defer {
      free(folder ?? nil)
      free(name ?? nil)
    }
    if let folder { configuration.tftp_path = UnsafePointer(folder) }
    if let name { configuration.bootfile = UnsafePointer(name) }
    guard let stack = slirp_new(&configuration, host.callbacks, host.opaque) else { throw .start }
    self.stack = stack
    for forward in forwards {
      let status = slirp_add_hostfwd(
        stack, forward.transport == .udp ? 1 : 0, Self.address(forward.hostAddress),
        Int32(forward.hostPort), Self.address(forward.guestAddress), Int32(forward.guestPort))
      guard status == 0 else { throw .forward(forward, code: errno) }
    }
  }

  deinit { slirp_cleanup(stack) }

  private static func address(_ value: UInt32) -> in_addr { in_addr(s_addr: value.bigEndian) }

  /// Serves the network until the other end of the socket is gone.
  package func run() {
    while true {
      host.wait(stack)
      host.runTimers()
      for _ in 0..<Self.mostFrames {
        switch host.frames.next() {
        case .frame(let bytes):
          let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
          slirp_input(stack, start, Int32(bytes.count))
          continue
        case .nothing: break
        case .closed: return
        }
        break
      }
      host.frames.flush()
    }
  }
}
