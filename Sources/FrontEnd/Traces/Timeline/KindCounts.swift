/// A number for each kind of event.
struct KindCounts: Equatable, Sendable {
  private var counts = [UInt64](repeating: 0, count: TraceEvent.Kind.allCases.count)

  subscript(kind: TraceEvent.Kind) -> UInt64 {
    get { counts[kind.index] }
    set { counts[kind.index] = newValue }
  }

  /// All of them.
  var sum: UInt64 { counts.reduce(0, &+) }

  static func += (total: inout KindCounts, other: KindCounts) {
    for index in total.counts.indices { total.counts[index] &+= other.counts[index] }
  }
}

extension TraceEvent.Kind {
  /// The place among all kinds.
  fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
