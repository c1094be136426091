/// What `\ppc\bootinfo.txt` says: the program to start, and its arguments (PowerPC Microprocessor
/// Common Hardware Reference Platform binding, 11.1.2; LoPAR, "Boot Process").
///
/// The script of the file is `boot &device;:ARGUMENTS [TEXT]`; nothing else of Forth is taken.
public struct BootInformation: Hashable, Sendable {
  /// Where `\ppc\bootinfo.txt` is on a medium.
  public static let path = "\\ppc\\bootinfo.txt"
  /// The most bytes of such a file; icons are part of it.
  public static let largest: UInt64 = 1 << 20

  /// The program, as arguments of the device.
  public let program: DeviceArguments
  /// The text behind the program: `bootargs`; nil when there is none.
  public let bootArguments: String?

  /// Reads a file's bytes.
  public init(_ bytes: [UInt8]) throws(DiskFormatError) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let open = text.firstRange(of: "<boot-script>"),
      let close = text[open.upperBound...].firstRange(of: "</boot-script>")
    else { throw .signature(structure: "a boot script", offset: 0) }
    let script = text[open.upperBound..<close.lowerBound].replacing("&amp;", with: "&")
    guard let device = script.firstRange(of: "&device;:") else {
      throw .signature(structure: "&device; in a boot script", offset: 0)
    }
    let words = script[device.upperBound...].split(maxSplits: 1) { $0.isWhitespace }
    guard let place = words.first else {
      throw .signature(structure: "a program in a boot script", offset: 0)
    }
    program = try DeviceArguments(place)
    let rest = words.count == 2 ? words[1].trimmed : ""
    bootArguments = rest.isEmpty ? nil : String(rest)
  }
}

extension Substring {
  /// Without blanks at both ends.
  fileprivate var trimmed: Substring {
    var text = drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
