import Foundation
import Testing

/// The programs that the documentation shows are those that `make library` builds and runs.
@Suite struct LibraryExampleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  @Test(arguments: ["make-tree", "negotiate", "boot"])
  func theDocumentationShowsTheProgram(_ name: String) throws {
    func text(_ path: String) throws -> String {
      try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }
    let page = try text("Sources/Documentation.docc/UsingTheLibraries.md")
    let program = try text("Tests/Library/Sources/\(name)/main.swift")
    #expect(page.contains("```swift\n\(program)```\n"))
  }
}
