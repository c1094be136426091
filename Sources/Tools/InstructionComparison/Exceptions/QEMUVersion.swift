import Foundation
import GuestMemory

/// A release of QEMU: major and minor number, as in "7.2".
public struct QEMUVersion: Comparable, Sendable, CustomStringConvertible {
  /// The number before the point.
  public let major: Int
  /// The number after the point.
  public let minor: Int

  /// A release by its two numbers.
  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads the first line that `qemu-ppc64 --version` prints, for example
  /// "qemu-ppc64 version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)".
  public init?(_ text: some StringProtocol) {
    guard let range = text.range(of: " version ") else { return nil }
    let numbers = text[range.upperBound...].prefix { $0.isNumber || $0 == "." }
      .split(separator: ".").compactMap { Int($0) }
    guard numbers.count >= 2 else { return nil }
    self.init(numbers[0], numbers[1])
  }

  /// True if `a` came before `b`.
  public static func < (a: Self, b: Self) -> Bool { (a.major, a.minor) < (b.major, b.minor) }

  /// `7.2`.
  public var description: String { "\(major).\(minor)" }
}

/// An extension of the host's processor that changes which host instructions QEMU translates into.
public enum HostFeature: String, Sendable, CaseIterable {
  /// AVX-512 with byte, word and 128-bit forms: QEMU rotates and selects vector elements with it.
  case avx512 = "AVX-512"

  /// The names of `/proc/cpuinfo` that are all present when the host has the extension.
  private var flags: Set<String> {
    switch self {
    case .avx512: ["avx512f", "avx512bw", "avx512vl"]
    }
  }

  /// The extensions that the text of `/proc/cpuinfo` lists.
  static func features(processorInformation text: String) -> Set<HostFeature> {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return [] }
    let flags = Set(line.split(separator: " ").map(String.init))
    return Set(allCases.filter { $0.flags.isSubset(of: flags) })
  }
}

/// Which QEMU user modes an exception was reviewed with.
struct Review: Sendable {
  let versions: ClosedRange<QEMUVersion>
  /// The host extension without which QEMU behaves otherwise; nil when the host makes no difference.
  let hostFeature: HostFeature?

  init(_ versions: ClosedRange<QEMUVersion>, hostFeature: HostFeature? = nil) {
    self.versions = versions
    self.hostFeature = hostFeature
  }

  static let qemu7 = Review(QEMUVersion(7, 2)...QEMUVersion(7, 2))

  var text: String {
    let range =
      versions.lowerBound == versions.upperBound
      ? "\(versions.lowerBound)" : "\(versions.lowerBound) to \(versions.upperBound)"
    return "QEMU \(range)" + (hostFeature.map { " on hosts with \($0.rawValue)" } ?? "")
  }
}

/// The QEMU user mode that this host runs.
public struct QEMUPeer: Sendable, CustomStringConvertible {
  /// The first line that it prints about itself.
  public let banner: String
  /// The release, or nil where the first line of `--version` names none.
  public let version: QEMUVersion?
  /// The features of the host's processor on which QEMU's answers depend.
  public let hostFeatures: Set<HostFeature>

  init(banner: String, processorInformation: String) {
    self.banner = banner
    version = QEMUVersion(banner)
    hostFeatures = HostFeature.features(processorInformation: processorInformation)
  }

  /// Asks the program in PATH.
  public static let current: QEMUPeer = {
    let process = Process()
    let output = Pipe()
    process.executableURL = RunnerProgram.tool(RunnerProgram.emulator(.big))
    process.arguments = ["--version"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    var text = ""
    if process.executableURL != nil, (try? process.run(atMost: 10)) != nil {
      text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
    }
    return QEMUPeer(
      banner: text.split(separator: "\n").first.map(String.init) ?? "",
      processorInformation: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")
  }()

  /// Whether the review list was made with this release.
  public var isReviewed: Bool { version.map(Review.qemu7.versions.contains) ?? false }

  /// The first line of `--version`, and with which features of the host.
  public var description: String {
    let features = HostFeature.allCases.map {
      hostFeatures.contains($0) ? "with \($0.rawValue)" : "without \($0.rawValue)"
    }
    return "QEMU \(version.map { "\($0)" } ?? "of unknown version") on a host "
      + features.joined(separator: ", ")
  }
}
