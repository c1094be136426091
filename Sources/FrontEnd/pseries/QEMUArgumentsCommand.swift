public import ArgumentParser
public import DomainDescription
internal import MachineControl
internal import MachineOptions
internal import MachineDescription

extension DomainDescription.Accelerator: ExpressibleByArgument {}

struct QEMUArgumentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qemu-args",
    abstract: "Print the command line of qemu-system-ppc64 for the same machine.",
    discussion: """
      Examples:
        pseries qemu-args --cpu power9 --compat power8 --kernel vmlinux
        pseries qemu-args --domain guest.xml
      """)

  @OptionGroup(title: "Machine") var machine: MachineOptions
  @OptionGroup(title: "Real-time clock") var calendar: ClockOptions

  @Option(help: ArgumentHelp("The kernel.", valueName: "file")) var kernel: String?
  @Option(help: ArgumentHelp("An initial RAM disk.", valueName: "file")) var initrd: String?
  @Option(
    name: [.customLong("append"), .customLong("bootargs")], parsing: .unconditional,
    help: ArgumentHelp("The kernel's command line.", valueName: "text"))
  var append: String?

  @Option(help: "QEMU's accelerator. Default: that of the domain's type, else tcg.")
  var accel: DomainDescription.Accelerator?

  @Option(
    name: .customLong("machine"),
    help: ArgumentHelp(
      "QEMU's machine type. Default: the domain's, else pseries.", valueName: "name"))
  var machineName: String?

  @Flag(help: "Use QEMU's minimal firmware VOF in place of SLOF.")
  var vof = false

  func run() throws {
    let arguments: [String]
    do {
      var resolved = try machine.resolved()
      calendar.apply(to: &resolved)
      try resolved.description.validate()
      let line = try commandLine(resolved)
      for note in line.notes { Complaint.write(note) }
      arguments = try line.arguments()
    } catch let error as MachineDescriptionError {
      throw CommandError.usage("\(error)")
    }
    try Files.writeToStandardOutput(Array("\(arguments.shellQuoted)\n".utf8))
  }

  private func commandLine(
    _ resolved: ResolvedMachine
  ) throws(CommandError) -> QEMUCommandLine {
    var line = QEMUCommandLine(resolved.description)
    line.use(resolved.domain)
    line.clock = resolved.clock
    if let append { line.description.bootArguments = append }
    if let accel { line.accelerator = accel }
    if let machineName { line.machine = machineName }
    if let kernel { (line.kernel, line.initrd) = (kernel, nil) }
    if let initrd { line.initrd = initrd }
    line.usesVOF = vof
    line.ports = try resolved.options.ports.map { port throws(CommandError) in
      try QEMUCommandLine.Socket(of: port)
    }
    if case .socket(let path)? = resolved.options.tpm?.emulator { line.tpmSocket = path }
    return line
  }
}

extension QEMUCommandLine.Socket {
  /// The socket of a port.
  fileprivate init(of port: PortArgument) throws(CommandError) {
    let address: SocketAddress
    do throws(SocketError) { address = try SocketAddress(stream: port.address) } catch {
      throw CommandError("\(port.text): \(error)")
    }
    switch address {
    case .unix(let path): self.init(.path(path), connects: port.connects)
    case .tcp(let host, let number):
      self.init(.port(host: host, number: number), connects: port.connects)
    }
  }
}
