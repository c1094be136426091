/// One run of a cell, which can be done by itself, on any machine.
public struct PlannedCell: Sendable {
  /// What is run.
  public var cell: Cell
  /// The cell's name, and the number of the repetition after the first: `boot/power9/none+2`.
  public var name: String

  /// Every cell so many times: all of them once, then all of them again.
  public static func list(_ cells: [Cell], repetitions: Int = 1) -> [PlannedCell] {
    (1...repetitions).flatMap { repetition in
      cells.map {
        PlannedCell(cell: $0, name: repetition == 1 ? $0.name : "\($0.name)+\(repetition)")
      }
    }
  }

  /// The run of exactly this name; nil when none of the cells has it.
  public static func named(_ name: String, in cells: [Cell]) -> PlannedCell? {
    let cell =
      cells.first { $0.name == name }
      ?? cells.first { $0.name == CellResult(name: name, verdict: .passed).cellName }
    return cell.map { PlannedCell(cell: $0, name: name) }
  }
}
