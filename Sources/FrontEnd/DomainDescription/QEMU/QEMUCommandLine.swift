internal import HostSupport
public import MachineDescription
internal import PowerISA

/// The command line of `qemu-system-ppc64` for a machine of this package.
public struct QEMUCommandLine: Hashable, Sendable {
  /// The machine.
  public var description: MachineDescription
  /// With KVM, a processor that is the host's is called `host`.
  public var accelerator = DomainDescription.Accelerator.tcg
  /// Whether the processor was described as the host's.
  public var isHostProcessor = false
  /// `pseries`, or one of its versions.
  public var machine = "pseries"
  /// Further options of the machine.
  public var machineOptions: [String] = []
  /// Slots for memory that is added later.
  public var memorySlots = 0
  /// The path of the kernel, or nil.
  public var kernel: String?
  /// The path of the initial RAM disk, or nil.
  public var initrd: String?
  /// What the real-time clock shows first.
  public var clock = DomainDescription.Clock()
  /// Whether QEMU's minimal firmware starts the guest, in place of SLOF.
  public var usesVOF = false
  /// The sockets behind the ports of the virtio console, terminals first. The ports are left out where
  /// they are not as many.
  public var ports: [Socket] = []
  /// The path of the control channel of the TPM's emulator; without it the TPM is left out.
  public var tpmSocket: String?

  /// The command line of a machine, without what only a domain says.
  public init(_ description: MachineDescription) { self.description = description }

  /// Adds the settings that only a domain has.
  public mutating func use(_ domain: DomainDescription?) {
    guard let domain else { return }
    accelerator = domain.accelerator
    isHostProcessor = domain.cpu?.mode == .hostModel || domain.cpu?.mode == .hostPassthrough
    machine = domain.machine
    machineOptions = domain.features.machineOptions
    memorySlots = domain.memorySlots
    clock = domain.clock
    kernel = domain.kernel
    initrd = domain.initrd
  }

  /// Settings that QEMU lacks.
  public var notes: [String] {
    var notes: [String] = []
    if !description.allowsRadix && description.processor.hasRadix {
      notes.append(
        "QEMU has no option for hashed translation alone: the guest's disable_radix is one")
    }
    notes += notesOnDevices
    if description.devices.nvram == nil { notes.append("QEMU's machine always has NVRAM") }
    if accelerator == .tcg && description.topology.threads > 1 {
      notes.append("QEMU without KVM refuses more than one thread in a core")
    }
    if description.hasKVMParavirtual && accelerator == .tcg {
      notes.append("QEMU without KVM has no KVM hypercalls")
    }
    if !description.hasPerformanceMonitor { notes.append("QEMU's performance monitor counts") }
    if case .zone(let zone) = clock.base {
      notes.append("QEMU takes the time zone from its environment: TZ=\(zone)")
    }
    if description.entry == .flat { notes.append("QEMU enters a guest by its firmware, not flat") }
    return notes
  }

  /// The arguments, the program first.
  ///
  /// - Throws: when QEMU has no such processor.
  public func arguments() throws(MachineDescriptionError) -> [String] {
    guard let processor = Self.name(of: description.processor) else {
      throw MachineDescriptionError(
        .cpu, "QEMU has no \(description.processor.name) processor")
    }
    let usesHost = accelerator == .kvm && isHostProcessor
    var arguments = ["qemu-system-ppc64", "-machine", machineArgument, "-accel", "\(accelerator)"]
    arguments += ["-cpu", usesHost ? "host" : processor]
    arguments += memory + ["-smp", processors] + nodes
    arguments += identity + time + ["-nodefaults", "-display", "none"] + devices
    if let kernel {
      arguments += ["-kernel", kernel]
      if let initrd { arguments += ["-initrd", initrd] }
      if !description.bootArguments.isEmpty { arguments += ["-append", description.bootArguments] }
    }
    return arguments
  }

  /// QEMU's names are those of the generations; a number behind them would name a revision.
  private static func name(of processor: ProcessorModel) -> String? {
    switch processor {
    // QEMU has none.
    case .power6: nil
    case .ppc970: "970_v2.2"
    default: processor.name.uppercased()
    }
  }

