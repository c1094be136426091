internal import ArgumentParser
internal import Glibc
internal import HostSupport
internal import MachineOptions
internal import Sandbox
internal import UserNetwork

/// The process that is a guest's user network; pseries starts it.
@main struct UserNetworkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user-network",
    abstract: "Be the network of one guest, with ordinary sockets of this process.",
    discussion: """
      pseries --net user starts this program and gives it a stream socket with Ethernet frames. \
      It ends when the socket's other end is closed.
      """)

  @Option(help: "The descriptor of the socket; each frame has its length before it, in four bytes.")
  var descriptor: Int32

  @Option(
    help: ArgumentHelp(
      "A port of the host that leads to the guest; may be repeated.",
      valueName: "tcp|udp:[address]:port-[address]:port"))
  var forward: [PortForward] = []

  @Flag(help: "The guest reaches nothing beyond its network.")
  var restricted = false

  @Option(help: "The most bytes of a packet.")
  var mtu: UInt16?

  @Option(help: ArgumentHelp("A folder whose files are served by TFTP.", valueName: "folder"))
  var tftp: String?

  @Option(help: ArgumentHelp("The boot file that DHCP and BOOTP name.", valueName: "name"))
  var bootfile: String?

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    // What the machine's process has been given is not for this one.
    for other in 3..<1024 as Range<Int32> where other != descriptor { close(other) }
    // The network closes its own descriptor, also when it cannot start.
    let machine = dup(descriptor)
    do {
      let network = try UserNetwork(
        descriptor: descriptor, isRestricted: restricted, mtu: mtu, forwards: forward,
        served: tftp, bootFile: bootfile)
      try confine()
      // The machine waits for this byte.
      try Self.answer("!", to: machine)
      network.run()
    } catch {
      try Self.answer("\(error)", to: machine)
      throw ExitCode.failure
    }
  }

  /// Sends the machine's process a text, and closes the descriptor.
  private static func answer(_ text: String, to machine: Int32) throws(ExitCode) {
    defer { close(machine) }
    guard write(machine, text, text.utf8.count) == text.utf8.count else { throw .failure }
  }

  private func confine() throws(SandboxError) {
    var policy = SandboxPolicy()
    // Where the host's name servers are.
    policy.inputs = ["/etc/resolv.conf", "/run/systemd/resolve"]
    if let tftp { policy.inputs.insert(tftp) }
    policy.isNetwork = true
    _ = try Sandbox(confining: policy, for: .running)
  }
}

extension PortForward: ExpressibleByArgument {
  /// A forward from its text.
  public init?(argument: String) { self.init(argument) }
}
