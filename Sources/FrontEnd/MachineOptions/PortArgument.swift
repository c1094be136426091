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

  fileprivate init(_ argument: String, isChannel: Bool) throws(ArgumentMistake) {
    for (place, word) in ArgumentWord.words(of: argument).enumerated() {
      switch word.key {
      case "name" where isChannel: name = try word.someValue()
      case "path": address = "unix:" + (try word.someValue())
      case "address": address = try word.someValue()
      case "connect": connects = try word.isOn()
      default:
        guard place == 0, !isChannel, word.value == nil, !word.text.isEmpty else {
          throw word.unknown
        }
        address = word.text
      }
    }
    if isChannel, name == nil { throw ArgumentMistake("name=NAME is missing") }
    if address.isEmpty { throw ArgumentMistake("the address is missing") }
  }

  /// The option that it is an argument of, with the argument.
  package var text: String {
    name.map { "--channel name=\($0)" } ?? "--virtio-console \(address)"
  }
}

extension PortArgument: WordArgument {
  /// A terminal.
  package init(parsing argument: String) throws(ArgumentMistake) {
    try self.init(argument, isChannel: false)
  }
}

/// A channel.
package struct ChannelArgument: WordArgument {
  package let port: PortArgument

  package init(parsing argument: String) throws(ArgumentMistake) {
    port = try PortArgument(argument, isChannel: true)
  }
}
