internal import HostSupport

/// One entry of a PVR list: processor versions the client program supports (LoPAR, Root Node
/// Methods, `ibm,architecture.vec`).
public struct ProcessorVersionPattern: Hashable, Sendable {
  /// The bits of the processor version that count.
  public let mask: UInt32
  /// What they must be.
  public let value: UInt32

  /// An entry of a mask and a value, as the list has them.
  public init(mask: UInt32, value: UInt32) {
    self.mask = mask
    self.value = value
  }

  /// Whether the list ends with this entry: its value has bits outside the mask. The entry is
  /// matched like the others.
  public var isTerminator: Bool { ~mask & value != 0 }

  /// Whether the entry permits `version`, a processor's real or logical PVR.
  public func matches(_ version: UInt32) -> Bool { version & mask == value & mask }
}

extension ProcessorVersionPattern: CustomStringConvertible {
  /// Mask and value as in `ffff0000/004e0000`.
  public var description: String { "\(mask.hexDigits(8))/\(value.hexDigits(8))" }
}
