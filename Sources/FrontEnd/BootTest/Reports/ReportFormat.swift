/// The formats of results.
public enum ReportFormat: String, CaseIterable, Sendable {
  case text
  case json
  case junit
  case ktap
  case html

  /// The results in this form.
  public func report(_ results: SuiteResults) -> String {
    switch self {
    case .text: TextReport.report(results)
    case .json: JSONReport.report(results)
    case .junit: JUnitReport.report(results)
    case .ktap: KTAPReport.report(results)
    case .html: HTMLReport.report(results)
    }
  }

  /// The name of its file in a folder of results.
  public var fileName: String {
    switch self {
    case .text: "results.txt"
    case .json: "results.json"
    case .junit: "results.xml"
    case .ktap: "results.ktap"
    case .html: "report.html"
    }
  }
}
