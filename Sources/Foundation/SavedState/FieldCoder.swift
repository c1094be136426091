/// Passes over the fields of a part of a machine, to write them or to read them back.
///
/// A part declares its state once, in a function that calls `field(_:_:)` for each variable; the coder
/// either saves or restores it. In the stream every field has its key and
/// type before its value, and reading insists on both:
///
///     length of the key (1 byte), key, type (1 byte), length of the value (4 bytes), value
///
/// Keys are short, in ASCII, and are never changed.
public struct FieldCoder {
  /// Whether variables are set from a stream.
  public let isReading: Bool
  /// The version of the section being read; or the oldest that has what was written so far.
  public private(set) var version: UInt32
  /// Written so far, or the section being read.
  private(set) var bytes: [UInt8]
  /// Where reading continues, and ends.
  private var position = 0
  private var end: Int
  /// Offset of the section in the stream, and of the first of `bytes` where that is from the stream.
  private let base: (section: UInt64, payload: UInt64?)
  private var path: [String]

  /// A coder that writes.
  init(writing section: String) {
    isReading = false
    version = 1
    bytes = []
    end = 0
    base = (0, 0)
    path = [section]
  }

  /// A coder that reads the payload of a section.
  /// - Parameters:
  ///   - offset: where the section begins in its stream.
  ///   - place: where the payload begins; nil when it was made from something else.
  init(
    reading payload: [UInt8], of section: String, version: UInt32, at offset: UInt64,
    payload place: UInt64?
  ) {
    isReading = true
    self.version = version
    bytes = payload
    end = payload.count
    base = (offset, place)
    path = [section]
  }

  // MARK: fields

  /// One variable.
  public mutating func field<Value: SavedValue>(
    _ name: String, _ value: inout Value
  ) throws(StateError) {
    if isReading {
      let (place, content) = try next(name, Value.fieldType)
      guard let read = Value(saved: content) else {
        throw error(.value("\(content.count) bytes are no such value"), field: name, at: place)
      }
      value = read
    } else {
      write(name, Value.fieldType) { value.append(to: &$0) }
      // A part that has grown beyond what a reader takes is an error here, and the guest continues.
      guard bytes.count <= StateReader.largestPayload else {
        throw error(.tooLarge(limit: StateReader.largestPayload), field: name, at: bytes.count)
      }
    }
  }

  /// A variable that not every stream has, because it came with a later version or because few
  /// machines need it: it is written where it is not `usual`, and is `usual` in a stream that lacks
  /// it.
  /// - Parameters:
  ///   - name: its key.
  ///   - value: the variable.
  ///   - first: the first version of the section that has it. A section is written as the oldest
  ///     version that has all of what is in it.
  ///   - usual: the value that is not written.
  public mutating func field<Value: SavedValue & Equatable>(
    _ name: String, _ value: inout Value, since first: UInt32 = 1, default usual: Value
  ) throws(StateError) {
    guard has(name, value != usual, first) else { return value = usual }
    try field(name, &value)
  }

  /// The same for a variable whose raw values are saved.
  public mutating func field<Value: RawRepresentable & Equatable>(
    _ name: String, _ value: inout Value, since first: UInt32 = 1, default usual: Value
  ) throws(StateError) where Value.RawValue: SavedValue {
    guard has(name, value != usual, first) else { return value = usual }
    try field(name, &value)
  }

  /// The same for a variable behind a function, which may refuse what was read.
  public mutating func field<Value: SavedValue & Equatable>(
    _ name: String, _ value: Value, since first: UInt32 = 1, default usual: Value,
    set: (Value) throws(InvalidValue) -> Void
  ) throws(StateError) {
    guard has(name, value != usual, first) else {
      guard isReading else { return }
      do throws(InvalidValue) { try set(usual) } catch {
        throw self.error(.value(error.description), field: name, at: position)
      }
      return
    }
    try field(name, value, set: set)
  }

  /// Whether such a field is passed over.
  private mutating func has(
    _ name: String, _ isWritten: Bool, _ first: UInt32
  ) -> Bool {
    if isReading { return isNext(name) }
    if isWritten { version = max(version, first) }
    return isWritten
  }

  /// Whether the field that is read next has this key.
  private func isNext(_ name: String) -> Bool {
    guard position < end else { return false }
    let nameEnd = position + 1 + Int(bytes[position])
    return nameEnd <= end && bytes[(position + 1)..<nameEnd].elementsEqual(name.utf8)
  }

  /// A variable behind a function, which may refuse what was read.
  public mutating func field<Value: SavedValue>(
    _ name: String, _ value: Value, set: (Value) throws(InvalidValue) -> Void
  ) throws(StateError) {
    var copy = value
    let place = position
    try field(name, &copy)
    guard isReading else { return }
    do throws(InvalidValue) {
      try set(copy)
    } catch {
      throw self.error(.value(error.description), field: name, at: place)
    }
  }

  /// A variable whose raw values are saved; a raw value that is no case is refused.
  public mutating func field<Value: RawRepresentable>(
    _ name: String, _ value: inout Value
  ) throws(StateError) where Value.RawValue: SavedValue {
    var raw = value.rawValue
    let place = position
    try field(name, &raw)
    guard isReading else { return }
    guard let read = Value(rawValue: raw) else {
      throw error(.value("\(raw) is no such value"), field: name, at: place)
    }
    value = read
  }

  /// A variable that may be nil: a list of none or one.
  public mutating func field<Value: SavedValue>(
    _ name: String, _ value: inout Value?, initial: Value
  ) throws(StateError) {
    try group(name, &value, initial: initial) { value, coder throws(StateError) in
      try coder.field("value", &value)
    }
  }

