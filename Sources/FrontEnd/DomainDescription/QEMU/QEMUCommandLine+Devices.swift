internal import HostSupport
internal import MachineDescription

extension QEMUCommandLine {
  /// A stream socket behind a device.
  public struct Socket: Hashable, Sendable {
    /// Where it is.
    public enum Address: Hashable, Sendable {
      /// A socket of the file system.
      case path(String)
      /// A TCP port.
      case port(host: String, number: UInt16)
    }

    /// Where it is.
    public var address: Address
    /// Whether a program listens there, to which QEMU connects; otherwise QEMU listens.
    public var connects: Bool

    /// A socket at an address.
    public init(_ address: Address, connects: Bool) {
      (self.address, self.connects) = (address, connects)
    }

    /// As `-chardev` takes it.
    fileprivate func backEnd(_ id: String) -> String {
      let place =
        switch address {
        case .path(let path): "path=" + path.withDoubledCommas
        case .port(let host, let number): "host=\(host.withDoubledCommas),port=\(number)"
        }
      return "socket,id=\(id),\(place)" + (connects ? "" : ",server=on,wait=off")
    }
  }

  /// The devices that are left out.
  var notesOnDevices: [String] {
    var notes: [String] = []
    if !description.devices.storage.isEmpty {
      notes.append("the disks are left out: QEMU takes their files with -drive and -device")
    }
    if !description.devices.networks.isEmpty {
      notes.append("the network cards are left out: QEMU takes them with -netdev and -device")
    }
    let hasShare = description.devices.pci.contains {
      if case .share = $0.kind { true } else { false }
    }
    if hasShare {
      notes.append("the shared folders are left out: QEMU takes 9p with -virtfs")
    }
    let portCount = description.devices.pci.reduce(0) { count, device in
      if case .console(let console) = device.kind { count + console.numbered.count } else { count }
    }
    if portCount != ports.count {
      notes.append("the ports of the virtio console are left out: their sockets are not given")
    }
    if description.devices.tpm != nil, tpmSocket == nil {
      notes.append(
        "the TPM is left out: QEMU starts no swtpm, and takes one that runs, as --tpm path=SOCKET")
    }
    return notes
  }

  /// `-device` and what is behind it.
  var devices: [String] {
    terminals + platformDevices + description.devices.pci.flatMap { arguments(of: $0) } + tpm
  }

  private var terminals: [String] {
    var arguments: [String] = []
    for (number, unit) in description.devices.terminals.enumerated() {
      let back = number == 0 ? "stdio,id=console0,mux=on,signal=off" : "null,id=console\(number)"
      let address = unit.hexadecimal()
      arguments += ["-chardev", back]
      if number == 0 { arguments += ["-mon", "chardev=console0,mode=readline"] }
      arguments += ["-device", "spapr-vty,chardev=console\(number),reg=\(address)"]
    }
    return arguments
  }

  private var platformDevices: [String] {
    // QEMU makes NVRAM without being asked, where our first terminal is.
    let nvram = description.devices.nvram?.unitAddress ?? 0x7100_0fff
    let arguments = ["-global", "spapr-nvram.reg=" + nvram.hexadecimal()]
    guard description.devices.random else { return arguments }
    return arguments + randomNumbers("random0") + ["-device", "spapr-rng,rng=random0"]
  }

  private func randomNumbers(_ id: String) -> [String] {
    ["-object", "rng-random,id=\(id),filename=/dev/urandom"]
  }

  /// A PCI device with its number, which QEMU would choose otherwise.
  private func arguments(of device: PCIDevice) -> [String] {
    // Without the interface before virtio 1 it has the identity that this machine's device has.
    let place = ",disable-legacy=on,addr=" + UInt32(device.number).hexadecimal()
    switch device.kind {
    case .random:
      let id = "random\(device.number)"
      return randomNumbers(id) + ["-device", "virtio-rng-pci,rng=\(id)" + place]
    case .balloon:
      return ["-device", "virtio-balloon-pci,deflate-on-oom=on,free-page-reporting=on" + place]
    case .console(let console): return arguments(of: console, place)
    case .block, .scsi, .network, .nvme, .share: return []
    }
  }

  private func arguments(of console: PCIDevice.Console, _ place: String) -> [String] {
    guard console.numbered.count == ports.count else { return [] }
    let numbered = zip(console.numbered, ports)
    return ["-device", "virtio-serial-pci,id=ports" + place]
      + numbered.flatMap { port, socket in
        let back = "port\(port.number)"
        let kind = port.name.map { "virtserialport,name=" + $0.withDoubledCommas } ?? "virtconsole"
        return [
          "-chardev", socket.backEnd(back), "-device",
          "\(kind),bus=ports.0,nr=\(port.number),chardev=\(back)",
        ]
      }
  }

  private var tpm: [String] {
    guard let device = description.devices.tpm, let tpmSocket else { return [] }
    let control = Socket(.path(tpmSocket), connects: true)
    return [
      "-chardev", control.backEnd("tpm-control"), "-tpmdev", "emulator,id=tpm,chardev=tpm-control",
      "-device", "tpm-spapr,tpmdev=tpm,reg=" + device.unitAddress.hexadecimal(),
    ]
  }
}

extension String {
  /// As a value in an argument of several words, of QEMU or of this package, where a comma starts another
  /// word.
  var withDoubledCommas: String {
    split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
