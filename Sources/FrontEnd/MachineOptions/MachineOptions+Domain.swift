package import DomainDescription
internal import Glibc
internal import HostSupport
package import MachineDescription

/// What options and a domain make together.
package struct ResolvedMachine {
  /// The options, with those of the domain's devices.
  package var options: MachineOptions
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
      return ResolvedMachine(options: self, description: description, clock: .init())
    }
    let bytes = try contents ?? Files.read(domain, limit: InputLimit.text)
    do {
      let read = try DomainDescription(bytes, file: domain)
      let (description, notes) = try read.machine(host: cpu?.processor)
      for note in notes { Complaint.write("\(domain):\(note.line): \(note.text)") }
      let withDevices = try adding(read.devices, file: domain)
      let isOwnOrder = boot.isEmpty && ownDisks.isEmpty && cdroms.isEmpty && networks.isEmpty
      return try withDevices.overridden(
        read, description, bootOrder: isOwnOrder ? read.bootOrder : [])
    } catch let error as DomainError {
      throw CommandError("\(error)")
    }
  }

  /// These options with a domain's devices, where no option of their kind is given: disks and
  /// CD-ROMs are one kind.
  package func adding(
    _ devices: [DomainDescription.Device], file: String
  ) throws(DomainError) -> MachineOptions {
    var options = self
    for device in devices {
      let isReplaced =
        switch device.option {
        case .disk, .cdrom: !ownDisks.isEmpty || !cdroms.isEmpty
        case .net: !networks.isEmpty
        case .share: !shares.isEmpty
        case .console: !virtioConsoles.isEmpty
        case .channel: !channels.isEmpty
        case .tpm: tpm != nil
        case .random, .balloon: false
        }
      if isReplaced { continue }
      if let refusal = device.refusal { throw refusal }
      do throws(ArgumentMistake) { try options.take(device) } catch {
        throw device.invalid(file: file, "\(error)")
      }
    }
    return options
  }

  /// Adds a device's option to these.
  private mutating func take(_ device: DomainDescription.Device) throws(ArgumentMistake) {
    let argument = device.argument
    switch device.option {
    case .disk: ownDisks.append(try DiskArgument(parsing: argument))
    case .cdrom: cdroms.append(try CDROMArgument(parsing: argument))
    case .net: networks.append(try NetworkArgument(parsing: argument))
    case .share: shares.append(try ShareArgument(parsing: argument))
    case .console: virtioConsoles.append(try PortArgument(parsing: argument))
    case .channel: channels.append(try ChannelArgument(parsing: argument))
    case .tpm: tpm = try TPMArgument(parsing: argument)
    case .random: virtioRandom = true
    case .balloon: balloon = true
    }
  }

  private func overridden(
    _ domain: DomainDescription, _ description: MachineDescription, bootOrder: [String]
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
    if !bootOrder.isEmpty {
      description.bootOrder = try bootOrder.compactMap(BootArgument.init(argument:))
        .specifiers(
          disks.named(in: description.devices), networks.named(in: description.devices))
    }
    return ResolvedMachine(
      options: self, description: description, domain: domain, clock: domain.clock)
  }
}
