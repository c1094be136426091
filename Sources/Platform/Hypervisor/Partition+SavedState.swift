internal import GuestMemory
internal import PowerISA
public import SavedState

extension StateSection {
  /// What belongs to no processor and no device.
  public static let partition = StateSection("part")
  /// The interrupt sources of XICS that are not as after power-on.
  public static let interruptSources = StateSection("ics")
  /// Whether virtual adapters interrupt.
  public static let virtualAdapters = StateSection("vio")
  /// What waits for check-exception.
  public static let platformEvents = StateSection("event")
  /// A processor as the hypervisor has it; the instance is its server number.
  public static let virtualProcessor = StateSection("vcpu")
  /// The interrupt presentation of a server.
  public static let interruptPresentation = StateSection("icp")
  /// RTAS of a guest that has instantiated it, and the handlers the guest registered.
  public static let rtas = StateSection("rtas")
}

/// The state of a partition that a restored one continues with. Page tables are apart: they are large.
extension Partition {
  /// Saves or restores the partition while no processor runs.
  public func code(_ sections: inout some SectionCoder) throws(StateError) {
    try lock.withLock { () throws(StateError) in
      try sections.section(.partition) { coder throws(StateError) in
        try codeTranslation(&coder)
      }
      try codeInterrupts(&sections)
      try sections.section(.platformEvents) { coder throws(StateError) in
        try codeEvents(&coder)
      }
      for device in platformDevices {
        if let isSaved = device.isSaved, try !sections.has(device.section, isSaved) { continue }
        try sections.section(device.section) { coder throws(StateError) in
          try device.code(&coder)
        }
      }
      for processor in processors { try processor.code(&sections, memory) }
      for device in virtualDevices {
        try sections.section(device.section, instance: device.unitAddress) {
          coder throws(StateError) in try device.code(&coder)
        }
      }
      if try sections.has(.rtas, rtasArea != nil) {
        try sections.section(.rtas) { coder throws(StateError) in try codeRTAS(&coder) }
      }
    }
  }

  private func codeRTAS(_ coder: inout FieldCoder) throws(StateError) {
    try coder.group("area", &rtasArea, initial: RTASArea(base: 0, size: 0)) {
      area, coder throws(StateError) in
      try coder.field("base", &area.base)
      try coder.field("size", area.size) { [memory] size throws(InvalidValue) in
        guard memory.contains(area.base, count: size) else {
          throw InvalidValue("RTAS is not in memory")
        }
        area.size = size
      }
    }
    let none = InterruptNotification(systemReset: 0, machineCheck: 0)
    try coder.group("nmi", &notification, initial: none) {
      notification, coder throws(StateError) in
      try coder.field("reset", &notification.systemReset)
      try coder.field("mce", &notification.machineCheck)
    }
    var reporting = processors.filter(\.reportsMachineCheck).map(\.server)
    try coder.list("mce", &reporting, initial: 0) { server, coder throws(StateError) in
      try coder.field("server", server) { read throws(InvalidValue) in
        guard processor(server: read) != nil else {
          throw InvalidValue("there is no processor \(read)")
        }
        server = read
      }
    }
    for processor in processors {
      processor.reportsMachineCheck = reporting.contains(processor.server)
    }
  }

  private func codeTranslation(_ coder: inout FieldCoder) throws(StateError) {
    try coder.group(
      "ptcr", &processTable,
      initial: ProcessTable(base: 0, size: 0, isRadix: false)
    ) { table, coder throws(StateError) in
      try coder.field("radix", table.isRadix) { [features] isRadix throws(InvalidValue) in
        guard !isRadix || features.hasRadix else {
          throw InvalidValue("the processor has no radix translation")
        }
        table.isRadix = isRadix
      }
      try coder.field("base", &table.base)
      try coder.field("size", &table.size)
      try coder.field("inval", &table.guestInvalidates)
    }
  }

  private func codeInterrupts(_ sections: inout some SectionCoder) throws(StateError) {
    try sections.section(.interruptSources) { coder throws(StateError) in
      try interrupts.code(&coder)
    }
    try sections.section(.virtualAdapters) { coder throws(StateError) in
      try codeAdapters(&coder)
    }
  }

