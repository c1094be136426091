import ArgumentParser
import Glibc
import HostSupport

/// Feeds generated input to whatever reads files or guest memory.
///
/// A trap is the finding; so is an input whose result contradicts itself. Inputs depend on the seed
/// and the number of the input alone: `--first N --inputs 1` gives one of them again.
@main
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz",
    abstract:
      "Feeds generated input to the parsers; a crash or an inconsistent result is a finding.",
    subcommands: [
      FuzzClient.self, FuzzDebugger.self, FuzzDisk.self, FuzzDMA.self, FuzzDomain.self,
      FuzzELF.self, FuzzFiles.self,
      FuzzLAN.self, FuzzNVMe.self, FuzzRegisters.self, FuzzSCSI.self, FuzzShare.self,
      FuzzSource.self, FuzzState.self, FuzzTFTP.self, FuzzTrace.self, FuzzTree.self,
      FuzzVector.self,
      FuzzVirtIO.self,
    ])
}

/// Options of every subject.
struct FuzzOptions: ParsableArguments {
  @Option(help: "How many inputs.")
  var inputs = 1_000_000

  @Option(help: "Number of the first input, to try one again.")
  var first = 0

  @Option(help: "What all inputs depend on.")
  var seed: UInt64 = 1

  /// The longest time that the processor may need for an input.
  private static let mostTime = 10 * CLOCKS_PER_SEC

  /// Runs a subject over the inputs and prints a report.
  /// - Parameter body: takes a generator that belongs to one input; gives the class of its result,
  ///   or nil when the result contradicts itself.
  func run(_ subject: String, _ body: (inout InputGenerator) -> String?) throws {
    var classes: [String: Int] = [:]
    var findings = 0
    let start = clock()
    for number in first..<first + max(inputs, 0) {
      var generator = InputGenerator(seed: seed, input: number)
      let began = clock()
      let result = body(&generator)
      let isSlow = clock() - began > Self.mostTime
      if let result { classes[result, default: 0] += 1 }
      if result != nil, !isSlow { continue }
      findings += 1
      print(
        "\(subject): input \(number) (seed \(seed)) "
          + (result == nil ? "contradicts itself" : "takes too long"))
    }
    let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    print("\(subject): \(inputs) inputs in \(seconds) s, \(findings) findings")
    for (result, count) in classes.sorted(by: { $0.value > $1.value }) {
      print("  \(count)  \(result)")
    }
    if findings > 0 { throw ExitCode.failure }
  }
}

/// Random numbers of one input.
struct InputGenerator: RandomNumberGenerator {
  private var numbers: SplitMix64

  init(seed: UInt64, input: Int) {
    numbers = SplitMix64(
      state: seed &* 0x2545_f491_4f6c_dd1d ^ UInt64(truncatingIfNeeded: input))
    for _ in 0..<2 { numbers.state = next() }
  }

  mutating func next() -> UInt64 { numbers.next() }

  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<max(limit, 1), using: &self) }

  /// A copy of `bytes` with some of them changed, taken away, added or moved.
  mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...below(8) {
      let at = below(bytes.count)
      switch below(7) {
      case 0 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8(below(8))
      case 1 where !bytes.isEmpty: bytes[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)]
      case 2 where !bytes.isEmpty: bytes[at] = UInt8(truncatingIfNeeded: next())
      case 3: bytes.removeLast(min(bytes.count, below(64)))
      case 4 where !bytes.isEmpty: bytes.removeSubrange(at..<min(bytes.count, at + below(16)))
      case 5: bytes.insert(contentsOf: (0..<below(16)).map { UInt8($0) }, at: at)
      default: bytes += bytes.suffix(below(32))
      }
    }
    return bytes
  }
}
