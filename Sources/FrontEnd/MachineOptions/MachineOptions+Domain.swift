package import DomainDescription
internal import Glibc
internal import HostSupport
package import MachineDescription

/// What options and a domain make together.
package struct ResolvedMachine {
  package var description: MachineDescription
  package var domain: DomainDescription?
  /// What the real-time clock shows first.
  package var clock: DomainDescription.Clock

  /// The clock's base by the host's time zones.
  package func clockBase() throws(CommandError) -> ClockBase {
    let zone: String?
    switch clock.base {
    case .date(let seconds): return .date(seconds + clock.adjustment)
    case .utc: return .host(ahead: clock.adjustment)
    case .localtime: zone = nil
    case .zone(let name): zone = name
    }
    guard let ahead = HostTimeZone.secondsAhead(in: zone) else {
      throw CommandError("<clock>: this host has no time zone '\(zone ?? "")'")
    }
    return .host(ahead: ahead + clock.adjustment)
  }
}

extension MachineOptions {
  /// The machine, and the domain it comes from. Notes on the domain go to standard error.
  /// - Parameter contents: the domain's, if it has been read.
  package func resolved(domain contents: [UInt8]? = nil) throws -> ResolvedMachine {
    guard let domain else {
      var description = try ownDescription()
      try addRest(to: &description)
      return ResolvedMachine(description: description, clock: .init())
    }
    let bytes = try contents ?? Files.read(domain, limit: InputLimit.text)
    do {
      let read = try DomainDescription(bytes, file: domain)
      let (description, notes) = try read.machine(host: cpu?.processor)
      for note in notes { Complaint.write("\(domain):\(note.line): \(note.text)") }
      return try overridden(read, description)
    } catch let error as DomainError {
      throw CommandError("\(error)")
    }
  }

  private func overridden(
    _ domain: DomainDescription, _ description: MachineDescription
  ) throws -> ResolvedMachine {
    var description = description
    if let compat = limit { description.maximumLevel = compat.level }
    if let smp { description.topology = try smp.topology() }
    if memory != nil || !numa.isEmpty {
      description.numaNodes = numa.map(\.node)
      description.memory = memory?.bytes ?? description.memory
      description.maximumMemory = max(domain.maximumMemory ?? 0, description.memory)
    }
    if let maxMemory { description.maximumMemory = maxMemory.bytes }
    try addRest(to: &description)
    return ResolvedMachine(description: description, domain: domain, clock: domain.clock)
  }
}
