/// Why nothing came from the network.
public enum NetworkBootError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No server has given an address.
  case noAddress(AddressProtocol)
  /// A server has refused an address.
  case refused
  /// Neither the arguments nor a server name a file.
  case noFile
  /// Neither the arguments nor a server name the server of the file.
  case noServer
  /// The other end does not answer.
  case noAnswer(InternetAddress)
  /// The file's server has ended the transfer, or does not keep to the protocol.
  case transfer(file: String, InternetAddress, reason: String)
  /// It has taken too long.
  case tooSlow
  /// The user has stopped it.
  case stopped

  /// How addresses are found.
  public typealias AddressProtocol = NetworkArguments.AddressProtocol

  /// The reason in words.
  public var description: String {
    switch self {
    case .noAddress(let kind): "no \(kind.rawValue.uppercased()) server answers"
    case .refused: "the DHCP server refuses an address"
    case .noFile: "no server names a boot file, and the device's arguments do not"
    case .noServer: "no server of the boot file is known"
    case .noAnswer(let address): "\(address) does not answer"
    case .transfer(let file, let server, let reason): "\(file) from \(server): \(reason)"
    case .tooSlow: "it takes too long"
    case .stopped: "stopped by a key"
    }
  }
}

/// What has come from the network.
public struct NetworkBootFile: Sendable {
  /// The file.
  public var content: [UInt8]
  /// The arguments that were used, with all addresses, as a client finds them in `bootpath`.
  public var arguments: String
  /// The message of the server that gave the addresses, for `bootp-response`; none where no server was
  /// asked.
  public var response: [UInt8]
}

/// The client of DHCP or BOOTP, ARP and TFTP that the firmware loads a boot program with. It has no clock
/// and no network: it takes frames and the time, and gives frames.
///
/// Every wait is bounded, whatever comes.
public struct NetworkBoot: Sendable {
  private enum Stage {
    /// An offer or a BOOTP answer is waited for.
    case discover
    /// The offer is accepted.
    case request(BootstrapMessage)
    /// The hardware address of the next hop is asked for.
    case resolve(InternetAddress)
    /// The file comes.
    case transfer(FileTransfer)
    case ended
  }

  private static let second: UInt64 = 1_000_000_000
  /// The most seconds between two requests.
  private static let longestWait: UInt64 = 4
  /// The longest time for all of it, in seconds.
  private static let longest: UInt64 = 600
  private static let everyone = [UInt8](repeating: 0xFF, count: 6)
  private static let resolution: UInt16 = 0x0806

  private let address: [UInt8]
  private let arguments: NetworkArguments
  private let limit: Int
  private let start: UInt64
  private var transaction: UInt32
  private var stage = Stage.discover
  private var own = InternetAddress.none
  private var server = InternetAddress.none
  private var gateway: InternetAddress?
  private var mask: InternetAddress
  private var file = ""
  /// The hardware address of the next hop.
  private var hop: [UInt8]?
  private var response: [UInt8] = []
  private var identification: UInt16 = 0
  /// This side's port, and the server's, which it chooses for a transfer.
  private var port: UInt16
  private var serverPort: UInt16?
  /// What is sent again at the deadline, and how often it still is.
  private var pending: [UInt8] = []
  private var retries = 0
  private var wait: UInt64 = 1
  /// When something is sent again, in nanoseconds.
  public private(set) var deadline: UInt64 = 0
  /// Frames to be sent.
  public private(set) var outgoing: [[UInt8]] = []
  /// The end, when it has come.
  public private(set) var result: Result<NetworkBootFile, NetworkBootError>?

  /// - Parameters:
  ///   - address: six bytes of the card's address.
  ///   - arguments: of the device specifier.
  ///   - limit: bytes that there is room for.
  ///   - seed: makes the transaction's number and the port.
  ///   - now: the time in nanoseconds.
  public init(
    address: [UInt8], arguments: NetworkArguments, limit: Int, seed: UInt64, now: UInt64
  ) {
    (self.address, self.arguments, self.limit, start) = (address, arguments, limit, now)
    transaction = UInt32(truncatingIfNeeded: seed)
    port = 0x8000 | UInt16(truncatingIfNeeded: seed >> 32)
    mask = arguments.subnetMask ?? .none
    gateway = arguments.gateway
    if let client = arguments.client, let server = arguments.server, let file = arguments.file {
      (own, self.server, self.file) = (client, server, file)
      resolve(now)
    } else {
      discover(now)
    }
  }