  // MARK: groups

  /// Variables that belong together.
  public mutating func group(
    _ name: String, _ body: (inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    try nested(name, .group) { coder throws(StateError) in try body(&coder) }
  }

  /// Something that may be nil.
  public mutating func group<Element>(
    _ name: String, _ element: inout Element?, initial: @autoclosure () -> Element,
    _ body: (inout Element, inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    var elements = element.map { [$0] } ?? []
    let place = position
    try list(name, &elements, initial: initial(), body)
    guard isReading else { return }
    guard elements.count <= 1 else {
      throw error(.value("\(elements.count) of what there is one at most"), field: name, at: place)
    }
    element = elements.first
  }

  /// Elements in a row; reading makes each from `initial`.
  public mutating func list<Element>(
    _ name: String, _ elements: inout [Element], initial: @autoclosure () -> Element,
    _ body: (inout Element, inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    // Not in place: the body may look at what the elements are part of.
    var copy = isReading ? [] : elements
    try nested(name, .list) { coder throws(StateError) in
      if !coder.isReading {
        for index in copy.indices {
          try coder.group(String(index)) { coder throws(StateError) in
            try body(&copy[index], &coder)
          }
        }
        return
      }
      while coder.position < coder.end {
        var element = initial()
        try coder.group(String(copy.count)) { coder throws(StateError) in
          try body(&element, &coder)
        }
        copy.append(element)
      }
    }
    if isReading { elements = copy }
  }

  /// Elements in a row that not every stream has: written where there are any, and none in a stream
  /// that lacks the list.
  /// - Parameters:
  ///   - name: its key.
  ///   - elements: the elements.
  ///   - first: the first version of the section that has them.
  ///   - initial: what reading makes each element from.
  ///   - body: passes over the fields of an element.
  public mutating func list<Element>(
    _ name: String, _ elements: inout [Element], since first: UInt32,
    initial: @autoclosure () -> Element,
    _ body: (inout Element, inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    guard has(name, !elements.isEmpty, first) else { return elements = [] }
    try list(name, &elements, initial: initial(), body)
  }

  private mutating func nested(
    _ name: String, _ type: FieldType, _ body: (inout FieldCoder) throws(StateError) -> Void
  ) throws(StateError) {
    path.append(name)
    defer { path.removeLast() }
    if isReading {
      let (_, content) = try next(name, type)
      let rest = (position, end)
      (position, end) = (content.startIndex, content.endIndex)
      try body(&self)
      try finish()
      (position, end) = rest
    } else {
      let start = begin(name, type)
      try body(&self)
      close(start)
    }
  }

  // MARK: the stream

  private mutating func begin(_ name: String, _ type: FieldType) -> Int {
    let name = name.utf8
    assert(name.count <= 16 && name.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "not a key")
    bytes.append(UInt8(name.count))
    bytes.append(contentsOf: name)
    bytes.append(type.rawValue)
    bytes.append(contentsOf: [0, 0, 0, 0])
    return bytes.count
  }

  private mutating func close(_ start: Int) {
    let count = UInt32(clamping: bytes.count - start)
    for index in 0..<4 {
      bytes[start - 4 + index] = UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * index))
    }
  }

  private mutating func write(_ name: String, _ type: FieldType, _ body: (inout [UInt8]) -> Void) {
    let start = begin(name, type)
    body(&bytes)
    close(start)
  }

  /// The value of the next field, which must have this name and type.
  private mutating func next(
    _ name: String, _ type: FieldType
  ) throws(StateError) -> (place: Int, content: ArraySlice<UInt8>) {
    let place = position
    guard position < end else {
      throw error(.field(expected: "'\(name)'", found: "none"), at: place)
    }
    let nameEnd = position + 1 + Int(bytes[position])
    guard nameEnd + 5 <= end else { throw error(.truncated, at: place) }
    let found = String(decoding: bytes[(position + 1)..<nameEnd], as: UTF8.self)
    let foundType = FieldType(rawValue: bytes[nameEnd])
    guard found == name, foundType == type else {
      let typeName = foundType.map { "\($0)" } ?? "type \(bytes[nameEnd])"
      throw error(
        .field(expected: "'\(name)' (\(type))", found: "'\(found)' (\(typeName))"), at: place)
    }
    let count = bytes[(nameEnd + 1)..<(nameEnd + 5)].reduce(0) { $0 << 8 | Int($1) }
    let start = nameEnd + 5
    guard count <= end - start else { throw error(.truncated, field: name, at: place) }
    position = start + count
    return (place, bytes[start..<position])
  }

  /// Nothing may be left of a section or group that was read.
  func finish() throws(StateError) {
    guard isReading, position < end else { return }
    let nameEnd = min(position + 1 + Int(bytes[position]), end)
    let name = String(decoding: bytes[(position + 1)..<nameEnd], as: UTF8.self)
    throw error(.unknownField(name), at: position)
  }

  private func error(_ reason: StateError.Reason, field: String? = nil, at place: Int) -> StateError
  {
    StateError(
      reason, in: (path + (field.map { [$0] } ?? [])).joined(separator: ": "),
      at: base.payload.map { $0 + UInt64(place) } ?? base.section)
  }
}

/// A value that cannot be, found while restoring it; the coder adds where.
public struct InvalidValue: Error, CustomStringConvertible {
  /// What cannot be, without the field's name.
  public let description: String
  /// A value that cannot be, with the reason as the rest of a sentence about the field.
  public init(_ description: String) { self.description = description }
}
