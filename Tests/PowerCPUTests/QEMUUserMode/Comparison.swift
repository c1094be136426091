import Foundation
import GuestMemory
import PowerISA
import Testing

/// Compares our interpreter with QEMU on random instructions of some rows.
///
/// One round takes seconds; `COMPARISON_ROUNDS=100` in the environment makes it a long run with
/// other numbers in each round.
struct Comparison {
  var rows: [DecodeRow]
  var seed: UInt64
  /// Instructions a row, and states an instruction.
  var instructions = 4
  var states = 8
  /// Changes a state before it is used, such as to give operands a format.
  var prepare: (String, Instruction, inout MachineState, inout RandomOperands) -> Void = {
    _, _, _, _ in
  }
  /// Whether the architecture says what an instruction does to a state.
  var isDefined: (String, Instruction, MachineState) -> Bool = { _, _, _ in true }
  /// Forgets, in either result, what the architecture leaves undefined.
  var normalize: (String, Instruction, inout MachineState) -> Void = { _, _, _ in }

  private static let rounds =
    ProcessInfo.processInfo.environment["COMPARISON_ROUNDS"].flatMap { UInt64($0) } ?? 1

  func run(_ order: Endianness) throws {
    for round in 0..<Self.rounds { try run(order, seed: seed &+ round &* 1_000_003) }
  }

  private func run(_ order: Endianness, seed: UInt64) throws {
    var operands = RandomOperands(seed: seed)
    var names: [String] = []
    var groups: [(instruction: Instruction, states: [MachineState])] = []
    for row in rows {
      for _ in 0..<instructions {
        let instruction = operands.instruction(row)
        let states = (0..<states).map { _ in
          var state = operands.state()
          prepare(row.mnemonic, instruction, &state, &operands)
          return state
        }
        names.append(row.mnemonic)
        groups.append((instruction, states))
      }
    }
    let expected = try QEMUUserMode.run(groups, order)
    let interpreter = try Interpreted()
    var failures: [String: Int] = [:]
    for (n, group) in groups.enumerated() {
      for (m, state) in group.states.enumerated()
      where isDefined(names[n], group.instruction, state) {
        var ours = try interpreter.run(group.instruction, state, order)
        var theirs = expected[n][m]
        normalize(names[n], group.instruction, &ours)
        normalize(names[n], group.instruction, &theirs)
        guard ours != theirs else { continue }
        let differences = ours.differences(from: theirs)
        if differences.isEmpty { continue }
        failures[names[n], default: 0] += 1
        guard failures[names[n]] == 1 else { continue }
        let word = String(group.instruction.rawValue, radix: 16)
        Issue.record("\(names[n]) \(word) \(order): \(differences.joined(separator: "; "))")
      }
    }
    #expect(failures.isEmpty, "\(failures.sorted { $0.key < $1.key })")
  }
}