  /// What is being waited for, in words.
  public var progress: String {
    switch stage {
    case .discover, .request: arguments.addressProtocol.rawValue.uppercased()
    case .resolve(let address): "ARP \(address)"
    case .transfer(let transfer): "TFTP \(file) from \(server), \(transfer.content.count) bytes"
    case .ended: "ended"
    }
  }

  /// Takes the frames that are to be sent.
  public mutating func takeOutgoing() -> [[UInt8]] {
    defer { outgoing = [] }
    return outgoing
  }

  // MARK: time

  /// Sends again what has not been answered, or ends.
  public mutating func advance(to now: UInt64) {
    guard result == nil else { return }
    if now >= start &+ Self.longest * Self.second { return end(.failure(.tooSlow)) }
    guard now >= deadline else { return }
    guard retries > 0 else {
      switch stage {
      case .discover, .request: end(.failure(.noAddress(arguments.addressProtocol)))
      case .resolve(let address): end(.failure(.noAnswer(address)))
      case .transfer, .ended: end(.failure(.noAnswer(server)))
      }
      return
    }
    retries -= 1
    wait = min(wait * 2, Self.longestWait)
    deadline = now &+ wait * Self.second
    outgoing.append(pending)
  }

  /// Sends a frame, again until an answer comes.
  private mutating func ask(_ frame: [UInt8], retries: Int, _ now: UInt64) {
    (pending, self.retries, wait) = (frame, retries, 1)
    deadline = now &+ Self.second
    outgoing.append(frame)
  }

  private mutating func end(_ result: Result<NetworkBootFile, NetworkBootError>) {
    (self.result, stage) = (result, .ended)
  }

  // MARK: frames

  private func frame(to: [UInt8], _ type: UInt16, _ content: [UInt8]) -> [UInt8] {
    let frame = to + address + Bytes.of(type) + content
    return frame + [UInt8](repeating: 0, count: max(60 - frame.count, 0))
  }

  private mutating func datagram(
    to: [UInt8], _ target: InternetAddress, _ port: UInt16, from own: UInt16, _ content: [UInt8]
  ) -> [UInt8] {
    identification &+= 1
    let datagram = Datagram(
      from: .init(address: self.own, port: own), to: .init(address: target, port: port), content)
    return frame(to: to, Datagram.ethernetType, datagram.packet(identification: identification))
  }

  /// Takes a frame that has arrived.
  public mutating func receive(_ frame: some Collection<UInt8>, now: UInt64) {
    let bytes = Array(frame)[...]
    guard result == nil, bytes.count >= 14, bytes.count <= 1 << 16 else { return }
    let fields = Bytes(bytes)
    let isForUs = bytes.prefix(6).elementsEqual(address)
    guard isForUs || bytes.prefix(6).elementsEqual(Self.everyone) else { return }
    switch UInt16(fields.number(at: 12, count: 2)) {
    case Self.resolution: receive(resolution: bytes.dropFirst(14), now)
    case Datagram.ethernetType:
      guard let datagram = Datagram(bytes.dropFirst(14)) else { return }
      receive(datagram, now)
    default: break
    }
  }

  // MARK: ARP (RFC 826)

  private static let resolutionHeader: [UInt8] = [0, 1, 8, 0, 6, 4]

  private func resolution(
    _ operation: UInt16, to hardware: [UInt8], _ target: InternetAddress
  ) -> [UInt8] {
    let isRequest = operation == 1
    return frame(
      to: isRequest ? Self.everyone : hardware, Self.resolution,
      Self.resolutionHeader + Bytes.of(operation) + address + own.bytes + hardware + target.bytes)
  }

  private mutating func resolve(_ now: UInt64) {
    let isNear = (server.rawValue ^ own.rawValue) & mask.rawValue == 0
    let next = isNear ? server : gateway ?? server
    stage = .resolve(next)
    ask(
      resolution(1, to: [UInt8](repeating: 0, count: 6), next), retries: arguments.addressRetries,
      now)
  }

  private mutating func receive(resolution packet: ArraySlice<UInt8>, _ now: UInt64) {
    guard packet.count >= 28, packet.prefix(6).elementsEqual(Self.resolutionHeader) else { return }
    let sender = InternetAddress(packet.dropFirst(14))
    let hardware = Array(packet.dropFirst(8).prefix(6))
    switch (Bytes(packet).number(at: 6, count: 2), stage) {
    case (1, _):
      // Others ask where this side is.
      guard own != .none, InternetAddress(packet.dropFirst(24)) == own else { return }
      outgoing.append(resolution(2, to: hardware, sender))
    case (2, .resolve(let next)):
      guard sender == next, hardware[0] & 1 == 0 else { return }
      hop = hardware
      transfer(now)
    default: break
    }
  }

