internal import HostSupport
internal import JSON

/// The cells of a run as commands that can be run anywhere and in any order. ``ResultsMerge`` makes
/// the report of a run of what they leave.
public struct RunPlan: Sendable {
  /// A cell's command.
  public struct Entry: Sendable, Equatable {
    /// The cell's name, with the number of a repetition.
    public var name: String
    /// The folder of its results.
    public var results: String
    /// The words of the command; the first is the program.
    public var words: [String]

    /// An entry of a plan.
    public init(name: String, results: String, words: [String]) {
      (self.name, self.results, self.words) = (name, results, words)
    }

    /// The command for a shell: quoted where it must be.
    public var command: String { words.map(Self.quoted).joined(separator: " ") }

    private static func quoted(_ word: String) -> String {
      let plain = word.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "-_./=+:,@%".unicodeScalars.contains(scalar))
      }
      return plain && !word.isEmpty ? word : "'\(word.replacing("'", with: #"'\''"#))'"
    }
  }

  /// The suite's name.
  public var suite: String
  /// One for each cell and repetition, in the order of the report.
  public var entries: [Entry]

  /// A plan of these entries.
  public init(suite: String, entries: [Entry]) {
    (self.suite, self.entries) = (suite, entries)
  }

  /// The plan of cells.
  /// - Parameters:
  ///   - suite: the suite's name.
  ///   - cells: the cells, in the order of the report.
  ///   - command: the words that run the suite, to which the cell and its folder are added.
  ///   - folder: where the folder of each cell's results is made.
  public init(suite: String, cells: [PlannedCell], command: [String], folder: String) {
    self.suite = suite
    entries = cells.map { cell in
      let results = "\(folder)/\(ResultsFolder.fileName(of: cell.name))"
      return Entry(
        name: cell.name, results: results,
        words: command + ["--cell", cell.name, "--output", results])
    }
  }

  /// The commands for a shell, a line each.
  public var commands: String { entries.map { $0.command + "\n" }.joined() }

  /// The plan for programs, and for ``read(_:)``.
  public var json: String {
    let document: JSONValue = [
      "suite": .string(suite),
      "cells": .array(
        entries.map { entry in
          [
            "name": .string(entry.name),
            "results": .string(entry.results),
            "words": .array(entry.words.map { .string($0) }),
            "command": .string(entry.command),
          ]
        }),
    ]
    return document.text()
  }

  /// Reads a plan that was written as ``json``.
  /// - Throws: why there is none.
  public static func read(_ path: String) throws(SuiteError) -> RunPlan {
    let document = try ResultsReader.document(path)
    guard let suite = document["suite"]?.string,
      let entries = document["cells"]?.elements?.converted({ Entry($0) }), !entries.isEmpty
    else { throw SuiteError(path, nil, "is not a plan of boot-test") }
    var names: Set<String> = []
    for entry in entries where !names.insert(entry.name).inserted {
      throw SuiteError(path, nil, "has the cell \(entry.name) twice")
    }
    return RunPlan(suite: suite, entries: entries)
  }
}

extension RunPlan.Entry {
  fileprivate init?(_ json: JSONValue) {
    guard let name = json["name"]?.string, let results = json["results"]?.string,
      let words = json["words"]?.elements?.converted(\.string), !words.isEmpty
    else { return nil }
    self.init(name: name, results: results, words: words)
  }
}
