internal import GuestMemory
internal import PowerISA
public import SavedState

/// The saved part of a partition. Page tables are saved separately, because they are large.
extension Partition {
  /// The version of the partition's section: 2 has the notification of interrupts that cannot be
  /// masked, which a program of version 1 does not serve.
  public static let newestStateVersion: UInt32 = 2

  /// The oldest version that loses nothing.
  public var stateVersion: UInt32 { lock.withLock { rtasArea == nil ? 1 : 2 } }

  /// Saves or restores the partition while no processor runs.
  public func code(_ coder: inout FieldCoder) throws(StateError) {
    try lock.withLock { () throws(StateError) in
      try codeTranslation(&coder)
      try codeInterrupts(&coder)
      try codeEvents(&coder)
      try coder.group("clock") { coder throws(StateError) in try clock.code(&coder) }
      try coder.group("nvram") { coder throws(StateError) in try nvram.code(&coder) }
      for processor in processors {
        try coder.group("processor \(processor.server)") { coder throws(StateError) in
          try processor.code(&coder, memory)
        }
      }
      for terminal in terminals {
        try coder.group("terminal \(terminal.unitAddress)") { coder throws(StateError) in
          try terminal.code(&coder)
        }
      }
      if coder.version >= 2 { try codeNotification(&coder) }
    }
  }

  private func codeNotification(_ coder: inout FieldCoder) throws(StateError) {
    try coder.group("rtas", &rtasArea, initial: RTASArea(base: 0, size: 0)) {
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
    try coder.group("notification", &notification, initial: none) {
      notification, coder throws(StateError) in
      try coder.field("system reset", &notification.systemReset)
      try coder.field("machine check", &notification.machineCheck)
    }
    var reporting = processors.filter(\.reportsMachineCheck).map(\.server)
    try coder.list("machine checks reported", &reporting, initial: 0) {
      server, coder throws(StateError) in
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
      "process table", &processTable,
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
      try coder.field("guest invalidates", &table.guestInvalidates)
    }
  }

  private func codeInterrupts(_ coder: inout FieldCoder) throws(StateError) {
    try coder.group("interrupt sources") { coder throws(StateError) in
      try interrupts.code(&coder)
    }
    var units = adapters.keys.sorted().map {
      (unit: $0, isEnabled: adapters[$0]?.isEnabled ?? true)
    }
    try coder.list("adapters", &units, initial: (0, false)) { adapter, coder throws(StateError) in
      try coder.field("unit", adapter.unit) { unit throws(InvalidValue) in
        guard adapters[unit] != nil else { throw InvalidValue("there is no adapter \(unit)") }
        adapter.unit = unit
      }
      try coder.field("interrupt enabled", &adapter.isEnabled)
    }
    for (unit, isEnabled) in units { adapters[unit]?.isEnabled = isEnabled }
  }

  private func codeEvents(_ coder: inout FieldCoder) throws(StateError) {
    try coder.field("environment", &environment)
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
    // Older programs kept every event.
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
    try coder.list("sources", &listed, initial: 0) { number, coder throws(StateError) in
      try coder.field("number", number) { [numbers] read throws(InvalidValue) in
        guard numbers.contains(read) else { throw InvalidValue("there is no source \(read)") }
        number = read
      }
      var source = self[number] ?? Source()
      try coder.field("server", &source.server)
      try coder.field("priority", &source.priority)
      try coder.field("saved priority", &source.savedPriority)
      try coder.field("level-sensitive", &source.isLevel)
      try coder.field("asserted", &source.isAsserted)
      try coder.field("sent", &source.isSent)
      try coder.field("waiting", &source.isWaiting)
      if coder.isReading { update(number) { $0 = source } }
    }
  }
}

extension PartitionProcessor {
  fileprivate func code(_ coder: inout FieldCoder, _ memory: GuestMemory) throws(StateError) {
    try coder.field("state", &state)
    try coder.field("prodded", &isProdded)
    try areas.code(&coder, memory)
    try coder.group("interrupt presentation") { coder throws(StateError) in
      try coder.field("cppr", &presentation.cppr)
      try coder.field("mfrr", &presentation.mfrr)
      try coder.field("source", &presentation.source)
      try coder.field("pending priority", &presentation.pendingPriority)
      try coder.field("timestamp", &presentation.timestamp)
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
    try coder.group("processor area", &processorArea, initial: 0) {
      address, coder throws(StateError) in
      try coder.field("address", address) { read throws(InvalidValue) in
        try mustHold(read, Self.minimumSize)
        address = read
      }
    }
    try coder.group("dispatch trace log", &traceLog, initial: TraceLog(address: 0, entries: 0)) {
      log, coder throws(StateError) in
      try coder.field("address", &log.address)
      try coder.field("entries", log.entries) { entries throws(InvalidValue) in
        let (size, overflow) = entries.multipliedReportingOverflow(by: TraceLog.entrySize)
        try mustHold(log.address, overflow ? .max : size)
        log.entries = entries
      }
      try coder.field("index", &log.index)
    }
    try coder.group("segment shadow buffer", &shadowBuffer, initial: (0, 0)) {
      buffer, coder throws(StateError) in
      try coder.field("address", &buffer.address)
      try coder.field("size", buffer.size) { size throws(InvalidValue) in
        try mustHold(buffer.address, size)
        buffer.size = size
      }
    }
  }
}
