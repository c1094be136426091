internal import HostSupport

/// The bytes of a trace, of which it holds a piece and an object at a time.
struct TraceScanner {
  private let file: String
  private let more: TraceReader.Source
  private var piece: [UInt8] = []
  private var position = 0
  /// Of the next byte.
  private(set) var place = Place()

  /// A line and a byte of it, from 1.
  struct Place {
    var line = 1
    var column = 1

    /// Moves past a byte.
    mutating func pass(_ byte: UInt8) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
  }

  /// An object's bytes, from brace to brace.
  struct Object {
    var bytes: [UInt8]
    var place: Place

    /// The place of one of its bytes.
    func place(of offset: Int) -> Place {
      var place = place
      for byte in bytes.prefix(offset) { place.pass(byte) }
      return place
    }
  }

  /// The most bytes of an object; the longest event has some hundreds.
  private static let longest = 1 << 20

  /// - Parameters:
  ///   - file: its name, for messages.
  ///   - more: returns the next bytes, and none at the end.
  init(file: String, _ more: @escaping TraceReader.Source) {
    (self.file, self.more) = (file, more)
  }

  func failure(_ message: String, at place: Place? = nil) -> TraceError {
    let place = place ?? self.place
    return TraceError(file: file, line: place.line, column: place.column, message: message)
  }

  /// The next byte; nil at the end.
  private mutating func peek() throws(TraceError) -> UInt8? {
    if position == piece.count {
      do throws(InputError) { piece = try more() } catch {
        throw TraceError(
          file: file, line: nil, column: nil, message: "cannot be read: \(error.explanation)")
      }
      position = 0
    }
    return position < piece.count ? piece[position] : nil
  }

  private mutating func pass(_ byte: UInt8) {
    position += 1
    place.pass(byte)
  }

  /// The next byte behind blanks and line feeds, which stays there; nil at the end.
  mutating func next() throws(TraceError) -> UInt8? {
    while let byte = try peek() {
      guard [0x20, 0x09, 0x0a, 0x0d].contains(byte) else { return byte }
      pass(byte)
    }
    return nil
  }

  /// Passes a character if it is the next one behind blanks.
  mutating func take(_ character: Character) throws(TraceError) -> Bool {
    guard let byte = try next(), byte == character.asciiValue else { return false }
    pass(byte)
    return true
  }

  /// The object that begins at the next byte. Only its extent is checked here.
  mutating func object() throws(TraceError) -> Object {
    var object = Object(bytes: [], place: place)
    var (depth, isString, isEscaped) = (0, false, false)
    repeat {
      guard let byte = try peek() else { throw failure("the file ends within an event") }
      if isString {
        // No text of JSON has one, and what follows belongs to another event.
        if byte == UInt8(ascii: "\n") { throw failure("the line ends within a text") }
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
      } else {
        switch byte {
        case UInt8(ascii: "\""): isString = true
        case UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "}"): depth -= 1
        default: break
        }
      }
      object.bytes.append(byte)
      pass(byte)
      guard object.bytes.count <= Self.longest else {
        throw failure(
          "an event of more than \(Self.longest) bytes begins here", at: object.place)
      }
    } while depth > 0
    return object
  }
}
