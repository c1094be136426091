internal import JSON

extension ControlCommand {
  static let descriptorCommands: [ControlCommand] = [
    ControlCommand(
      "getfd", "Name the descriptor that comes with the command; fd:NAME uses it.", ["fdname"]
    ) { call throws(ControlError) in
      try call.client.parked.name(try call.text("fdname"))
      return [:]
    },
    ControlCommand("closefd", "Close the descriptor of a name.", ["fdname"]) {
      call throws(ControlError) in
      _ = try call.client.parked.remove(try call.text("fdname"))
      return [:]
    },
    ControlCommand(
      "add-fd", "Put the descriptor that comes with the command into a set, /dev/fdset/ID.",
      ["fdset-id", "opaque"]
    ) { call throws(ControlError) in
      let note = call.arguments["opaque"] == nil ? nil : try call.text("opaque")
      let (set, number) = try call.client.parked.add(
        toSet: try call.identifier("fdset-id"), note: note)
      return ["fdset-id": .integer(set), "fd": .integer(number)]
    },
    ControlCommand("remove-fd", "Close a descriptor of a set, or all.", ["fdset-id", "fd"]) {
      call throws(ControlError) in
      guard let set = try call.identifier("fdset-id") else {
        throw ControlError("Parameter 'fdset-id' is missing")
      }
      try call.client.parked.remove(fromSet: set, number: try call.identifier("fd"))
      return [:]
    },
    ControlCommand("query-fdsets", "The client's sets of descriptors.") {
      call throws(ControlError) in
      .array(
        call.client.parked.listing.map { set, members in
          let members = members.map { number, note -> JSONValue in
            ["fd": .integer(number), "opaque": note.map { .string($0) }]
          }
          return ["fdset-id": .integer(set), "fds": .array(members)]
        })
    },
  ]
}

extension ControlCall {
  /// The number of a set or descriptor, which is optional.
  fileprivate func identifier(_ name: String) throws(ControlError) -> Int? {
    try number(name, upTo: UInt64(Int32.max)).map { Int($0) }
  }
}
