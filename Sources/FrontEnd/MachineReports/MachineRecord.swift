internal import DeviceTree
internal import HostSupport
internal import JSON
internal import LinuxView
public import Machine
internal import Synchronization

/// What a machine's observers saw, with times: starts of programs and negotiations.
///
/// The report of a machine has it among its members: `clock`, the seconds of the host's monotonic
/// clock from which the others count; `starts`, the seconds at which a program was entered; and
/// `negotiations`, each with its `seconds`, its `steps`, the `changes` of the tree, and the `features`
/// that a Linux guest derives from the new tree: `cpu`, `platform`, `hwcap` and `hwcap2`. Lists are
/// bounded; `negotiationsNotKept` counts the negotiations of a guest that repeats them.
public final class MachineRecord: Sendable {
  private struct Negotiation {
    var nanoseconds: UInt64
    var steps: [String]
    var changes: [String] = []
    var features: LinuxFeatures?
  }

  private struct Contents {
    var starts: [UInt64] = []
    var tree: DeviceTree?
    var negotiations: [Negotiation] = []
    var negotiationsNotKept = 0
  }

  private let start = HostTime.monotonic
  private let contents = Mutex(Contents())

  /// The most starts and negotiations that are kept.
  private static let limit = 16
  /// The most changes of a tree, and characters of one.
  private static let changeLimit = 500
  private static let lengthLimit = 2000

  /// An empty record; its times count from here.
  public init() {}

  private var elapsed: UInt64 { HostTime.monotonic &- start }

  /// Adds the record to `observers`, behind those that are there.
  public func observe(_ observers: inout MachineObservers) {
    let (start, negotiation, tree) = (observers.start, observers.negotiation, observers.tree)
    observers.start = { [self] entry, kernel in
      start?(entry, kernel)
      contents.withLock { if $0.starts.count < Self.limit { $0.starts.append(elapsed) } }
    }
    observers.negotiation = { [self] text in
      negotiation?(text)
      add(text)
    }
    observers.tree = { [self] blob, isNegotiated in
      tree?(blob, isNegotiated)
      add(blob, isNegotiated: isNegotiated)
    }
  }

  private func add(_ text: String) {
    contents.withLock { contents in
      guard contents.negotiations.count < Self.limit else {
        contents.negotiationsNotKept += 1
        return
      }
      let steps = text.split(separator: "\n").map(Self.bounded)
      contents.negotiations.append(
        Negotiation(nanoseconds: elapsed, steps: Array(steps.prefix(Self.changeLimit))))
    }
  }

  private func add(_ blob: [UInt8], isNegotiated: Bool) {
    let tree = try? DeviceTree(blob: blob)
    contents.withLock { contents in
      defer { contents.tree = tree }
      // The tree of a negotiation that is not kept belongs to none of those that are.
      guard isNegotiated, contents.negotiationsNotKept == 0, let tree,
        let last = contents.negotiations.indices.last
      else { return }
      var changes = contents.tree?.differences(to: tree).map { Self.bounded("\($0)") } ?? []
      if changes.count > Self.changeLimit {
        let more = changes.count - Self.changeLimit
        changes = changes.prefix(Self.changeLimit) + ["… and \(more) more"]
      }
      contents.negotiations[last].changes = changes
      contents.negotiations[last].features = LinuxFeatures(tree)
    }
  }

  private static func bounded(_ line: some StringProtocol) -> String {
    let kept = line.prefix(lengthLimit)
    return kept.endIndex == line.endIndex
      ? String(line) : "\(kept)… (\(line.count - lengthLimit) more characters)"
  }

  /// The members for a report.
  var json: [(String, JSONValue)] {
    let contents = contents.withLock { $0 }
    return [
      ("clock", Self.seconds(start)),
      ("starts", .array(contents.starts.map(Self.seconds))),
      ("negotiations", .array(contents.negotiations.map(Self.json))),
      ("negotiationsNotKept", .integer(contents.negotiationsNotKept)),
    ]
  }

  private static func json(_ negotiation: Negotiation) -> JSONValue {
    [
      "seconds": seconds(negotiation.nanoseconds),
      "steps": .array(negotiation.steps.map { .string($0) }),
      "changes": .array(negotiation.changes.map { .string($0) }),
      "features": negotiation.features.map { features in
        [
          "cpu": .string(features.processor.name),
          "platform": .string(features.processor.platform),
          "hwcap": .string(features.capabilities.rawValue.hexDigits(8)),
          "hwcap2": .string(features.capabilities2.rawValue.hexDigits(8)),
        ]
      },
    ]
  }

  /// Seconds with microseconds.
  private static func seconds(_ nanoseconds: UInt64) -> JSONValue {
    .decimal((Double(nanoseconds) / 1e3).rounded() / 1e6)
  }
}
