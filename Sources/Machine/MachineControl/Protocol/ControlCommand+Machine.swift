internal import Devices
internal import PlatformTree
internal import Glibc
internal import Hypervisor
internal import JSON
internal import Machine
internal import MachineDescription
internal import PowerCPU
internal import PowerISA

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
    ControlCommand("query-cpus-fast", "The processors, with the active level of each.") {
      call throws(ControlError) in
      processors(of: try call.machine)
    },
    ControlCommand("query-jit", "The work of the translator of each processor.") {
      call throws(ControlError) in
      .array(try call.machine.translatorReports.map(translator))
    },
    ControlCommand("stop", "Stop the guest.") { call throws(ControlError) in
      guard call.supervisor.state != .incoming else {
        call.supervisor.startOnArrival(false)
        return [:]
      }
      try call.mustNotHandOver()
      guard call.supervisor.state != .moved else { return [:] }
      try call.machine.halt()
      call.supervisor.update(try call.machine)
      return [:]
    },
    ControlCommand("cont", "Continue a stopped guest.") { call throws(ControlError) in
      guard call.supervisor.state != .incoming else {
        call.supervisor.startOnArrival(true)
        return [:]
      }
      try call.mustNotHandOver()
      try call.supervisor.resumeAfterMigration(try call.machine)
      try call.machine.resume()
      call.supervisor.update(try call.machine)
      return [:]
    },
    ControlCommand("system_reset", "Restart the guest.") { call throws(ControlError) in
      try call.mustNotHandOver()
      try call.supervisor.resumeAfterMigration(try call.machine)
      try call.machine.requestRestart(.client)
      return [:]
    },
    ControlCommand("system_powerdown", "Report a press of the power button to the guest.") {
      call throws(ControlError) in
      try call.machine.pressPowerButton()
      return [:]
    },
    ControlCommand(
      "inject-nmi", "A system reset interrupt on every processor: a hung guest writes its dump."
    ) { call throws(ControlError) in
      try call.mustNotHandOver()
      try call.machine.injectSystemReset()
      return [:]
    },
    ControlCommand(
      "balloon", "Ask the guest to have so many bytes of memory left.", ["value"]
    ) { call throws(ControlError) in
      guard let remaining = try call.number("value") else {
        throw ControlError("Parameter 'value' is missing")
      }
      try call.balloon().request(remaining: remaining)
      return [:]
    },
    ControlCommand("query-balloon", "The memory that the guest has left.") {
      call throws(ControlError) in
      ["actual": .integer(Int64(clamping: try call.balloon().remainingMemory))]
    },
    ControlCommand(
      "set_link", "Take the cable of a network card out, or put it in: net0, net1 ... or its id.",
      ["name", "up"]
    ) { call throws(ControlError) in
      let name = try call.text("name")
      guard let isUp = call.arguments["up"]?.bool else {
        throw ControlError("Parameter 'up' is missing, or neither true nor false")
      }
      let machine = try call.machine
      guard machine.connectNetwork(named: name, isUp) else {
        let known = machine.networkNames.joined(separator: ", ")
        throw .deviceNotFound("Device '\(name)' not found; there are: \(known)")
      }
      return [:]
    },
    ControlCommand(
      "resize-console", "Report the size of a terminal of the virtio console to the guest.",
      ["columns", "rows", "console"]
    ) { call throws(ControlError) in
      guard let columns = try call.number("columns"), let rows = try call.number("rows") else {
        throw ControlError("Parameters 'columns' and 'rows' are missing")
      }
      let number = Int(clamping: try call.number("console") ?? 0)
      let isDone = try call.machine.ports?.resize(
        console: number, columns: UInt16(clamping: columns), rows: UInt16(clamping: rows))
      guard isDone == true else {
        throw ControlError("there is no terminal \(number) of a virtio console")
      }
      return [:]
    },
    ControlCommand(
      "save", "Write the guest's state to a file; the guest continues.", ["filename"],
      output: ("filename", "")
    ) { call throws(ControlError) in
      try call.supervisor.save(try call.machine, to: try call.output(try call.text("filename")))
      return [:]
    },
    ControlCommand(
      "dumpdtb", "Write the guest's current tree to a file.", ["filename"], output: ("filename", "")
    ) { call throws(ControlError) in
      guard let blob = try call.machine.currentTree else {
        throw ControlError("this machine doesn't have an FDT: the guest has left the firmware")
      }
      switch try call.output(try call.text("filename")) {
      case .file(let name): try call.supervisor.callbacks.write(blob, name)
      case .descriptor(let descriptor): try call.machine.output(to: descriptor).write(blob)
      }
      return [:]
    },
  ]
}

extension ControlCommand {
  /// Cores and nodes have QEMU's numbers: a core that of its first thread. The program's first
  /// thread runs all processors.
  private static func processors(of machine: PowerMachine) -> JSONValue {
    let threads = machine.description.topology.threads
    let nodes = machine.description.nodeOfProcessor
    return .array(
      machine.processorCompatibility.enumerated().map { index, processor in
        let core = index / threads
        return [
          "cpu-index": .integer(index), "target": "ppc64",
          "qom-path": .string("/machine/unattached/device[\(core + 1)]/thread[\(index % threads)]"),
          "thread-id": .integer(getpid()),
          "props": [
            "core-id": .integer(core * threads),
            "node-id": .integer(nodes.indices.contains(index) ? nodes[index] : 0),
          ],
          "pcr": .hexadecimal(processor.register.rawValue), "isa": .string("\(processor.isa)"),
          "level": machine.activeLevel.map { .string($0.name) },
        ]
      })
  }

  private static func translator(_ report: TranslatorReport) -> JSONValue {
    [
      "cpu-index": .integer(report.processor),
      "instructions": .integer(Int64(clamping: report.instructions)),
      "interpreted": .integer(Int64(clamping: report.interpreted)),
      "entries": .integer(Int64(clamping: report.entries)),
      "helper-calls": .array(
        report.helperCalls.map { call in
          [
            "instruction": .string(call.instruction), "reason": .string("\(call.reason)"),
            "problem-state": .bool(call.isProblemState),
            "count": .integer(Int64(clamping: call.count)),
          ]
        }),
    ]
  }
}

extension ControlCall {
  /// The guest's memory balloon.
  fileprivate func balloon() throws(ControlError) -> VirtIOBalloon {
    guard let balloon = try machine.balloon else {
      throw ControlError("No balloon device has been activated")
    }
    return balloon
  }

  /// During the last step of a migration both machines could run the guest.
  func mustNotHandOver() throws(ControlError) {
    guard supervisor.state == .handingOver else { return }
    let destination = supervisor.migration?.destination.description ?? ""
    throw ControlError("the guest is on its way to \(destination)")
  }
}

extension PowerMachine {
  /// Writes to a client's descriptor until a signal ends the machine.
  func output(to descriptor: PassedDescriptor) throws(ControlError) -> DescriptorOutput {
    try DescriptorOutput(descriptor) { [configuration] in configuration.endingSignal() != nil }
  }
}
