internal import ArgumentParser
internal import HostSupport
internal import MachineOptions
internal import PowerISA
internal import ProgramExecution

/// The machine in which a program runs.
struct ExecMachineOptions: ParsableArguments {
  @Option(help: "The processor. Default: the newest that supports the level.")
  var cpu: ProcessorName?

  @Option(help: "The compatibility level; none: the processor as it is. Default: its newest.")
  var level: LevelName?

  @Option(help: ArgumentHelp("Memory, in multiples of 256M. Default: 1G.", valueName: "size"))
  var memory: ByteCount?

  @Option(
    help: ArgumentHelp(
      """
      The kernel, an ELF file. Default: Debian's for ppc64el, which is fetched once. Programs of \
      big-endian systems need a big-endian one.
      """, valueName: "file"))
  var kernel: String?

  @Option(
    help: ArgumentHelp(
      """
      With --kernel: the folder with modules (virtio_pci.ko, 9p.ko, overlay.ko and what they need) of a \
      kernel that has not built them in.
      """, valueName: "folder"))
  var modules: String?

  @Option(
    help: ArgumentHelp(
      "Where kernels, roots and saved guests are kept. Default: ~/.cache/boot-test.",
      valueName: "folder"))
  var cache: String?

  func validate() throws {
    if modules != nil, kernel == nil { throw ValidationError("--modules requires --kernel") }
    if let cpu, let level = level?.level, cpu.processor.levels?.contains(level) != true {
      throw ValidationError("\(cpu.processor.name) does not have the level \(level.name)")
    }
  }

  /// The machine with a number of shared folders.
  func machine(folders: Int) -> GuestMachine {
    let limit = level ?? cpu?.compat
    let processor = cpu?.processor ?? .newest(supporting: limit?.level)
    return GuestMachine(
      processor: processor, level: limit.map(\.level) ?? processor.newestLevel,
      memory: memory?.bytes ?? GuestMachine.usualMemory, folders: folders)
  }

  /// The options as arguments of another process.
  func arguments(_ machine: GuestMachine, _ kernel: GuestCache.Kernel) -> [String] {
    ["--cpu", machine.processor.name, "--level", machine.level?.name ?? "none"]
      + ["--memory", String(machine.memory), "--kernel", kernel.path]
      + (kernel.modules.map { ["--modules", $0] } ?? [])
  }
}
