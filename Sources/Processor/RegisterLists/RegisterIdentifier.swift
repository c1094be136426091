internal import HostSupport

/// The number by which KVM's one-register interface knows a register (`KVM_GET_ONE_REG`, section
/// 4.68 of the kernel's KVM API documentation).
///
/// The most significant byte is the architecture, the next four bits the size, and what the other 52
/// mean is the architecture's affair. Identifiers are part of Linux's public ABI: they never change.
public struct RegisterIdentifier: RawRepresentable, Hashable, Sendable {
  /// The number of 64 bits.
  public let rawValue: UInt64
  /// The identifier of that number, whether or not a family has it.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The architectures we have families for, as `KVM_REG_ARCH_MASK` selects them.
  public enum Architecture: UInt8, Sendable {
    case powerPC = 0x10
    case arm = 0x40
    case arm64 = 0x60
  }

  /// - Parameters:
  ///   - bits: size of the value: a power of two from 8 to 2048.
  ///   - rest: the architecture's part, bits 0 to 51.
  init(_ architecture: Architecture, bits: Int, _ rest: UInt64) {
    rawValue =
      UInt64(architecture.rawValue) << 56 | UInt64(bits.trailingZeroBitCount - 3) << 52 | rest
  }

  /// nil for an architecture without a family here.
  public var architecture: Architecture? { Architecture(rawValue: UInt8(rawValue >> 56)) }

  /// Bytes of the value, 1 to 256; nil for a size that KVM does not define.
  public var byteCount: Int? {
    let logarithm = rawValue >> 52 & 15
    return logarithm <= 8 ? 1 << logarithm : nil
  }

  /// The same register whatever its size.
  var withoutSize: UInt64 { rawValue & ~(15 << 52) }
}

extension RegisterIdentifier: CustomStringConvertible {
  /// `0x` and sixteen hexadecimal digits.
  public var description: String { rawValue.hexadecimal(digits: 16) }
}
