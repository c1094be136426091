/// The descriptors that a client has passed and not used yet; closed when the client is gone.
///
/// As in QEMU, `getfd` gives one a name, which `fd:NAME` uses up, and `add-fd` puts it into a set, of
/// which `/dev/fdset/ID` takes a duplicate. Other clients do not see them.
struct ParkedDescriptors {
  /// How many a client may park.
  static let limit = 16

  private struct Member {
    var descriptor: PassedDescriptor
    var note: String?
  }

  /// What came with the latest bytes, and no command has taken.
  private var arrived: PassedDescriptor?
  private var named: [String: PassedDescriptor] = [:]
  private var sets: [Int: [Member]] = [:]

  /// Keeps what came, in place of what came before and was not taken.
  mutating func arrive(_ descriptor: PassedDescriptor) { arrived = descriptor }

  private mutating func take() throws(ControlError) -> PassedDescriptor {
    guard let descriptor = arrived else {
      throw ControlError("No file descriptor supplied via SCM_RIGHTS")
    }
    arrived = nil
    return descriptor
  }

  private func checkLimit() throws(ControlError) {
    guard named.count + sets.values.reduce(0, { $0 + $1.count }) < Self.limit else {
      throw ControlError("a client may park \(Self.limit) descriptors; closefd or remove-fd one")
    }
  }

  // MARK: names

  /// Gives what came a name, which may have been another's.
  mutating func name(_ name: String) throws(ControlError) {
    let descriptor = try take()
    // A number would be one of this process.
    guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.count <= 255 else {
      throw ControlError(
        "Parameter 'fdname' expects a name of 1 to 255 bytes, not starting with a digit")
    }
    if named[name] == nil { try checkLimit() }
    named[name] = descriptor
  }

  /// Takes the descriptor of a name, which has none then.
  mutating func remove(_ name: String) throws(ControlError) -> PassedDescriptor {
    guard let descriptor = named.removeValue(forKey: name) else {
      throw ControlError("File descriptor named '\(name.prefix(255))' not found")
    }
    return descriptor
  }

  // MARK: sets

  /// Adds what came to a set, or to a new one.
  mutating func add(
    toSet identifier: Int?, note: String?
  ) throws(ControlError) -> (set: Int, number: Int32) {
    let descriptor = try take()
    try checkLimit()
    guard (note?.utf8.count ?? 0) <= 255 else {
      throw ControlError("Parameter 'opaque' expects 255 bytes at most")
    }
    // There are fewer sets than that.
    let identifier = identifier ?? (0...Self.limit).first { sets[$0] == nil } ?? 0
    sets[identifier, default: []].append(Member(descriptor: descriptor, note: note))
    return (identifier, descriptor.number)
  }

  /// Closes a set's descriptor of a number, or all of them.
  mutating func remove(fromSet identifier: Int, number: Int?) throws(ControlError) {
    let kept = number.map { number in
      sets[identifier, default: []].filter { $0.descriptor.number != number }
    }
    guard let set = sets[identifier], kept?.count != set.count else {
      let name = "fdset-id:\(identifier)" + (number.map { ", fd:\($0)" } ?? "")
      throw ControlError("File descriptor named '\(name)' not found")
    }
    sets[identifier] = kept?.isEmpty == false ? kept : nil
  }

  /// The sets in order, with what is in each.
  var listing: [(set: Int, members: [(number: Int32, note: String?)])] {
    sets.sorted { $0.key < $1.key }.map { set in
      (set.key, set.value.map { ($0.descriptor.number, $0.note) })
    }
  }

  /// A descriptor of a set that can be written to; the set keeps it.
  func writable(inSet identifier: Int) throws(ControlError) -> PassedDescriptor {
    guard let set = sets[identifier] else {
      throw ControlError("there is no descriptor set \(identifier) of this client")
    }
    guard let member = set.first(where: { $0.descriptor.isWritable }) else {
      throw ControlError("no descriptor of set \(identifier) can be written to")
    }
    return member.descriptor
  }
}
