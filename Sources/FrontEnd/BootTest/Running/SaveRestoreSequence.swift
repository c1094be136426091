import HostSupport

/// A guest that is saved at random points and restored in another process. Its output up to a point
/// and after it must be that of the run without interruption.
struct SaveRestoreSequence {
  struct Point {
    /// The number of completed instructions at the point.
    var instructions: UInt64
    /// The processor on which it is restored.
    var destination: String
    /// The engines before and after the point.
    var engines: (before: String, after: String)?
  }

  private let cell: Cell
  private let whole: [UInt8]
  private let seed: UInt64
  let log: String?
  private var points: [Point]
  /// The output up to the point; nil until it has been saved there.
  private var before: [UInt8]?
  private(set) var findings: [String] = []

  /// The current point; nil after the last one.
  var point: Point? { points.last }

  /// - Parameters:
  ///   - whole: the console of the whole run.
  ///   - instructions: the number of instructions of the whole run.
  init(_ cell: Cell, whole: [UInt8], instructions: UInt64, seed: UInt64, log: String?) {
    (self.cell, self.whole, self.seed, self.log) = (cell, whole, seed, log)
    // Each cell has points of its own, whichever others run.
    var random = SplitMix64(
      state: cell.name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
    let processors = [cell.processor] + cell.destinations
    // Several processors are saved when all have had their turns; the guest must not end before.
    let end = max(instructions - instructions / 100, 2)
    points = (0..<cell.saves).map { _ in
      var point = Point(
        instructions: .random(in: 1..<end, using: &random),
        destination: processors.randomElement(using: &random) ?? cell.processor)
      if let before = cell.passageEngines.randomElement(using: &random),
        let after = cell.passageEngines.randomElement(using: &random)
      {
        point.engines = (before, after)
      }
      return point
    }
  }

  /// The arguments of the next process.
  /// - Parameter arguments: those of the whole run.
  func arguments(_ arguments: [String], _ file: String) -> [String]? {
    point.map { point in
      let engine = before == nil ? point.engines?.before : point.engines?.after ?? cell.engine
      let part =
        before == nil
        ? arguments + ["--save", file, "--save-at", "\(point.instructions)"]
        : ["--restore", file, "--cpu", point.destination]
      return part + (engine.map { ["--engine", $0] } ?? [])
    }
  }

  /// Judges a process that has ended.
  /// - Returns: whether the saved state is no longer needed.
  mutating func finish(_ ending: Ending, _ bytes: [UInt8], _ remarks: [UInt8]) -> Bool {
    guard let point else { return false }
    let expected = before == nil ? 0 : cell.exitStatus
    guard ending == .exited(expected) else {
      let said = String(decoding: remarks, as: UTF8.self).split(separator: "\n").last ?? ""
      complain(point, "\(ending) \(said)")
      return false
    }
    guard let before else {
      self.before = bytes
      return false
    }
    if let place = difference(before + bytes, on: point.destination) {
      complain(point, "other text than without interruption, from \(place)")
      return false
    }
    leave()
    return true
  }

  private mutating func complain(_ point: Point, _ text: String) {
    let part = before == nil ? "saving" : "on \(point.destination)"
    findings.append("saved at \(point.instructions) of seed \(seed), \(part): \(text)")
    leave()
  }

  private mutating func leave() {
    points.removeLast()
    before = nil
  }

  private func difference(_ bytes: [UInt8], on destination: String) -> String? {
    if destination == cell.processor { return CellRun.difference(whole, bytes) }
    return CellRun.difference(constant(whole), constant(bytes))
  }

  /// The console without the parts that depend on the processor: lines that may vary, and times.
  private func constant(_ bytes: [UInt8]) -> [UInt8] {
    let matchers = cell.varying.map { $0.matcher() }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    return lines.map { line in
      matchers.contains { $0.matches(line) } ? "" : String(line.dropKernelTime)
    }.joined(separator: "\n").utf8.map { $0 }
  }
}

extension String {
  /// Without the time that kernels print before a message, `[    0.104318]`.
  fileprivate var dropKernelTime: Substring {
    guard first == "[", let end = firstIndex(of: "]"),
      self[..<end].dropFirst().allSatisfy({ " .0123456789".contains($0) })
    else { return self[...] }
    return self[index(after: end)...]
  }
}
