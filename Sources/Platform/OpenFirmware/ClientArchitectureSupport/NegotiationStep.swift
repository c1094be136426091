internal import HostSupport
public import PowerISA

/// One step of a negotiation, in their order.
public enum NegotiationStep: Hashable, Sendable {
  /// The platform's processor and limit.
  case start(processor: String, version: UInt32, limit: CompatibilityLevel?)
  /// An entry of the PVR list, and its match.
  case entry(
    number: Int, ProcessorVersionPattern, processor: Bool, levels: [CompatibilityLevel])
  /// The terminator, where it is not matched (QEMU).
  case terminatorSkipped(number: Int, ProcessorVersionPattern)
  /// Levels that both sides support, oldest first, and whether they support the processor itself.
  case candidates(levels: [CompatibilityLevel], processor: Bool)
  /// Levels that vector 1 does not name.
  case notInVector1([CompatibilityLevel])
  case chosen(level: CompatibilityLevel?, version: UInt32, PCR)
  /// A vector that is absent, or whose client leaves the choice to the platform.
  case absent(vector: Int)
  case ignored(vector: Int)
  /// The options that are on, and those that only one side has.
  case options(vector: Int, on: [OptionBit], clientOnly: [OptionBit], platformOnly: [OptionBit])
  /// Other information of a vector, in words.
  case note(vector: Int, String)
  case translation(TranslationMode, client: ModeSupport, platform: ModeSupport)
  case interrupts(InterruptMode, client: ModeSupport, platform: ModeSupport)
  case vector5([UInt8])
  case failed(NegotiationError)
}

extension NegotiationStep: CustomStringConvertible {
  /// The step in words, for the trace.
  public var description: String {
    switch self {
    case .start(let processor, let version, let limit):
      "processor \(processor), version \(version.hexadecimal(digits: 8)), limit \(limit?.name ?? "none")"
    case .entry(let number, let pattern, let processor, let levels):
      "entry \(number) \(pattern): "
        + list((processor ? ["this processor"] : []) + levels.map(\.name), none: "no match")
        + (pattern.isTerminator ? ", end of list" : "")
    case .terminatorSkipped(let number, let pattern):
      "entry \(number) \(pattern): end of list, not matched"
    case .candidates(let levels, let processor):
      "possible: " + list(levels.map(\.name) + (processor ? ["the processor itself"] : []))
    case .notInVector1(let levels):
      "vector 1 does not name the version of " + list(levels.map(\.name))
    case .chosen(let level, let version, let pcr):
      "chosen: \(level?.name ?? "the processor itself"), cpu-version \(version.hexadecimal(digits: 8)), PCR "
        + pcr.rawValue.hexadecimal()
    case .absent(let vector): "vector \(vector): absent"
    case .ignored(let vector): "vector \(vector): the client leaves the choice to the platform"
    case .options(let vector, let on, let clientOnly, let platformOnly):
      "vector \(vector): on: " + list(on.map(\.name))
        + (clientOnly.isEmpty ? "" : "; not offered: " + list(clientOnly.map(\.name)))
        + (platformOnly.isEmpty ? "" : "; not supported: " + list(platformOnly.map(\.name)))
    case .note(let vector, let text): "vector \(vector): \(text)"
    case .translation(let mode, let client, let platform):
      "translation: \(mode.rawValue) (client \(client), platform \(platform))"
    case .interrupts(let mode, let client, let platform):
      "interrupts: \(mode.rawValue) (client \(client), platform \(platform))"
    case .vector5(let bytes):
      "ibm,architecture-vec-5: " + bytes.hexDigits(separator: " ")
    case .failed(let failure): "boot failure: \(failure)"
    }
  }

  private func list(_ names: [String], none: String = "none") -> String {
    names.isEmpty ? none : names.joined(separator: ", ")
  }
}
