import ArgumentParser
import DiskFormats
import DiskSamples

/// Partition tables, ISO 9660 file systems and boot scripts, of which a few bytes are wrong.
struct FuzzDisk: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disk", abstract: "Disks: MBR, GPT, ISO 9660, bootinfo.txt.")

  @OptionGroup var options: FuzzOptions

  func run() throws {
    try options.run("disk") { generator in
      if generator.below(4) == 0 { return Self.readScript(&generator) }
      return DamagedMedium.examine(DamagedMedium.make(&generator)).map { "\($0) places" }
    }
  }

  private static let script = Array(
    "<chrp-boot><boot-script>boot &amp;device;:1,\\boot\\x a=b </boot-script></chrp-boot>".utf8)

  /// Arguments that were read are the same when they are written and read again.
  private static func readScript(_ generator: inout InputGenerator) -> String? {
    guard let information = try? BootInformation(generator.mutate(script)) else {
      return "no script"
    }
    let again = try? DeviceArguments("\(information.program)")
    return again == information.program ? "a script" : nil
  }
}
