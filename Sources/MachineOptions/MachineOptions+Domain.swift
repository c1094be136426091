package import DomainDescription
internal import Glibc
internal import HostSupport
package import PlatformTree

/// What options and a domain make together.
package struct ResolvedMachine {
  package var description: MachineDescription
  package var domain: DomainDescription?
}

extension MachineOptions {
  /// The machine, and the domain it comes from. Notes on the domain go to standard error.
  package func resolved() throws -> ResolvedMachine {
    guard let domain else {
      var description = try ownDescription()
      try addRest(to: &description)
      return ResolvedMachine(description: description)
    }
    let bytes = try Files.read(domain, limit: InputLimit.text)
    do {
      let read = try DomainDescription(bytes, file: domain)
      let (description, notes) = try read.machine(host: cpu?.processor)
      for note in notes { Complaint.write("\(domain):\(note.line): \(note.text)") }
      return try overridden(read, description)
    } catch let error as DomainError {
      throw Failure("\(error)")
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
    return ResolvedMachine(description: description, domain: domain)
  }
}