  private var machineArgument: String {
    var options = machineOptions
    if !description.allowsHashTableResize, !options.contains("resize-hpt=disabled") {
      options.append("resize-hpt=disabled")
    }
    if description.largestHashPageShift != 16 {
      let kibibytes = 1 << max(description.largestHashPageShift - 10, 0)
      options.append("cap-hpt-max-page-size=\(kibibytes)k")
    }
    if let level = description.maximumLevel { options.append("max-cpu-compat=\(level.name)") }
    // This machine has one kind of interrupt controller; QEMU lets newer processors choose.
    if description.processor.isa >= .v3_0 { options.append("ic-mode=xics") }
    if usesVOF { options.append("x-vof=on") }
    return ([machine] + options).joined(separator: ",")
  }

  private var memory: [String] {
    let mebibytes = description.memory >> 20
    guard description.maximumMemory > description.memory else { return ["-m", "\(mebibytes)"] }
    let maximum = description.maximumMemory >> 10
    return [
      "-m", "size=\(description.memory >> 10)k,slots=\(max(memorySlots, 1)),maxmem=\(maximum)k",
    ]
  }

  private var processors: String {
    let topology = description.topology
    var text = "\(topology.processors)"
    if topology.maximum != topology.processors { text += ",maxcpus=\(topology.maximum)" }
    return text
      + ",sockets=\(topology.sockets),cores=\(topology.cores),threads=\(topology.threads)"
  }

  private var nodes: [String] {
    description.numaNodes.enumerated().flatMap { number, node in
      let processors = node.processors.map { range in
        "cpus=\(range.lowerBound)"
          + (range.count > 1 ? "-\(range.upperBound)" : "")
      }
      let memory = "memory-backend-ram,id=ram-node\(number),size=\(node.memory)"
      let parts = ["node", "nodeid=\(number)"] + processors
      // A node without memory has nothing behind it.
      guard node.memory > 0 else { return ["-numa", parts.joined(separator: ",")] }
      return [
        "-object", memory, "-numa",
        (parts + ["memdev=ram-node\(number)"]).joined(separator: ","),
      ]
    } + distances
  }

  private var distances: [String] {
    description.numaNodes.enumerated().flatMap { number, node in
      node.distances.sorted { $0.key < $1.key }.flatMap { other, distance in
        ["-numa", "dist,src=\(number),dst=\(other),val=\(distance)"]
      }
    }
  }

  private var identity: [String] {
    var arguments: [String] = []
    if let name = description.identity.name {
      arguments += ["-name", "guest=" + name.withDoubledCommas]
    }
    if description.identity.uuid.contains(where: { $0 != "0" && $0 != "-" }) {
      arguments += ["-uuid", description.identity.uuid]
    }
    return arguments
  }

  /// Nothing where QEMU's default is meant. A clock that is ahead of the host's is a date, now.
  private var time: [String] {
    var options: [String] = []
    let ahead: Int64? =
      switch clock.base {
      case .date(let seconds): seconds + clock.adjustment
      case .utc where clock.adjustment != 0: now + clock.adjustment
      case .localtime where clock.adjustment != 0:
        now + (HostTimeZone.secondsAhead() ?? 0) + clock.adjustment
      case .utc, .localtime, .zone: nil
      }
    if let ahead {
      options.append("base=" + CalendarDate(secondsSinceEpoch: ahead).text)
    } else if clock.base != .utc {
      options.append("base=localtime")
    }
    if clock.source != .host { options.append("clock=\(clock.source.rawValue)") }
    return options.isEmpty ? [] : ["-rtc", options.joined(separator: ",")]
  }

  private var now: Int64 { HostTime.sinceEpoch / 1_000_000_000 }
}

extension [String] {
  /// As a shell takes them.
  public var shellQuoted: String {
    map { argument in
      let plain = argument.utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || "-_=,./:+@%".utf8.contains(byte)
      }
      if plain && !argument.isEmpty { return argument }
      return "'"
        + argument.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
    }.joined(separator: " ")
  }
}
