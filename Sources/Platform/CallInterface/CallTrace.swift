internal import HostSupport

/// One served call, for traces.
public struct CallTrace: Sendable, CustomStringConvertible {
  /// The specification's name, or a number where it has none.
  public let name: String
  /// The argument cells that the guest gave, in order.
  public let arguments: [UInt64]
  /// The status cell as a signed number.
  public let status: Int64
  /// The cells that went back to the guest after the status.
  public let results: [UInt64]
  /// When it was served; nil where no clock is connected.
  public let span: CallSpan?

  /// A call with its arguments, the status as a signed number, and the results.
  public init(
    name: String, arguments: CallCells, status: Int64, results: CallCells, span: CallSpan? = nil
  ) {
    self.name = name
    self.arguments = arguments.array
    self.status = status
    self.results = results.array
    self.span = span
  }

  /// As in `H_ENTER(0x0, 0x1f8) = 0 [0x1f8]`.
  public var description: String {
    let list = { (cells: [UInt64]) in
      cells.map { $0.hexadecimal() }.joined(separator: ", ")
    }
    return "\(name)(\(list(arguments))) = \(status)"
      + (results.isEmpty ? "" : " [\(list(results))]")
  }
}
