/// A file that comes by the Trivial File Transfer Protocol (RFC 1350) with options (RFC 2347 to 2349), from
/// the client's side: blocks come one after the other, each when the one before it is acknowledged.
struct FileTransfer {
  /// What an answer of the server has led to.
  enum Step: Equatable {
    /// It changes nothing.
    case ignored
    /// The transfer continues: this is sent, and the time until the next answer begins again.
    case send([UInt8])
    /// The file is complete; this is sent at the end.
    case complete([UInt8])
    /// The server asks for the transfer to be started again without options.
    case startAgain([UInt8])
    /// It has failed; this is sent, unless the server has ended it.
    case failed(String, [UInt8]?)
  }

  private enum Operation {
    static let request: UInt16 = 1
    static let data: UInt16 = 3
    static let acknowledgement: UInt16 = 4
    static let error: UInt16 = 5
    static let options: UInt16 = 6
  }

  private enum ErrorCode {
    static let full: UInt16 = 3
    static let illegal: UInt16 = 4
    static let unknownTransfer: UInt16 = 5
    static let options: UInt16 = 8
  }

  static let serverPort: UInt16 = 69
  private static let defaultBlockSize = 512

  private let file: String
  private let wantedBlockSize: Int
  private let limit: Int
  private var usesOptions = true
  private var blockSize = defaultBlockSize
  /// The number of the block that is expected.
  private var block: UInt16 = 1
  /// Whether the server has answered.
  private var hasBegun = false
  /// What has arrived.
  private(set) var content: [UInt8] = []

  /// - Parameters:
  ///   - file: its name.
  ///   - blockSize: bytes of a block.
  ///   - limit: bytes that there is room for.
  init(file: String, blockSize: Int, limit: Int) {
    (self.file, wantedBlockSize, self.limit) = (file, blockSize, limit)
  }

  /// The request that a transfer begins with.
  var request: [UInt8] {
    let options =
      usesOptions ? ["blksize", "\(wantedBlockSize)", "tsize", "0"] : []
    return Bytes.of(Operation.request)
      + ([file, "octet"] + options).flatMap { Array($0.utf8) + [0] }
  }

  /// An error for a server whose transfer this is not.
  static let unknownTransfer = error(ErrorCode.unknownTransfer, "unknown transfer")

  private static func error(_ code: UInt16, _ text: String) -> [UInt8] {
    Bytes.of(Operation.error) + Bytes.of(code) + Array(text.utf8) + [0]
  }

  private static func acknowledgement(_ block: UInt16) -> [UInt8] {
    Bytes.of(Operation.acknowledgement) + Bytes.of(block)
  }

  /// Takes an answer of the server.
  mutating func receive(_ answer: ArraySlice<UInt8>) -> Step {
    guard answer.count >= 4 else { return .ignored }
    let fields = Bytes(answer)
    let number = UInt16(fields.number(at: 2, count: 2))
    switch UInt16(fields.number(at: 0, count: 2)) {
    case Operation.data: return receive(block: number, answer.dropFirst(4))
    case Operation.options where !hasBegun && usesOptions:
      return receive(options: answer.dropFirst(2))
    case Operation.error:
      if number == ErrorCode.options, !hasBegun, usesOptions {
        usesOptions = false
        return .startAgain(request)
      }
      let text = answer.dropFirst(4).prefix { $0 != 0 }.filter { (0x20...0x7E).contains($0) }
      let reason = String(decoding: text.prefix(100), as: UTF8.self)
      return .failed(
        "the server reports error \(number)" + (reason.isEmpty ? "" : ": \(reason)"), nil)
    default: return .ignored
    }
  }

  private mutating func receive(block number: UInt16, _ data: ArraySlice<UInt8>) -> Step {
    // A block that comes again is not acknowledged again: a server that answers every acknowledgement would
    // then send every block after it twice. The client's own clock repeats one that was lost.
    guard number == block else { return .ignored }
    guard data.count <= blockSize else {
      return .failed(
        "a block of \(data.count) bytes", Self.error(ErrorCode.illegal, "block too long"))
    }
    guard content.count + data.count <= limit else { return tooLarge }
    hasBegun = true
    content += data
    block &+= 1
    let answer = Self.acknowledgement(number)
    return data.count < blockSize ? .complete(answer) : .send(answer)
  }

  private var tooLarge: Step {
    .failed(
      "the file has more than \(limit) bytes, which there is room for",
      Self.error(ErrorCode.full, "no room"))
  }

  /// Names and values of the options that the server has accepted, each ended by a zero byte.
  private mutating func receive(options: ArraySlice<UInt8>) -> Step {
    let words = options.split(separator: 0, maxSplits: 8, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self).lowercased() }
    let refusal = Self.error(ErrorCode.options, "option not asked for")
    for place in stride(from: 0, to: words.count - 1, by: 2) {
      let value = words[place + 1].utf8.count <= 12 ? Int(words[place + 1]) : nil
      switch words[place] {
      case "blksize":
        guard let value, (8...wantedBlockSize).contains(value) else {
          return .failed("the server wants blocks of \(words[place + 1].prefix(12)) bytes", refusal)
        }
        blockSize = value
      case "tsize":
        guard let value, value >= 0 else { continue }
        if value > limit { return tooLarge }
        content.reserveCapacity(value)
      default: return .failed("the server answers an option that was not asked for", refusal)
      }
    }
    hasBegun = true
    return .send(Self.acknowledgement(0))
  }
}
