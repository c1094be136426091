internal import DeviceTree
internal import GuestMemory
internal import HostSupport
internal import Hypervisor
internal import Machine
internal import PowerISA

extension MonitorCommand {
  static let machineCommands: [MonitorCommand] = [
    MonitorCommand("info mtree", "Memory and the registers of devices, by real address.") {
      session, _ throws(MonitorError) in
      session.memoryMap
    },
    MonitorCommand("calls", "The hypercalls and RTAS calls that the guest has made.") {
      session, _ throws(MonitorError) in
      let machine = session.machine
      return lines("hypercall", machine.hypercallStatistics)
        + lines("RTAS call", machine.rtasStatistics)
    },
    MonitorCommand("level", "The level that was negotiated, and what each processor has of it.") {
      session, _ throws(MonitorError) in
      let level = session.machine.activeLevel.map(\.name) ?? "none"
      return
        (["level: \(level)"]
        + session.machine.processorCompatibility.map { processor in
          "processor \(processor.server): ISA \(processor.isa), PCR "
            + processor.register.rawValue.hexadecimal()
        }).joined(separator: "\n")
    },
    MonitorCommand("tree", "[PATH]", "A node of the guest's device tree, as source.") {
      session, words throws(MonitorError) in
      let path = words.first ?? "/"
      guard let node = try session.tree[path] else { throw .noNode(path) }
      return node.sourceText()
    },
    MonitorCommand("dtb", "FILE", "Write the guest's device tree to a file of the host.") {
      session, words throws(MonitorError) in
      guard let blob = session.machine.currentTree else { throw .noTree }
      try session.callbacks.write(blob, words[0])
      return "\(blob.count) bytes"
    },
    MonitorCommand("reset", "Start the guest from the beginning.") {
      session, _ throws(MonitorError) in
      session.machine.requestRestart(.client)
      return ""
    },
    MonitorCommand("nmi", "A system reset interrupt on every processor.") {
      session, _ throws(MonitorError) in
      session.machine.injectSystemReset()
      return ""
    },
  ]

  private static func lines(_ kind: String, _ calls: [CallStatistics]) -> String {
    guard !calls.isEmpty else { return "no \(kind)s\n" }
    return calls.map { call in
      "\(call.calls) \(kind)s \(call.name)"
        + (call.errors > 0 ? ", \(call.errors) with an error" : "") + "\n"
    }.joined()
  }
}

extension DebugSession {
  fileprivate var tree: DeviceTree {
    get throws(MonitorError) {
      guard let blob = machine.currentTree, let tree = try? DeviceTree(blob: blob) else {
        throw .noTree
      }
      return tree
    }
  }

  /// A line for each part of the real address space.
  fileprivate var memoryMap: String {
    let memory: [(base: UInt64, size: UInt64, name: String)] = [
      (0, machine.memory.size, "memory")
    ]
    let devices = machine.partition.space.devices.map {
      (base: $0.base, size: $0.size, name: "\(type(of: $0.registers))")
    }
    return (memory + devices).map { part in
      "\(part.base.hexDigits(16))-\((part.base &+ (part.size &- 1)).hexDigits(16)) \(part.name)"
    }.joined(separator: "\n")
  }
}