  // MARK: DHCP and BOOTP

  private mutating func discover(_ now: UInt64) {
    stage = .discover
    let kind: BootstrapMessage.Kind? = arguments.addressProtocol == .dhcp ? .discover : nil
    askForAddress(kind, nil, now)
  }

  private mutating func askForAddress(
    _ kind: BootstrapMessage.Kind?, _ offer: BootstrapMessage?, _ now: UInt64
  ) {
    let seconds = UInt16(clamping: (now &- start) / Self.second)
    let message = BootstrapMessage.request(
      kind, transaction: transaction, seconds: seconds, client: address, offer: offer)
    ask(
      datagram(
        to: Self.everyone, .everyone, BootstrapMessage.serverPort,
        from: BootstrapMessage.clientPort, message),
      retries: arguments.addressRetries, now)
  }

  private mutating func receive(bootstrap content: ArraySlice<UInt8>, _ now: UInt64) {
    guard
      let message = BootstrapMessage(answer: content, transaction: transaction, client: address)
    else { return }
    switch stage {
    case .discover:
      guard message.clientAddress != .none else { return }
      if message.kind == .offer, arguments.addressProtocol == .dhcp {
        stage = .request(message)
        askForAddress(.request, message, now)
      } else if !message.isDHCP || arguments.addressProtocol == .bootp {
        // An old server answers with the address at once.
        use(message, now)
      }
    case .request(let offer):
      guard message.server == offer.server else { return }
      if message.kind == .acknowledgement, message.clientAddress != .none {
        use(message, now)
      } else if message.kind == .refusal {
        end(.failure(.refused))
      }
    case .resolve, .transfer, .ended: break
    }
  }

  private mutating func use(_ message: BootstrapMessage, _ now: UInt64) {
    own = arguments.client ?? message.clientAddress
    mask = arguments.subnetMask ?? message.subnetMask ?? .none
    gateway = arguments.gateway ?? message.router
    response = Array(message.bytes)
    guard let file = arguments.file ?? message.file else { return end(.failure(.noFile)) }
    guard let server = arguments.server ?? message.fileServer else {
      return end(.failure(.noServer))
    }
    (self.file, self.server) = (file, server)
    resolve(now)
  }

  // MARK: TFTP

  private mutating func transfer(_ now: UInt64) {
    let transfer = FileTransfer(file: file, blockSize: arguments.blockSize, limit: limit)
    begin(transfer, transfer.request, now)
  }

  private mutating func begin(_ transfer: FileTransfer, _ request: [UInt8], _ now: UInt64) {
    // Late answers to an earlier request come to another port.
    port = 0x8000 | port &+ 1
    serverPort = nil
    stage = .transfer(transfer)
    ask(
      toServer(FileTransfer.serverPort, request), retries: arguments.fileRetries, now)
  }

  private mutating func toServer(_ port: UInt16, _ content: [UInt8]) -> [UInt8] {
    datagram(to: hop ?? Self.everyone, server, port, from: self.port, content)
  }

  private mutating func receive(_ datagram: Datagram, _ now: UInt64) {
    if datagram.destination.port == BootstrapMessage.clientPort {
      guard datagram.source.port == BootstrapMessage.serverPort else { return }
      return receive(bootstrap: datagram.content, now)
    }
    guard case .transfer(var transfer) = stage, datagram.destination.address == own,
      datagram.destination.port == port, datagram.source.address == server
    else { return }
    let other = datagram.source.port
    guard serverPort == nil || serverPort == other else {
      outgoing.append(toServer(other, FileTransfer.unknownTransfer))
      return
    }
    // The array of what has come is not copied.
    stage = .ended
    let step = transfer.receive(datagram.content)
    stage = .transfer(transfer)
    switch step {
    case .ignored: return
    case .startAgain(let request): begin(transfer, request, now)
    case .send(let answer):
      serverPort = other
      ask(toServer(other, answer), retries: arguments.fileRetries, now)
    case .complete(let answer):
      outgoing.append(toServer(other, answer))
      end(
        .success(
          NetworkBootFile(
            content: transfer.content, arguments: usedArguments, response: response)))
    case .failed(let reason, let answer):
      if let answer { outgoing.append(toServer(other, answer)) }
      end(.failure(.transfer(file: file, server, reason: reason)))
    }
  }

  /// The arguments with all that is known now.
  private var usedArguments: String {
    let addresses = [server, own, gateway ?? .none].map(\.description)
    return [
      addresses[0], file, addresses[1], addresses[2], "\(arguments.addressRetries)",
      "\(arguments.fileRetries)", mask.description,
    ].joined(separator: ",")
  }
}
