import Glibc
import HostSupport

/// The results folder of a run of some of a plan's cells.
struct ResultsPart {
  let folder: String
  let results: SuiteResults

  /// - Throws: why the folder has no results.
  init(_ folder: String) throws(SuiteError) {
    self.folder = folder
    results = try ResultsReader.read(folder)
  }

  /// The cells that ran to their end.
  var finished: [CellResult] { results.results.filter { !$0.isInterrupted } }

  /// Copies the files of a cell into a folder of results.
  /// - Returns: its result, with the log that is there.
  func take(_ result: CellResult, into output: ResultsFolder) throws(MergeError) -> CellResult {
    let label = ResultsFolder.fileName(of: result.name)
    do throws(InputError) {
      for (name, kind) in try InputFolder(opening: folder).entries(limit: InputLimit.text)
      where kind == .file && name.hasPrefix(label) {
        // Another cell's name may begin with this one's.
        guard let next = name.dropFirst(label.count).first, ".#@".contains(next) else { continue }
        try Self.copy("\(folder)/\(name)", to: output.file(name))
      }
    } catch {
      throw .files("\(error)")
    }
    var result = result
    result.log = result.logName.map(output.file)
    return result
  }

  /// Copies a file, unless both are the same.
  private static func copy(_ source: String, to destination: String) throws(InputError) {
    func failure(_ path: String) -> InputError { InputError(path, .host(errno)) }
    let from = open(source, O_RDONLY | O_CLOEXEC)
    guard from >= 0 else { throw failure(source) }
    defer { close(from) }
    var (one, other) = (stat(), stat())
    guard fstat(from, &one) == 0 else { throw failure(source) }
    if stat(destination, &other) == 0, one.st_dev == other.st_dev, one.st_ino == other.st_ino {
      return
    }
    let to = open(destination, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard to >= 0 else { throw failure(destination) }
    defer { close(to) }
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(from, &piece, piece.count)
      guard count >= 0 else { throw failure(source) }
      if count == 0 { return }
      let error = WholeWrite.write(Array(piece[..<count]), to: to)
      guard error == 0 else { throw InputError(destination, .host(error)) }
    }
  }
}
