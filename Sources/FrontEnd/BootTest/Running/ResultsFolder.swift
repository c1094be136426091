import Glibc
import HostSupport
import SystemPackage

/// The folder of a suite's logs and reports.
public struct ResultsFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// Makes the folder.
  public init(_ path: String) throws(ResultsError) {
    self.path = path
    var built = FilePath(root: FilePath(path).root, [])
    for component in FilePath(path).components {
      built.append(component)
      if mkdir(built.string, 0o777) != 0, errno != EEXIST {
        throw ResultsError(path: built.string, code: errno)
      }
    }
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The file of a run; its name is derived from the run's path.
  func file(of run: String, _ suffix: String) -> String {
    file(Self.fileName(of: run) + suffix)
  }

  /// A run's path as the name of a file or folder.
  static func fileName(of run: String) -> String { String(run.map { $0 == "/" ? "-" : $0 }) }

  /// The results that an earlier run has left here; nil when there are none.
  public var earlierResults: SuiteResults? { try? ResultsReader.read(path) }

  /// Writes the console, the seconds at which each of its lines was complete, and `pseries`'s standard
  /// error if there is any.
  /// - Returns: the console log's path, or nil when it could not be written.
  func keep(_ console: [UInt8], _ times: [Double], _ remarks: [UInt8], for name: String) -> String?
  {
    let log = file(of: name, ".log")
    try? TextFile.write(
      times.map { "\($0)\n" }.joined(), to: TimedConsole.timesFile(of: log))
    if !remarks.isEmpty {
      try? TextFile.write(String(decoding: remarks, as: UTF8.self), to: log + ".stderr")
    }
    return (try? TextFile.write(String(decoding: console, as: UTF8.self), to: log)) != nil
      ? log : nil
  }

  /// Writes the reports in every format that has a file.
  public func keep(_ results: SuiteResults) throws(ResultsError) {
    for format in ReportFormat.allCases {
      guard let name = format.fileName else { continue }
      let file = file(name)
      do {
        try TextFile.write(format.report(results), to: file)
      } catch {
        throw ResultsError(path: file, code: error.rawValue)
      }
    }
  }
}

/// Why a folder or file of results cannot be made.
public struct ResultsError: Error, CustomStringConvertible {
  /// The folder or file.
  public let path: String
  /// The error number of the host.
  public let code: Int32

  /// `PATH: REASON`.
  public var description: String { "\(path): \(HostError.text(code))" }
}
