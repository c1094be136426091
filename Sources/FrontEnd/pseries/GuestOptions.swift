internal import ArgumentParser
internal import Devices
internal import DomainDescription
internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineOptions
internal import MachineDescription

/// What the machine boots.
struct GuestOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A kernel or client program: an ELF file, also compressed.", valueName: "file"))
  var kernel: String?

  @Option(help: ArgumentHelp("An initial RAM disk.", valueName: "file"))
  var initrd: String?

  @Option(
    name: [.customLong("append"), .customLong("bootargs")], parsing: .unconditional,
    help: ArgumentHelp("The kernel's command line.", valueName: "text"))
  var append: String?

  @Option(
    help: ArgumentHelp(
      "A device tree that replaces the machine's own, for --entry flat.", valueName: "file"))
  var dtb: String?

  @Option(
    name: .customLong("nvram-file"),
    help: ArgumentHelp(
      """
      The contents of NVRAM, a file that is made if there is none; what the guest stores is written there \
      at once. A guest that arrives has its own NVRAM.
      """, valueName: "file"))
  var nvramFile: String?

  @Option(
    help: ArgumentHelp(
      """
      Seconds for which the firmware waits for Esc or F12, which show its boot menu, before it boots \
      from a disk.
      """, valueName: "seconds"))
  var bootMenu: Double?

  func validate() throws {
    if let bootMenu, !(0...3600).contains(bootMenu) {
      throw ValidationError("--boot-menu: from 0 to 3600 seconds")
    }
  }

  /// Adds what they say to a machine, and what a domain says where they are silent.
  func apply(
    to configuration: inout MachineConfiguration, _ machine: MachineOptions,
    domain: DomainDescription?
  ) throws(CommandError) {
    configuration.bootMenuSeconds = bootMenu ?? domain?.bootMenuSeconds
    if let append { configuration.description.bootArguments = append }
    guard let kernel = kernel ?? domain?.kernel else {
      let description = configuration.description
      if !description.devices.storage.isEmpty || !description.bootOrder.isEmpty,
        !machine.boot.areTestGuest
      {
        for (option, value) in [("--initrd", initrd), ("--dtb", dtb)] where value != nil {
          throw CommandError.usage("\(option) requires --kernel")
        }
        guard description.entry == .openFirmware else {
          throw CommandError.usage(
            "--entry flat: what a disk or a network boots needs the client interface")
        }
        configuration.program = .disks
        return try loadNVRAM(&configuration)
      }
      if let domain, domain.hasOtherBoot, !machine.boot.areTestGuest {
        throw CommandError(
          "the domain has no <kernel> and no <disk>, and this machine starts from nothing else")
      }
      for (option, value) in [("--initrd", initrd), ("--dtb", dtb)] where value != nil {
        throw CommandError.usage("\(option) requires --kernel")
      }
      return try loadNVRAM(&configuration)
    }
    if !machine.boot.isEmpty { throw CommandError.usage("--boot: --kernel is what is booted") }
    let file = try Self.file(kernel)
    if let dtb {
      guard configuration.description.entry == .flat else {
        throw CommandError.usage("--dtb: only --entry flat takes a tree")
      }
      configuration.program = .flat(
        file, tree: GuestFile(try Files.readBlob(dtb), name: dtb))
    } else {
      configuration.program = .file(file)
    }
    // A domain's RAM disk belongs to its kernel.
    if let initrd = initrd ?? (self.kernel == nil ? domain?.initrd : nil) {
      configuration.initrd = try Self.file(initrd)
    }
    try loadNVRAM(&configuration)
  }

  private static func file(_ path: String) throws(CommandError) -> GuestFile {
    do throws(InputError) { return try GuestFile(InputFile(opening: path)) } catch {
      throw CommandError(error)
    }
  }

  private func loadNVRAM(_ configuration: inout MachineConfiguration) throws(CommandError) {
    guard let nvramFile else { return }
    guard let nvram = configuration.description.devices.nvram else {
      throw CommandError.usage("--nvram-file: there is --no-nvram")
    }
    // A file that is not there yet is made when the machine is.
    guard access(nvramFile, F_OK) == 0 else { return }
    let contents = try Files.read(nvramFile, limit: Int(nvram.size))
    guard contents.count == nvram.size else {
      throw CommandError.usage(
        "--nvram-file: \(nvramFile) has \(contents.count) bytes, the NVRAM \(nvram.size)")
    }
    // Zeros are an NVRAM that has not been used.
    if contents.allSatisfy({ $0 == 0 }) { return }
    if let offset = NVRAM.damage(in: contents) {
      throw CommandError.usage(
        "--nvram-file: \(nvramFile) has no NVRAM partition at offset \(offset.hexadecimal()); without the "
          + "file a new one is made")
    }
    configuration.nvram = contents
  }

  /// Has what the guest stores in its NVRAM written to the file.
  func connectNVRAM(of machine: PowerMachine) throws(CommandError) -> NVRAMFile? {
    guard let nvramFile, machine.description.devices.nvram != nil else { return nil }
    let file = try NVRAMFile(nvramFile, contents: machine.nvramContents)
    machine.connectNVRAM { file.store($0, at: $1) }
    return file
  }
}
