/// An instruction that must be rejected in a cell's problem state.
public struct ExpectedRejection: Sendable, Equatable, CustomStringConvertible {
  /// The mnemonic, with the register after a blank for moves to and from special-purpose registers.
  public var instruction: String
  /// The version of the ISA that introduced it.
  public var level: String?
  /// The active compatibility level.
  public var inForce: String?
  /// The program that executed it.
  public var program: String?

  /// An instruction, and optionally the level that brought it, the active level and the program.
  public init(
    instruction: String, level: String? = nil, inForce: String? = nil, program: String? = nil
  ) {
    (self.instruction, self.level) = (instruction, level)
    (self.inForce, self.program) = (inForce, program)
  }

  func agrees(with rejected: ReportedRejection) -> Bool {
    func agree(_ wanted: String?, _ actual: String?) -> Bool { wanted == nil || wanted == actual }
    return instruction == rejected.name && agree(level, rejected.level)
      && agree(inForce, rejected.compatibility) && agree(program, rejected.program)
  }

  /// The parts as a suite file has them, with commas between.
  public var description: String {
    instruction + (level.map { ", ISA \($0)" } ?? "") + (inForce.map { ", at \($0)" } ?? "")
      + (program.map { ", in \($0)" } ?? "")
  }

  /// The difference of a run's rejections from this expectation; nil when this one is among them.
  /// - Parameter rejected: nil when the machine wrote no report.
  func difference(from rejected: [ReportedRejection]?) -> String? {
    guard let rejected else { return "refused: expected \(self), but pseries made no report" }
    if rejected.contains(where: agrees) { return nil }
    return "refused: expected \(self), " + (rejected.isEmpty ? "nothing was" : "others were")
  }
}
