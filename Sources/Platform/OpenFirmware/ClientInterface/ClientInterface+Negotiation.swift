internal import DeviceTree
internal import GuestMemory

extension ClientInterface {
  /// Serves `ibm,client-architecture-support`. A client may call it any number of times; the last
  /// call takes effect.
  /// - Returns: false for `err?` = TRUE.
  func negotiate(vectorAt address: UInt64) -> Bool {
    guard let platform else { return false }
    let vector: ArchitectureVector
    do throws(ArchitectureVectorError) {
      let memory = guestMemory
      vector = try ArchitectureVector { offset in
        try? memory.read(UInt8.self, at: address &+ UInt64(offset))
      }
    } catch {
      negotiationTrace?("\(error)")
      return false
    }
    remember(vector.bytes)
    guard !platform.otherProcessorsRun else {
      negotiationTrace?("refused: other processors are running")
      return false
    }
    let offer = platform.offer
    let negotiation = Negotiation(vector, offer)
    negotiationTrace?(negotiation.description)
    switch negotiation.outcome {
    case .failure(let failure):
      if offer.flavor == .lopar { platform.endClientProgram(.bootFailure(failure)) }
      return false
    case .success(let agreed):
      guard let tree = platform.adopt(agreed) else { return false }
      architecture = agreed
      replaceTree(tree)
      change("/chosen") { $0["ibm,architecture-vec-5"] = .bytes(agreed.architectureVector5) }
      return true
    }
  }

  /// Keeps the latest vectors.
  private func remember(_ bytes: [UInt8]) {
    if architectureVectors.count == Self.architectureVectorLimit {
      architectureVectors.removeFirst()
    }
    architectureVectors.append(bytes)
    vectorTrace?(bytes)
  }
}
