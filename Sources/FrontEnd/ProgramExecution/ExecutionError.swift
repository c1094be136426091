/// Why a program cannot be run in a guest, in a sentence that names what it is about.
package struct ExecutionError: Error, Equatable, CustomStringConvertible {
  /// The sentence.
  package let description: String

  package init(_ description: String) { self.description = description }
}
