extension MigrationStatistics: CustomStringConvertible {
  /// The statistics as one line of text.
  public var description: String {
    let megabytes = (Double(transferred) / 1e5).rounded() / 10
    let still = downtime.map { ", \(Self.milliseconds($0)) ms of them standing still" } ?? ""
    return
      "moved in \(Self.milliseconds(totalTime)) ms\(still): \(megabytes) MB, \(pages) pages in "
      + "\(passes) \(passes == 1 ? "pass" : "passes")"
  }

  private static func milliseconds(_ value: Double) -> String {
    value < 10 ? "\((value * 10).rounded() / 10)" : "\(Int(value.rounded()))"
  }
}
