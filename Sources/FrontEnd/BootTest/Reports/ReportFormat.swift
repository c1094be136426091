/// The formats of results.
public enum ReportFormat: String, CaseIterable, Sendable {
  case text
  case json
  case junit
  case ktap

  /// The results in this form.
  public func report(_ results: SuiteResults) -> String {
    switch self {
    case .text: TextReport.report(results)
    case .json: JSONReport.report(results)
    case .junit: JUnitReport.report(results)
    case .ktap: KTAPReport.report(results)
    }
  }

  /// The file name's extension, without the point.
  public var fileExtension: String {
    switch self {
    case .text: "txt"
    case .json: "json"
    case .junit: "xml"
    case .ktap: "ktap"
    }
  }
}
