/// The formats of results.
public enum ReportFormat: String, CaseIterable, Sendable {
  case text
  case json
  case junit
  case ktap
  case tap
  case html
  case github
  case lava

  /// The results in this form.
  public func report(_ results: SuiteResults) -> String {
    switch self {
    case .text: TextReport.report(results)
    case .json: JSONReport.report(results)
    case .junit: JUnitReport.report(results)
    case .ktap: KTAPReport.report(results)
    case .tap: TAPReport.report(results)
    case .html: HTMLReport.report(results)
    case .github: GitHubReport.report(results)
    case .lava: LAVAReport.report(results)
    }
  }

  /// The name of its file in a folder of results; nil for lines that a CI system reads in the output of
  /// a job.
  public var fileName: String? {
    switch self {
    case .text: "results.txt"
    case .json: ResultsReader.fileName
    case .junit: "results.xml"
    case .ktap: "results.ktap"
    case .tap: "results.tap"
    case .html: "report.html"
    case .github, .lava: nil
    }
  }
}
