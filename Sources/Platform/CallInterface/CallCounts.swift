/// How often calls were made, by their numbers.
public struct CallCounts: Sendable {
  /// The calls of one number.
  public struct Count: Hashable, Sendable {
    /// All of them.
    public var calls: UInt64 = 0
    /// Those that returned an error.
    public var errors: UInt64 = 0
  }

  /// The calls of each number that has a row in the interface's table.
  public private(set) var known: [UInt64: Count] = [:]
  /// The calls of all other numbers, of which a guest can make up any.
  public private(set) var unknown = Count()

  /// No calls.
  public init() {}

  /// Counts a call.
  /// - Parameters:
  ///   - number: nil for one that has no row in the interface's table.
  ///   - isError: whether its status was an error.
  public mutating func add(_ number: UInt64?, isError: Bool) {
    let count = Count(calls: 1, errors: isError ? 1 : 0)
    if let number {
      known[number, default: Count()] += count
    } else {
      unknown += count
    }
  }
}

extension CallCounts.Count {
  fileprivate static func += (sum: inout Self, count: Self) {
    sum.calls &+= count.calls
    sum.errors &+= count.errors
  }
}