  private func codeAdapters(_ coder: inout FieldCoder) throws(StateError) {
    var units = adapters.keys.sorted().map {
      (unit: $0, isEnabled: adapters[$0]?.isEnabled ?? true)
    }
    try coder.list("adapters", &units, initial: (0, false)) { adapter, coder throws(StateError) in
      try coder.field("unit", adapter.unit) { unit throws(InvalidValue) in
        guard adapters[unit] != nil else { throw InvalidValue("there is no adapter \(unit)") }
        adapter.unit = unit
      }
      try coder.field("irq", &adapter.isEnabled)
    }
    for (unit, isEnabled) in units { setInterrupt(of: unit, isEnabled: isEnabled) }
  }

  private func codeEvents(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("epow", &environment)
    let none = PlatformEvent(class: .environment, log: [])
    try coder.list("events", &events, initial: none) { event, coder throws(StateError) in
      try coder.field("class", &event.class)
      try coder.field("log", event.log) { log throws(InvalidValue) in
        guard log.count <= PlatformEvent.longestLog else {
          throw InvalidValue("\(log.count) bytes, but no log is so long")
        }
        event.log = log
      }
    }
    // A stream may have several of a class; the latest counts.
    for event in coder.isReading ? events : [] {
      events.removeAll { $0.class == event.class }
      events.append(event)
    }
  }
}

extension InterruptController {
  /// Saves or restores the sources that differ from their state after power-on.
  mutating func code(_ coder: inout FieldCoder) throws(StateError) {
    // Waiting sources come first, in the order in which they will be served.
    var listed = needingAttention
    if !coder.isReading {
      listed += numbers.filter { self[$0] != Source() && !needingAttention.contains($0) }
    } else {
      clear()
    }
    try coder.list("src", &listed, initial: 0) { number, coder throws(StateError) in
      try coder.field("num", number) { [numbers] read throws(InvalidValue) in
        guard numbers.contains(read) else { throw InvalidValue("there is no source \(read)") }
        number = read
      }
      var source = self[number] ?? Source()
      try coder.field("server", &source.server)
      try coder.field("prio", &source.priority)
      try coder.field("saved", &source.savedPriority)
      try coder.field("level", &source.isLevel)
      try coder.field("line", &source.isAsserted)
      try coder.field("sent", &source.isSent)
      try coder.field("wait", &source.isWaiting)
      if coder.isReading { update(number) { $0 = source } }
    }
  }
}

extension PartitionProcessor {
  fileprivate func code(
    _ sections: inout some SectionCoder, _ memory: GuestMemory
  ) throws(StateError) {
    try sections.section(.virtualProcessor, instance: server) { coder throws(StateError) in
      try coder.field("state", &state)
      try coder.field("prod", &isProdded)
      try areas.code(&coder, memory)
    }
    try sections.section(.interruptPresentation, instance: server) { coder throws(StateError) in
      try coder.field("cppr", &presentation.cppr)
      try coder.field("mfrr", &presentation.mfrr)
      try coder.field("src", &presentation.source)
      try coder.field("prio", &presentation.pendingPriority)
      try coder.field("stamp", &presentation.timestamp)
    }
  }
}

extension VirtualProcessorAreas {
  fileprivate mutating func code(
    _ coder: inout FieldCoder, _ memory: GuestMemory
  ) throws(StateError) {
    func mustHold(_ address: UInt64, _ size: UInt64) throws(InvalidValue) {
      guard memory.contains(address, count: size) else {
        throw InvalidValue("the area is not in memory")
      }
    }
    try coder.group("vpa", &processorArea, initial: 0) {
      address, coder throws(StateError) in
      try coder.field("addr", address) { read throws(InvalidValue) in
        try mustHold(read, Self.minimumSize)
        address = read
      }
    }
    try coder.group("dtl", &traceLog, initial: TraceLog(address: 0, entries: 0)) {
      log, coder throws(StateError) in
      try coder.field("addr", &log.address)
      try coder.field("entries", log.entries) { entries throws(InvalidValue) in
        let (size, overflow) = entries.multipliedReportingOverflow(by: TraceLog.entrySize)
        try mustHold(log.address, overflow ? .max : size)
        log.entries = entries
      }
      try coder.field("index", &log.index)
    }
    try coder.group("slbshadow", &shadowBuffer, initial: (0, 0)) {
      buffer, coder throws(StateError) in
      try coder.field("addr", &buffer.address)
      try coder.field("size", buffer.size) { size throws(InvalidValue) in
        try mustHold(buffer.address, size)
        buffer.size = size
      }
    }
  }
}
