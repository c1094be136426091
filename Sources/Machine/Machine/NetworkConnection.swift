public import Devices

/// What a network card is connected to on the host.
public struct NetworkConnection: Sendable {
  /// The network.
  public var link: any NetworkLink
  /// The name by which users take the cable out and put it in; empty for none.
  public var name: String
  /// Whether the cable is in at first; nil for what a restored guest had, and in for a new one.
  public var isConnected: Bool?

  /// A connection to a network.
  public init(_ link: any NetworkLink, name: String = "", isConnected: Bool? = nil) {
    (self.link, self.name, self.isConnected) = (link, name, isConnected)
  }
}

extension PowerMachine {
  /// Takes the cables of cards out and puts them in as their connections say.
  func connectNetworks() {
    for (place, connection) in configuration.networks {
      if let isConnected = connection.isConnected { cardPorts[place]?.setConnected(isConnected) }
    }
  }

  /// The names of the network cards that have one.
  package var networkNames: [String] {
    configuration.networks.values.map(\.name).filter { !$0.isEmpty }.sorted()
  }

  /// Takes the cable of a card out, or puts it in.
  /// - Returns: false when no card has the name.
  package func connectNetwork(named name: String, _ isConnected: Bool) -> Bool {
    guard
      let (place, _) = configuration.networks.first(where: { $1.name == name && !name.isEmpty }),
      let port = cardPorts[place]
    else { return false }
    port.setConnected(isConnected)
    return true
  }
}
