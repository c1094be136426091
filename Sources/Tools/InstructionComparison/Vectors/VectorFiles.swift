public import Foundation
import PowerISA

/// The vectors of `Tests/Vectors`, a file for each chapter.
public enum VectorFiles {
  private static let heading =
    "# Recorded by compare-isa --record; TestVector.swift says how to read this.\n"

  /// The vectors of every chapter, by chapter.
  public static func read(_ folder: URL) throws -> [String: [TestVector]] {
    var chapters: [String: [TestVector]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    where name.hasSuffix(".txt") {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      chapters[String(name.dropLast(4))] =
        try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
          guard let vector = TestVector(line) else {
            throw InstructionComparisonError.file("\(name): no vector: \(line)")
          }
          return vector
        }
    }
    return chapters
  }

  /// Replaces a chapter's file.
  public static func write(_ vectors: [TestVector], chapter: String, to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let text = heading + vectors.map { $0.text + "\n" }.joined()
    try text.write(
      to: folder.appending(path: chapter + ".txt"), atomically: true, encoding: .utf8)
  }
}
