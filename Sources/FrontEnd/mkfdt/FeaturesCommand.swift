internal import HostSupport
internal import MachineOptions
internal import ArgumentParser
internal import DeviceTree
internal import JSON
internal import LinuxView
internal import MachineDescription
internal import PlatformTree
internal import PowerISA

struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract:
      "Print the level and the auxiliary-vector words that a Linux guest derives from a tree.",
    discussion: """
      The words are those of early boot. A kernel whose performance monitor starts adds ebb \
      (0x10000000) to AT_HWCAP2 from POWER8 on; one built without transactional memory \
      leaves htm and htm-nosc out.

      Example:
        mkfdt --compat power6 | mkfdt features -
      """)

  @Argument(help: "A blob or source, - for standard input; or a folder such as /proc/device-tree.")
  var file: String

  @OptionGroup var answer: AnswerOptions

  func run() throws {
    guard let features = try LinuxFeatures(Files.readTree(file)) else {
      throw CommandError("\(file): there is no boot processor with a cpu-version")
    }
    if answer.isJSON {
      return try Files.writeToStandardOutput(Array(json(features).text().utf8))
    }
    let isa = features.level.map { ", ISA \($0.isa)" } ?? ""
    let lines = [
      ("cpu-version", features.processorVersion.hexadecimal(digits: 8)),
      ("level", (features.level?.name ?? "none, the processor as it is") + isa),
      ("cpu", features.processor.name),
      (
        "AT_HWCAP",
        features.capabilities.rawValue.hexadecimal(digits: 8) + ": "
          + features.capabilities.names.spaced
      ),
      (
        "AT_HWCAP2",
        features.capabilities2.rawValue.hexadecimal(digits: 8) + ": "
          + features.capabilities2.names.spaced
      ),
      ("AT_PLATFORM", features.processor.platform),
    ]
    let text = lines.map { name, value in
      name + String(repeating: " ", count: 12 - name.count) + value + "\n"
    }
    try Files.writeToStandardOutput(Array(text.joined().utf8))
  }

  private func json(_ features: LinuxFeatures) -> JSONValue {
    func strings(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
    return [
      "cpu-version": .string(features.processorVersion.hexadecimal(digits: 8)),
      "level": features.level.map { .string($0.name) } ?? .null,
      "isa": features.level.map { "\($0.isa)" } ?? .null,
      "cpu": .string(features.processor.name),
      "hwcap": .string(features.capabilities.rawValue.hexadecimal(digits: 8)),
      "hwcap-names": strings(features.capabilities.names),
      "hwcap2": .string(features.capabilities2.rawValue.hexadecimal(digits: 8)),
      "hwcap2-names": strings(features.capabilities2.names),
      "platform": .string(features.processor.platform),
    ]
  }
}

extension [String] {
  fileprivate var spaced: String { isEmpty ? "none" : joined(separator: " ") }
}
