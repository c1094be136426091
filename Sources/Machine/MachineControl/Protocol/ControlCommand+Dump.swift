internal import JSON
internal import Machine

extension ControlCommand {
  static let dumpCommands: [ControlCommand] = [
    ControlCommand(
      "dump-guest-memory", "Write memory and registers to a file, as an ELF core that crash reads.",
      ["protocol", "paging", "format", "detach", "begin", "length"], output: ("protocol", "file:")
    ) { call throws(ControlError) in
      let machine = try call.machine
      let output = try call.dumpOutput()
      let core = ELFCore(of: machine)
      let result: JSONValue = [
        "status": "completed", "total": .integer(core.memorySize),
        "completed": .integer(core.memorySize),
      ]
      let stops = !machine.isHalted
      if stops { call.supervisor.send(.stop) }
      defer { if stops { call.supervisor.send(.resume) } }
      try call.supervisor.halting(machine) { () throws(ControlError) in
        try call.supervisor.writePieces(output, of: machine) { sink throws(ControlError) in
          try core.write { piece throws(ControlError) in
            guard machine.configuration.endingSignal() == nil else {
              throw ControlError("a signal ended the dump")
            }
            try sink(piece)
          }
        }
      }
      call.supervisor.send(.dumpCompleted(result))
      return [:]
    },
    ControlCommand("query-dump-guest-memory-capability", "The formats of dumps.") {
      _ throws(ControlError) in
      ["formats": ["elf"]]
    },
  ]
}

extension ControlCall {
  /// The output of a dump, after a check that its other arguments ask for what is offered: all of
  /// real memory in ELF.
  fileprivate func dumpOutput() throws(ControlError) -> ControlOutput {
    for name in ["paging", "detach"] {
      guard let value = arguments[name] else {
        if name == "paging" { throw ControlError("Parameter 'paging' is missing") }
        continue
      }
      guard let isWanted = value.bool else {
        throw ControlError("Invalid parameter type for '\(name)', expected: boolean")
      }
      if isWanted { throw ControlError("Parameter '\(name)': only false is offered") }
    }
    for name in ["begin", "length"] where arguments[name] != nil {
      throw ControlError("Parameter '\(name)': memory is dumped as a whole")
    }
    if arguments["format"] != nil, try text("format") != "elf" {
      throw ControlError("Parameter 'format': only elf is offered")
    }
    let place = try text("protocol")
    if place.hasPrefix("fd:") {
      return .descriptor(try client.parked.remove(String(place.dropFirst(3))))
    }
    guard place.hasPrefix("file:"), place.count > 5 else {
      throw ControlError("Parameter 'protocol' is neither file:NAME nor fd:NAME")
    }
    return try output(String(place.dropFirst(5)))
  }
}
