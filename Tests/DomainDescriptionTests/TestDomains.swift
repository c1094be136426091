import DomainDescription
import MachineDescription
import PowerISA
import Testing

/// A domain around some elements; each argument is a line of its own, so that line numbers are easy.
func domain(
  cpu: String = "", vcpu: String = "<vcpu>1</vcpu>",
  memory: String = "<memory unit='GiB'>1</memory>",
  system: String = "<os><type arch='ppc64le' machine='pseries'>hvm</type></os>",
  features: String = "", devices: String = "<devices><console type='pty'/></devices>",
  more: String = ""
) -> [UInt8] {
  Array(
    """
    <domain type='kvm'>
    \(vcpu)
    \(memory)
    \(system)
    \(features)
    \(cpu)
    \(devices)
    \(more)
    </domain>
    """.utf8)
}

/// Lines of ``domain(cpu:vcpu:memory:system:features:devices:more:)``.
enum Line {
  static let (vcpu, memory, system, features, cpu, devices, more) = (2, 3, 4, 5, 6, 7, 8)
}

func machine(
  _ bytes: [UInt8], host: ProcessorModel? = nil
) throws -> (description: MachineDescription, notes: [Note]) {
  try DomainDescription(bytes, file: "guest.xml").machine(host: host)
}

/// The refusal of a domain, as a user reads it.
func refusal(_ bytes: [UInt8], host: ProcessorModel? = nil) -> DomainError? {
  do {
    _ = try machine(bytes, host: host)
    return nil
  } catch {
    return error as? DomainError
  }
}
