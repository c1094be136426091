public import NetworkBoot

/// A network card whose node has the `device_type` "network", as the firmware uses it before a guest's
/// driver does.
public protocol FirmwareNetwork: AnyObject {
  /// Sends a frame.
  /// - Returns: false when a driver uses the card, or the frame is none.
  func send(_ frame: [UInt8]) -> Bool
  /// A frame that has arrived, or arrives within a millisecond.
  func receive() -> [UInt8]?
  /// Loads a file from a server of the network.
  /// - Parameters:
  ///   - arguments: those of the device specifier: server, file, addresses.
  ///   - limit: bytes that there is room for.
  func load(
    _ arguments: NetworkArguments, limit: Int
  ) throws(NetworkBootError) -> NetworkBootFile
}

/// Aliases of network cards in `/aliases`.
public enum NetworkAlias {
  /// The alias of a card by its place among the cards of the tree: `net`, `net1`, `net2` …
  public static func name(_ place: Int) -> String { "net" + (place == 0 ? "" : "\(place)") }
}
