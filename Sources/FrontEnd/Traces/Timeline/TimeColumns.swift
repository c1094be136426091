/// The events of each processor, counted in equal spans of time.
///
/// There are at most a thousand spans: when one more is needed, ten become one. So a trace of any length
/// takes the same memory, and its end need not be known.
struct TimeColumns: Sendable {
  /// The most spans.
  private static let most = 1000
  /// The most processors that have a row of their own.
  static let mostProcessors = 64

  /// The nanoseconds at which the first span begins.
  private(set) var origin: UInt64?
  /// The nanoseconds of a span, a power of ten.
  private(set) var width: UInt64 = 1000
  /// The processors, in the order of their first events.
  private(set) var processors: [UInt32] = []
  private var rows: [UInt32: [KindCounts]] = [:]
  /// The events of further processors.
  private var others: [KindCounts] = []
  /// Spans up to the last event.
  private(set) var count = 0

  mutating func add(_ kind: TraceEvent.Kind, at nanoseconds: UInt64, on processor: UInt32) {
    // A whole second: spans begin at round times.
    let origin = self.origin ?? nanoseconds / 1_000_000_000 * 1_000_000_000
    self.origin = origin
    // The event around the first one of a file is earlier and comes later.
    let distance = nanoseconds < origin ? 0 : nanoseconds - origin
    while distance / width >= UInt64(Self.most) { widen() }
    let column = Int(distance / width)
    count = max(count, column + 1)
    if rows[processor] == nil {
      guard processors.count < Self.mostProcessors else { return Self.add(kind, column, &others) }
      processors.append(processor)
    }
    Self.add(kind, column, &rows[processor, default: []])
  }

  private static func add(_ kind: TraceEvent.Kind, _ column: Int, _ row: inout [KindCounts]) {
    while row.count <= column { row.append(KindCounts()) }
    row[column][kind] &+= 1
  }

  private mutating func widen() {
    width *= 10
    count = (count + 9) / 10
    for processor in processors {
      rows[processor] = rows[processor].map { Self.joined($0, by: 10) }
    }
    others = Self.joined(others, by: 10)
  }

  private static func joined(_ row: [KindCounts], by factor: Int) -> [KindCounts] {
    var joined: [KindCounts] = []
    for (index, counts) in row.enumerated() {
      if index % factor == 0 { joined.append(KindCounts()) }
      joined[index / factor] += counts
    }
    return joined
  }

  /// The rows with at most so many spans, from the first that has an event.
  func rows(atMost most: Int) -> Rows {
    var factor = 1
    let all = processors.map { rows[$0] ?? [] } + [others]
    let starts: [Int] = all.compactMap { row in row.firstIndex { $0.sum > 0 } }
    let first = starts.min() ?? 0
    // 1, 2, 5, 10, 20, 50 …: labels stay round.
    while count / factor - first / factor >= most {
      factor = String(factor).hasPrefix("2") ? factor / 2 * 5 : factor * 2
    }
    let start = first / factor
    let joined = all.map { Array(Self.joined($0, by: factor).dropFirst(start)) }
    return Rows(
      origin: (origin ?? 0) + UInt64(start * factor) * width, width: width * UInt64(factor),
      count: max((count + factor - 1) / factor - start, 0),
      processors: Array(zip(processors, joined)), others: others.isEmpty ? nil : joined.last)
  }

  /// Counts by span for a table or a drawing.
  struct Rows: Sendable {
    var origin: UInt64
    var width: UInt64
    /// Spans; a row may have fewer.
    var count: Int
    var processors: [(number: UInt32, counts: [KindCounts])]
    /// Of processors without a row of their own.
    var others: [KindCounts]?

    /// All processors together.
    var sums: [KindCounts] {
      var sums = [KindCounts](repeating: KindCounts(), count: count)
      for row in processors.map(\.counts) + [others ?? []] {
        for (index, counts) in row.enumerated() where index < count { sums[index] += counts }
      }
      return sums
    }

    /// When a span begins.
    func start(_ index: Int) -> UInt64 { origin &+ UInt64(index) &* width }
  }
}
