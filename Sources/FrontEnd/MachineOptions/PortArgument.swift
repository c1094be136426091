internal import ArgumentParser

/// `ADDRESS[,connect]` of a terminal, or `name=NAME,path=SOCKET[,connect]` of a channel, which can also
/// have `address=ADDRESS`. A comma of a path is written twice.
package struct PortArgument: Hashable {
  /// The channel's name; nil for a terminal.
  package var name: String?
  /// The socket: `unix:PATH`, `tcp:HOST:PORT`, or either without the word before it.
  package var address = ""
  /// Whether a program listens there already; otherwise this one does.
  package var connects = false

  private init?(_ argument: String, isChannel: Bool) {
    for (place, part) in DiskArgument.parts(of: argument).enumerated() {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let (key, value) = (String(pair[0]), pair.count == 2 ? String(pair[1]) : nil)
      switch key {
      case "name" where isChannel && value?.isEmpty == false: name = value
      case "path" where value?.isEmpty == false: address = "unix:" + (value ?? "")
      case "address" where value?.isEmpty == false: address = value ?? ""
      case "connect":
        guard let isOn = DiskArgument.isOn(value) else { return nil }
        connects = isOn
      default:
        guard place == 0, !isChannel, value == nil, !part.isEmpty else { return nil }
        address = part
      }
    }
    if address.isEmpty || isChannel != (name != nil) { return nil }
  }

  /// The option that it is an argument of, with the argument.
  package var text: String {
    name.map { "--channel name=\($0)" } ?? "--virtio-console \(address)"
  }
}

extension PortArgument: ExpressibleByArgument {
  /// A terminal.
  package init?(argument: String) { self.init(argument, isChannel: false) }
}

/// A channel.
package struct ChannelArgument: ExpressibleByArgument {
  package let port: PortArgument

  package init?(argument: String) {
    guard let port = PortArgument(channel: argument) else { return nil }
    self.port = port
  }
}

extension PortArgument {
  fileprivate init?(channel argument: String) { self.init(argument, isChannel: true) }
}
