public import GuestMemory
import HostSupport
import PowerISA

/// A recorded execution: what the instruction found and what it left, as QEMU and our interpreter
/// agreed. The files in `Tests/Vectors` hold them, by chapter, a line each:
///
///     add power10 big 7c642a14 r4=1 r5=2 -> r3=3
///
/// Mnemonic of the row, processor, byte order, the words in hexadecimal (a prefix before its suffix;
/// several instructions one after the other), what is not zero before, and what is different
/// afterwards. Everything not named is zero before, and as before afterwards. Names: `r0` to `r31`;
/// `vs0` to `vs63`, doublewords 0 and 1 after each other, of which FPRs are doubleword 0 and VRs 32
/// and up; `cr xer lr ctr tar vrsave fpscr vscr`; `@ADDRESS=` bytes of storage from that address;
/// `nia` for where a branch went; `signal` for the Linux signal raised. All numbers are hexadecimal,
/// without leading zeros. The first instruction is at 0x91010.
public struct TestVector: Sendable, Equatable {
  /// The mnemonic of the row.
  public var mnemonic: String
  /// The processor model.
  public var processor: String
  /// The byte order of instructions and data.
  public var order: Endianness
  /// The instruction words, in the order of execution.
  public var words: [UInt32]
  /// What is not zero before.
  public var before: [Part]
  /// What is different afterwards.
  public var after: [Part]

  /// A register or some storage.
  public enum Part: Sendable, Equatable {
    case gpr(Int, UInt64)
    case vsr(Int, UInt64, UInt64)
    /// One of ``registerNames``.
    case register(String, UInt64)
    case storage(UInt64, [UInt8])
  }

  /// Names of registers of one doubleword.
  public static let registerNames = StateView.doublewords.map(\.name)

  /// Where the first instruction is.
  public static let address = StateLayout.slots + 16

  // MARK: text

  /// The line of the file, without a line feed.
  public var text: String {
    var fields = [mnemonic, processor, order == .big ? "big" : "little"]
    fields.append(words.map { $0.hexDigits(8) }.joined(separator: ","))
    fields += before.map(Self.text) + ["->"] + after.map(Self.text)
    return fields.joined(separator: " ")
  }

  private static func text(_ part: Part) -> String {
    switch part {
    case .gpr(let n, let value): return "r\(n)=\(value.hexDigits())"
    case .vsr(let n, let first, let second):
      let value =
        first == 0 ? second.hexDigits() : first.hexDigits() + second.hexDigits(16)
      return "vs\(n)=\(value)"
    case .register(let name, let value): return "\(name)=\(value.hexDigits())"
    case .storage(let address, let bytes):
      return "@\(address.hexDigits())=" + bytes.hexDigits()
    }
  }

  /// Reads a line.
  /// - Returns: nil when it is not as described.
  public init?(_ line: some StringProtocol) {
    let fields = String(line).split(separator: " ").map { String($0) }
    guard fields.count >= 5, let arrow = fields.firstIndex(of: "->"), arrow >= 4,
      fields[2] == "big" || fields[2] == "little"
    else { return nil }
    (mnemonic, processor) = (fields[0], fields[1])
    order = fields[2] == "big" ? .big : .little
    let words = fields[3].split(separator: ",").compactMap { UInt32($0, radix: 16) }
    let before = fields[4..<arrow].compactMap(Self.part)
    let after = fields[(arrow + 1)...].compactMap(Self.part)
    guard !words.isEmpty, before.count == arrow - 4, after.count == fields.count - arrow - 1 else {
      return nil
    }
    (self.words, self.before, self.after) = (words, before, after)
  }

  init(
    mnemonic: String, processor: String, order: Endianness, words: [UInt32], before: [Part],
    after: [Part]
  ) {
    (self.mnemonic, self.processor, self.order) = (mnemonic, processor, order)
    (self.words, self.before, self.after) = (words, before, after)
  }

  private static func part(_ field: String) -> Part? {
    guard let sign = field.firstIndex(of: "=") else { return nil }
    let (name, digits) = (field[..<sign], field[field.index(after: sign)...])
    if name.hasPrefix("@") {
      guard let address = UInt64(name.dropFirst(), radix: 16),
        let bytes = [UInt8](hexDigits: digits)
      else { return nil }
      return .storage(address, bytes)
    }
    guard let value = UInt128(digits, radix: 16) else { return nil }
    let low = UInt64(truncatingIfNeeded: value)
    if registerNames.contains(String(name)) { return .register(String(name), low) }
    if name.hasPrefix("vs"), let n = Int(name.dropFirst(2)), 0..<64 ~= n {
      return .vsr(n, UInt64(truncatingIfNeeded: value >> 64), low)
    }
    if name.hasPrefix("r"), let n = Int(name.dropFirst()), 0..<32 ~= n { return .gpr(n, low) }
    return nil
  }
}
