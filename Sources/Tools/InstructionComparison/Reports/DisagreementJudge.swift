import GuestMemory

/// Decides whether a disagreement with QEMU counts against this project: the recorded vectors are the
/// reference, and a row whose vectors all replay is taken to be right.
public struct DisagreementJudge {
  private let vectors: [String: [TestVector]]

  /// - Parameter chapters: the vectors of every chapter, as ``VectorFiles/read(_:)`` returns them.
  public init(_ chapters: [String: [TestVector]]) {
    vectors = Dictionary(grouping: chapters.values.joined(), by: \.mnemonic)
  }

  /// Whether the row has recorded vectors and the interpreter gives their results.
  public func passes(_ mnemonic: String) throws -> Bool {
    guard let recorded = vectors[mnemonic], !recorded.isEmpty else { return false }
    return try recorded.allSatisfy { vector in
      try VectorReplay(processor: vector.processor, order: vector.order).run(vector).isEmpty
    }
  }

  /// The mnemonics among the disagreements that count against QEMU.
  public func findings(in disagreements: Disagreements) throws -> Set<String> {
    try Set(disagreements.mnemonics.filter { try passes($0) })
  }
}
