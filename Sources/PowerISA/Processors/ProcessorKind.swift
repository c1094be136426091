extension ProcessorModel {
  /// What decides whether two processors are of the same kind, so that a guest that was shown one
  /// can go on running on the other.
  ///
  /// The chips of one generation are one kind, whatever the variant. From POWER9 on, revisions that
  /// differ in the major number (bits 0x0F00 of the PVR) differ in what a guest can see.
  struct Kind: Hashable {
    var generation: UInt32
    /// Major revision; nil where it makes no difference.
    var revision: UInt32?
  }

  /// Upper halves of the version registers that are one generation, by its first member.
  private static let generations: [UInt32: UInt32] = [
    0x004A: 0x003F, 0x004C: 0x004B, 0x004D: 0x004B,
  ]

  static func kind(ofVersion version: UInt32) -> Kind {
    let chip = version >> 16
    let distinguishesRevisions = [0x004E, 0x0080, 0x0082].contains(chip)
    return Kind(
      generation: generations[chip] ?? chip,
      revision: distinguishesRevisions ? version >> 8 & 0xF : nil)
  }

  /// Whether processors with these version registers are of the same kind.
  public static func areOfOneKind(version: UInt32, _ other: UInt32) -> Bool {
    kind(ofVersion: version) == kind(ofVersion: other)
  }
}
