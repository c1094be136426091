/// Why a machine cannot be: the option that is wrong, and what it would have to be.
public struct MachineDescriptionError: Error, Hashable, Sendable {
  /// The option whose value is wrong.
  public var option: Option
  /// What is wrong, as the rest of a sentence that begins with the option.
  public var reason: String

  /// An option by its name on the command lines.
  public enum Option: String, Hashable, Sendable {
    case cpu = "--cpu"
    case compat = "--compat"
    case smp = "--smp"
    case memory = "--memory"
    case maximumMemory = "--max-memory"
    case numa = "--numa"
    case bootArguments = "--bootargs"
    case initrd = "--initrd"
    case kernel = "--kernel"
    case rtas = "--rtas"
    case device = "--device"
    case vty = "--vty"
    case nvram = "--nvram"
    case disk = "--disk"
    case cdrom = "--cdrom"
    case virtioRandom = "--virtio-random"
    case balloon = "--balloon"
    case net = "--net"
    case share = "--share"
    case virtioConsole = "--virtio-console"
    case channel = "--channel"
    case tpm = "--tpm"
    case boot = "--boot"
    case uuid = "--uuid"
    case name = "--name"
    case model = "--model"
    case hostModel = "--host-model"
    case hostSerial = "--host-serial"
  }

  /// A wrong option and the reason.
  public init(_ option: Option, _ reason: String) {
    self.option = option
    self.reason = reason
  }
}

extension MachineDescriptionError: CustomStringConvertible {
  /// `OPTION: REASON`.
  public var description: String { "\(option.rawValue): \(reason)" }
}
