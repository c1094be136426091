internal import JSON
internal import Machine
internal import PlatformTree
internal import PowerISA
internal import RTAS

extension ControlCommand {
  static let machineCommands: [ControlCommand] = [
    ControlCommand("query-status", "Whether the guest runs.") { call throws(ControlError) in
      let state = call.supervisor.state
      return ["status": .string(state.rawValue), "running": .bool(state == .running)]
    },
    ControlCommand("query-name", "The guest's name.") { call throws(ControlError) in
      ["name": try call.machine.description.identity.name.map { .string($0) }]
    },
    ControlCommand("query-uuid", "The guest's UUID.") { call throws(ControlError) in
      ["UUID": .string(try call.machine.description.identity.uuid)]
    },
    ControlCommand("query-cpus-fast", "The processors, with the level in force on each.") {
      call throws(ControlError) in
      let machine = try call.machine
      return .array(
        machine.processorCompatibility.enumerated().map { index, processor in
          [
            "cpu-index": .integer(index), "target": "ppc64",
            "qom-path": .string("/machine/processor[\(index)]"), "thread-id": 0,
            "props": ["core-id": .integer(processor.server)],
            "pcr": .hexadecimal(processor.register.rawValue), "isa": .string("\(processor.isa)"),
            "level": machine.levelInForce.map { .string($0.name) },
          ]
        })
    },
    ControlCommand("stop", "Let the guest stand still.") { call throws(ControlError) in
      try call.mustNotHandOver()
      try call.machine.halt()
      return [:]
    },
    ControlCommand("cont", "Let the guest go on.") { call throws(ControlError) in
      try call.mustNotHandOver()
      try call.machine.resume()
      return [:]
    },
    ControlCommand("system_reset", "Restart the guest.") { call throws(ControlError) in
      try call.mustNotHandOver()
      try call.machine.requestRestart()
      return [:]
    },
    ControlCommand("system_powerdown", "Press the power button.") { call throws(ControlError) in
      try call.machine.partition.requestPowerOff()
      return [:]
    },
    ControlCommand("save", "Write the guest's state to a file; it goes on.", ["filename"]) {
      call throws(ControlError) in
      try call.supervisor.save(try call.machine, to: try call.text("filename"))
      return [:]
    },
    ControlCommand("dumpdtb", "Write the guest's current tree to a file.", ["filename"]) {
      call throws(ControlError) in
      guard let blob = try call.machine.currentTree else {
        throw ControlError("this machine doesn't have an FDT: the guest has left the firmware")
      }
      try call.supervisor.surroundings.write(blob, try call.text("filename"))
      return [:]
    },
  ]
}

extension ControlCall {
  /// Two machines must never run one guest.
  fileprivate func mustNotHandOver() throws(ControlError) {
    guard supervisor.state != .handingOver, supervisor.state != .moved else {
      throw ControlError(
        "the guest is on its way to \(supervisor.migration?.destination.description ?? "")")
    }
  }
}
