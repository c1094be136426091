internal import Glibc

/// A pipe that a machine's console writes to, and what came out of it.
package final class ConsolePipe {
  private let reading: Int32
  /// The console's end; -1 after ``text()``.
  package private(set) var writing: Int32

  /// The `errno` of a pipe that cannot be made.
  package struct Failure: Error { package let number: Int32 }

  package init() throws(Failure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure(number: errno) }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(reading)
    if writing >= 0 { close(writing) }
  }

  /// Closes the console's end, and reads everything that was written.
  package func text() -> String {
    close(writing)
    writing = -1
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = read(reading, &chunk, chunk.count), count > 0 { text += chunk[..<count] }
    return String(decoding: text, as: UTF8.self)
  }

  /// What `body` writes to the descriptor that it gets.
  package static func text(_ body: (Int32) throws -> Void) throws -> String {
    let pipe = try ConsolePipe()
    try body(pipe.writing)
    return pipe.text()
  }
}
