internal import ArgumentParser
internal import DomainDescription
internal import HostSupport
internal import MachineOptions
internal import PowerISA

/// A host's processor: its name here or the maker's, libvirt's name of its generation, or its version
/// register.
struct HostProcessor: ExpressibleByArgument {
  var host: CPUHost

  init?(argument: String) {
    guard let host = CPUHost(named: argument) else { return nil }
    self.host = host
  }

  static var allValueStrings: [String] {
    ProcessorModel.all.map(\.name) + CPUModel.all.map(\.name)
      + ["the name of another chip as e5500", "a version as 0x004e1202"]
  }
}

struct CPUCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cpu-compare",
    abstract: "Compare a processor description with a host, as virsh cpu-compare does.",
    discussion: """
      The file holds a <cpu>, a <domain> or <capabilities>. Exit status: 0 identical or a superset, \
      1 incompatible.
      """)

  @Argument(help: "The file; - for standard input.") var file: String

  @Option(help: "The host's processor. Default: \(ProcessorModel.newest(supporting: nil).name).")
  var hostCpu: HostProcessor?

  @Flag(help: "Print the reason for incompatibility.")
  var error = false

  func run() throws {
    let bytes = try Files.read(file, limit: InputLimit.text)
    let comparison: CPUComparison
    do {
      let descriptions = try CPUDescription.all(in: bytes, file: file)
      guard descriptions.count == 1 else {
        throw CommandError("\(file): \(descriptions.count) descriptions instead of one")
      }
      let host = hostCpu?.host ?? CPUHost(.newest(supporting: nil))
      if hostCpu == nil {
        Complaint.write("the host is taken to be a \(host); --host-cpu names another")
      }
      comparison = try descriptions[0].comparison(host: host)
    } catch let failure as DomainError {
      throw CommandError("\(failure)")
    }
    switch comparison {
    case .identical: print("CPU described in \(file) is identical to host CPU")
    case .superset: print("Host CPU is a superset of CPU described in \(file)")
    case .incompatible(let reason):
      if error { throw CommandError("\(file): \(reason)") }
      print("CPU described in \(file) is incompatible with host CPU")
      throw ExitCode(1)
    }
  }
}

struct CPUBaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cpu-baseline",
    abstract: "Print the CPU setting with which a guest runs on every given host.",
    discussion: """
      Each file holds hosts' <cpu> elements, alone or in <capabilities>. Hosts of one model give that \
      model, as virsh cpu-baseline does. Where virsh says that hosts are incompatible, and all of \
      them support a level, this gives the newest such level.
      """)

  @Argument(help: "Files; - for standard input.") var files: [String]

  func run() throws {
    var hosts: [CPUDescription] = []
    let text: String
    do {
      for file in files {
        hosts += try CPUDescription.all(
          in: try Files.read(file, limit: InputLimit.text), file: file)
      }
      text = try CPUDescription.baseline(hosts)
    } catch let error as DomainError {
      throw CommandError("\(error)")
    }
    try Files.writeToStandardOutput(Array(text.utf8))
  }
}

/// The architectures that have POWER models.
enum GuestArchitecture: String, CaseIterable, ExpressibleByArgument {
  case ppc64
  case ppc64le
}

struct CPUModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cpu-models", abstract: "List the processor models, as virsh cpu-models does.")

  @Argument(help: "The architecture; both have the same models.")
  var architecture = GuestArchitecture.ppc64

  func run() throws {
    let text = CPUModel.all.map { "\($0.name)\n" }.joined()
    try Files.writeToStandardOutput(Array(text.utf8))
  }
}
