/// A device of the VIO bus, `/vdevice` (LoPAR "Virtualized Input/Output").
public struct VIODevice: Hashable, Sendable {
  /// What the device is.
  public enum Kind: Hashable, Sendable {
    /// A client virtual terminal.
    case terminal
    /// Non-volatile memory of `size` bytes.
    case nvram(size: UInt32)
    /// A virtual SCSI adapter with its units.
    case scsi([SCSIDevice])
    /// A logical LAN adapter: a network card.
    case network(PCIDevice.Network)
    /// A virtual TPM.
    case tpm(TPMVersion)
  }

  /// Base-2 logarithm of the bytes of a device's window of bus addresses, from 0 on.
  public static let windowShift: UInt64 = 28
  /// Groups that a logical LAN adapter can select frames by.
  public static let mostMulticastFilters = 255

  /// What the device is.
  public var kind: Kind
  /// The unit address, which is in `InterruptSource.virtualDevices`.
  public var unitAddress: UInt32

  /// A device from its kind and unit address.
  public init(_ kind: Kind, at unitAddress: UInt32) {
    (self.kind, self.unitAddress) = (kind, unitAddress)
  }

  /// Its interrupt source.
  public var interrupt: UInt32 { InterruptSource.virtualDevice(at: unitAddress) }

  /// The option that makes such a device.
  var option: MachineDescriptionError.Option {
    switch kind {
    case .terminal: .vty
    case .nvram: .nvram
    case .scsi: .disk
    case .network: .net
    case .tpm: .tpm
    }
  }
}

/// The version of a TPM.
public enum TPMVersion: String, CaseIterable, Hashable, Sendable {
  /// TPM 1.2.
  case v1_2 = "1.2"
  /// TPM 2.0.
  case v2_0 = "2.0"
}

extension VIODevice {
  /// Whether it has a command/response queue.
  public var hasQueue: Bool {
    switch kind {
    case .terminal, .nvram, .network: false
    case .scsi, .tpm: true
    }
  }
}

extension MachineDescription.Devices {
  /// The virtual TPM, of which there is one; it comes behind all others in ``vio``.
  public var tpm: VIODevice? {
    get { vio.first { if case .tpm = $0.kind { true } else { false } } }
    set {
      vio.removeAll { if case .tpm = $0.kind { true } else { false } }
      if let newValue { vio.append(newValue) }
    }
  }

  /// Unit addresses of the virtual terminals; the first is the console. They come first in ``vio``.
  public var terminals: [UInt32] {
    get { vio.filter { $0.kind == .terminal }.map(\.unitAddress) }
    set {
      vio =
        newValue.map { VIODevice(.terminal, at: $0) } + vio.filter { $0.kind != .terminal }
    }
  }

  /// The non-volatile memory; nil for a machine without. It comes behind the terminals in ``vio``.
  public var nvram: NVRAM? {
    get {
      for device in vio {
        if case .nvram(let size) = device.kind {
          return NVRAM(unitAddress: device.unitAddress, size: size)
        }
      }
      return nil
    }
    set {
      vio.removeAll { if case .nvram = $0.kind { true } else { false } }
      guard let newValue else { return }
      vio.insert(
        VIODevice(.nvram(size: newValue.size), at: newValue.unitAddress), at: terminals.count)
    }
  }
}
