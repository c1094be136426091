extension DomainDescription {
  init(_ root: XMLCursor) throws(DomainError) {
    file = root.file
    line = root.element.line
    switch root["type"] ?? "" {
    case "kvm": accelerator = .kvm
    case "qemu": accelerator = .tcg
    case let type: throw root.error("type '\(type)' is none of kvm, qemu")
    }
    guard let os = root.child("os") else { throw root.error("it has no <os>") }
    try readSystem(os)
    name = root.child("name")?.text
    uuid = root.child("uuid")?.text
    cpu = try root.child("cpu").map { element throws(DomainError) in
      try CPUDescription(element, isGuest: true)
    }
    notes += cpu?.notes ?? []
    try readProcessors(root)
    if let devices = root.child("devices") { try readDevices(devices) }
    try readMemory(root)
    if let features = root.child("features") { try readFeatures(features) }
    if let clock = root.child("clock") { try readClock(clock) }
    try readLifecycle(root)
    try readBoot(os, root.child("devices"))
    notes += try DomainWalk(root).notes
  }

  /// What follows when the guest ends, restarts or crashes.
  private mutating func readLifecycle(_ root: XMLCursor) throws(DomainError) {
    let ends = [
      ("on_poweroff", \DomainDescription.restartsAfterPowerOff), ("on_reboot", \.allowsRestart),
      ("on_crash", \.restartsAfterCrash),
    ]
    for (name, restarts) in ends {
      guard let element = root.child(name) else { continue }
      let action = try element.word(
        element.text, "action",
        of: ["destroy", "restart", "preserve"]
          + (name == "on_crash" ? ["coredump-destroy", "coredump-restart"] : []))
      self[keyPath: restarts] = action.hasSuffix("restart")
      switch action {
      case "preserve": notes.append(element.note("the machine ends; nothing of it is kept"))
      case "coredump-destroy", "coredump-restart":
        notes.append(element.note("no core of the guest is written"))
      default: break
      }
    }
  }

  private mutating func readSystem(_ os: XMLCursor) throws(DomainError) {
    guard let type = os.child("type") else { throw os.error("it has no <type>") }
    guard type.text == "hvm" else { throw type.error("'\(type.text)' is not hvm") }
    _ = try type.word(type["arch"] ?? "", "arch", of: ["ppc64", "ppc64le"])
    machine = type["machine"] ?? "pseries"
    // `pseries` and its versions, `pseries-7.2`.
    guard machine == "pseries" || machine.hasPrefix("pseries-") else {
      throw type.error("machine '\(machine)' is not supported: this is a pseries")
    }
    for child in os.children() {
      switch child.name {
      case "kernel": kernel = child.text
      case "initrd": initrd = child.text
      case "cmdline": commandLine = child.text
      case "nvram": nvramFile = child.text.isEmpty ? nil : child.text
      case "boot", "loader", "bios", "firmware": hasOtherBoot = true
      default: break
      }
    }
  }

  private mutating func readProcessors(_ root: XMLCursor) throws(DomainError) {
    guard let element = root.child("vcpu") else { return }
    maximumProcessors = try element.number(element.text, "vcpu", in: 1...2048)
    processors = try element.number("current", in: 1...maximumProcessors) ?? maximumProcessors
    if let topology = cpu?.topology, let cpu = root.child("cpu")?.child("topology"),
      topology.sockets * topology.cores * topology.threads != maximumProcessors
    {
      throw cpu.error(
        "\(topology.sockets) sockets of \(topology.cores) cores of \(topology.threads) threads are "
          + "not the \(maximumProcessors) processors of <vcpu>")
    }
    guard let list = root.child("vcpus") else { return }
    let enabled = list.children("vcpu").filter { $0["enabled"] == "yes" }.map { $0["id"] ?? "" }
    guard enabled == (0..<enabled.count).map(String.init), enabled.count == processors else {
      throw list.error("the processors that are enabled must be the first \(processors)")
    }
  }

  private mutating func readMemory(_ root: XMLCursor) throws(DomainError) {
    if let cells = cpu?.cells, !cells.isEmpty {
      // libvirt takes the sum as well, whatever <memory> says.
      for cell in cells {
        let (sum, overflow) = memory.addingReportingOverflow(cell.memory)
        guard !overflow else { throw root.error("the cells have more memory than there can be") }
        memory = sum
      }
    } else if let element = root.child("memory") {
      memory = try element.bytes(element.text, unit: element["unit"])
      // `<memory>` counts the modules too, which are not there.
      for module in modules {
        guard module < memory else {
          throw element.error("the memory modules have as much as all <memory>")
        }
        memory -= module
      }
    } else {
      throw root.error("it has no <memory>")
    }
    if let element = root.child("currentMemory"),
      try element.bytes(element.text, unit: element["unit"]) < memory
    {
      notes.append(element.note("the guest has all its <memory> at first"))
    }
    if let element = root.child("maxMemory") {
      maximumMemory = try element.bytes(element.text, unit: element["unit"])
      memorySlots = try element.number("slots", in: 0...256) ?? 0
    }
  }
}
