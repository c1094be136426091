internal import CallInterface
internal import HostSupport
internal import Hypervisor
internal import PlatformTree

/// How often a guest made a call.
public struct CallStatistics: Hashable, Sendable {
  /// The specification's name; "others" for all that have none.
  public var name: String
  /// The number of calls.
  public var calls: UInt64
  /// Those that returned an error.
  public var errors: UInt64
}

extension PowerMachine {
  /// The hypercalls that the guest made in this process, the most frequent first.
  public var hypercallStatistics: [CallStatistics] {
    statistics(partition.lock.withLock { partition.hypercallCounts }) { hypercalls[$0]?.name }
  }

  /// The RTAS calls that the guest made in this process, the most frequent first.
  public var rtasStatistics: [CallStatistics] {
    let names = served.rtas.map { (UInt64($0.token), $0.name) }
    let byToken = Dictionary(names, uniquingKeysWith: { first, _ in first })
    return statistics(partition.lock.withLock { partition.rtasCounts }) { byToken[$0] }
  }

  private func statistics(_ counts: CallCounts, name: (UInt64) -> String?) -> [CallStatistics] {
    var list = counts.known.map { number, count in
      CallStatistics(
        name: name(number) ?? number.hexadecimal(), calls: count.calls, errors: count.errors)
    }
    if counts.unknown.calls > 0 {
      list.append(
        CallStatistics(
          name: "others", calls: counts.unknown.calls, errors: counts.unknown.errors))
    }
    return list.sorted { ($1.calls, $0.name) < ($0.calls, $1.name) }
  }
}
