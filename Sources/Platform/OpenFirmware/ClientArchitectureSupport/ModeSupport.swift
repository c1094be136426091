/// Bits 0 and 1 of vector 5 bytes 23 and 24: the modes of two that a side supports.
///
/// Byte 23 has the interrupt controller (XICS, XIVE exploitation), byte 24 the translation (HPT,
/// radix). Both are newer than LoPAR 2.9's table; the encoding is that of Linux and QEMU.
public enum ModeSupport: UInt8, Sendable {
  /// XICS, or HPT.
  case older = 0x00
  /// XIVE exploitation, or radix.
  case newer = 0x40
  case either = 0x80
  /// Either; the client may change the mode at run time.
  case dynamic = 0xC0

  /// The support that bits 0 and 1 of the byte state.
  public init(byte: UInt8) { self = Self(rawValue: byte & 0xC0) ?? .older }

  /// The support of a side that has these modes; one without either counts as ``older``.
  public init(older: Bool, newer: Bool) {
    self = newer ? (older ? .either : .newer) : .older
  }

  /// True if XICS, or HPT, is supported.
  public var includesOlder: Bool { self != .newer }
  /// True if XIVE exploitation, or radix, is supported.
  public var includesNewer: Bool { self != .older }

  /// Whether both support the newer mode; nil when they have no mode in common.
  func prefersNewer(with other: ModeSupport) -> Bool? {
    if includesNewer && other.includesNewer { return true }
    return includesOlder && other.includesOlder ? false : nil
  }
}

/// The address translation of a partition.
public enum TranslationMode: String, Sendable {
  case hash
  case radix
}

/// The interrupt controller of a partition.
public enum InterruptMode: String, Sendable {
  case xics = "XICS"
  case xive = "XIVE exploitation"
}
