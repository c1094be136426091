import ArgumentParser
import DomainDescription
import MachineDescription
import PowerISA

/// Domain descriptions: reading, choosing a processor, and the machine that comes of it.
struct FuzzDomain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "domain", abstract: "libvirt domains, and the machines they describe.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    try options.run("domain") { generator in
      let bytes = Self.input(&generator)
      let hosts = ProcessorModel.all.map(Optional.some) + [nil, nil, nil]
      return Self.describe(bytes, host: hosts[generator.below(hosts.count)])
    }
  }

  /// The result in a word, nil when the machine is not what was asked for.
  private static func describe(_ bytes: [UInt8], host: ProcessorModel?) -> String? {
    let description: MachineDescription
    do throws(DomainError) {
      description = try DomainDescription(bytes, file: "x").machine(host: host).description
    } catch {
      guard error.line >= 0, !error.reason.isEmpty else { return nil }
      return "refused: \(error.kind)"
    }
    if let host, description.processor != host { return nil }
    if let level = description.maximumLevel, !description.processor.supports(level) { return nil }
    do throws(MachineDescriptionError) {
      try description.validate()
    } catch {
      return "no machine: \(error.option.rawValue)"
    }
    guard (try? QEMUCommandLine(description).arguments()) != nil else {
      return description.processor == .power6 ? "accepted, not by QEMU" : nil
    }
    return "accepted"
  }

  /// Values that stand in the right places, some of them wrong, then perhaps changed bytes.
  static func input(_ generator: inout InputGenerator) -> [UInt8] {
    // Mostly the first choice: one wrong value hides what comes after it.
    func any(_ choices: String...) -> String {
      generator.below(16) > 0 ? choices[0] : choices[generator.below(choices.count)]
    }
    func number() -> String {
      any("1", "2", "4", "8", "64", "2048", "0", "-1", "9999999999999999999999", "", "x", "1 ", "٣")
    }
    let sizes = any("1048576", "262144", "4194304", "1", "18446744073709551615", number())
    let unit = any("KiB", "MiB", "GiB", "TiB", "b", "KB", "PB", "")
    let (mode, model) = [
      ("host-model", "power6"), ("host-model", "power7"), ("host-model", "power9"),
      ("host-model", "power42"), ("host-model", ""), ("host-passthrough", ""),
      ("custom", "POWER7_v2.1"), ("custom", "POWER8"), ("custom", "POWER11"), ("custom", ""),
      ("custom", "POWERPC_e5500"), ("maximum", "POWER9"), ("", "POWER6"),
    ][generator.below(13)]
    let cell = """
      <cell id='\(any("0", number()))' cpus='\(any("0", "0-3", "0-3,^2", "3-0", "-", number()))' \
      memory='\(sizes)' unit='\(unit)'/>
      """
    let text = """
      <?xml version='1.0'?>
      <domain type='\(any("kvm", "qemu", "xen"))'>
        <name>\(any("g", "&lt;", "&#10;", "x"))</name>
        <memory unit='\(unit)'>\(sizes)</memory>
        <vcpu current='\(any("1", number()))'>\(number())</vcpu>
        <os><type arch='\(any("ppc64", "ppc64le", "x86_64"))' \
      machine='\(any("pseries", "pseries-7.2", "powernv"))'>hvm</type>
          <kernel>/k</kernel><cmdline>console=hvc0</cmdline></os>
        <features><hpt resizing='\(any("enabled", "disabled", "maybe"))'>\
      <maxpagesize>\(any("64", "16384", number()))</maxpagesize></hpt></features>
        <cpu \(mode.isEmpty ? "" : "mode='\(mode)'") match='\(any("exact", "minimum", "strict"))'>
          <model fallback='\(any("allow", "forbid"))'>\(model)</model>
          <topology sockets='\(number())' cores='1' threads='\(number())'/>
          \(generator.below(3) == 0 ? "<numa>\(cell)</numa>" : "")
        </cpu>
        <devices><disk/><console type='pty'/>\(any("", "<serial/>", "<nvram/>"))</devices>
      </domain>
      """
    let bytes = Array(text.utf8)
    return generator.below(2) == 0 ? generator.mutate(bytes) : bytes
  }
}
