internal import Devices
internal import Machine
internal import MachineControl
internal import MachineDescription
internal import MachineOptions
internal import Sandbox

/// The sockets of a console's ports, opened before the sandbox forbids it.
struct OpenPorts {
  private let ports: [(argument: PortArgument, socket: PortSocket)]

  init(_ arguments: [PortArgument]) throws(CommandError) {
    var ports: [(argument: PortArgument, socket: PortSocket)] = []
    for argument in arguments {
      do throws(SocketError) {
        let address = try SocketAddress(stream: argument.address)
        guard !argument.connects else {
          let socket = try StreamSocket(connectingTo: address).takeDescriptor()
          ports.append((argument, PortSocket(connected: socket)))
          continue
        }
        let listener = try ListeningSocket(at: address)
        ports.append(
          (argument, PortSocket(listening: listener.descriptor, owner: listener)))
      } catch {
        throw CommandError("\(argument.text): \(error)")
      }
    }
    self.ports = ports
  }

  /// Adds what the sockets need to what the process may do while the guest runs.
  static func allow(_ arguments: [PortArgument], in policy: inout SandboxPolicy) {
    for argument in arguments where !argument.connects {
      if case .unix(let path)? = try? SocketAddress(stream: argument.address) {
        policy.addSocket(path)
      }
    }
  }

  /// Gives a machine its sockets, the ports of its description in their order.
  func add(to configuration: inout MachineConfiguration) throws(CommandError) {
    var names: [String?] = []
    for device in configuration.description.devices.pci {
      guard case .console(let console) = device.kind else { continue }
      names += console.numbered.map(\.name)
      configuration.ports[device.place] = ports.map(\.socket)
    }
    guard names == ports.map(\.argument.name) else {
      let own = names.map { $0 ?? "a terminal" }.joined(separator: ", ")
      throw CommandError.usage(
        "--virtio-console, --channel: \(ports.count) given; the guest's ports are "
          + (own.isEmpty ? "none" : own))
    }
  }
}

extension SocketAddress {
  /// `unix:PATH`, `tcp:HOST:PORT`, a path, or `HOST:PORT`.
  init(stream text: String) throws(SocketError) {
    let isWhole = ["unix:", "tcp:"].contains(where: text.hasPrefix) || text.contains("/")
    self = try SocketAddress(isWhole ? text : "tcp:" + text)
  }
}
