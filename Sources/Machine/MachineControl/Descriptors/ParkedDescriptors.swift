/// The descriptors that a client has passed and not used yet; they are closed when the client
/// disconnects.
///
/// As in QEMU, `getfd` gives a descriptor a name, which `fd:NAME` consumes, and `add-fd` puts it
/// into a set, of which `/dev/fdset/ID` takes a duplicate. Other clients cannot use them.
struct ParkedDescriptors {
  /// The most descriptors that a client may park.
  static let limit = 16

  private struct Member {
    var descriptor: PassedDescriptor
    var note: String?
  }

  /// The descriptor that arrived with the latest bytes and that no command has taken.
  private var arrived: PassedDescriptor?
  private var named: [String: PassedDescriptor] = [:]
  private var sets: [Int: [Member]] = [:]

  /// Keeps a new descriptor, and drops an earlier one that no command has taken.
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

  /// Gives the new descriptor a name; an older descriptor of that name is closed.
  mutating func name(_ name: String) throws(ControlError) {
    let descriptor = try take()
    // A number would name a descriptor of this process.
    guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.count <= 255 else {
      throw ControlError(
        "Parameter 'fdname' expects a name of 1 to 255 bytes, not starting with a digit")
    }
    if named[name] == nil { try checkLimit() }
    named[name] = descriptor
  }

  /// Removes and returns the descriptor of a name.
  mutating func remove(_ name: String) throws(ControlError) -> PassedDescriptor {
    guard let descriptor = named.removeValue(forKey: name) else {
      throw ControlError("File descriptor named '\(name.prefix(255))' not found")
    }
    return descriptor
  }

  // MARK: sets

  /// Adds the new descriptor to a set; creates the set if it does not exist.
  mutating func add(
    toSet identifier: Int?, note: String?
  ) throws(ControlError) -> (set: Int, number: Int32) {
    let descriptor = try take()
    try checkLimit()
    guard (note?.utf8.count ?? 0) <= 255 else {
      throw ControlError("Parameter 'opaque' expects 255 bytes at most")
    }
    // There are fewer sets than `limit`, so a number is free.
    let identifier = identifier ?? (0...Self.limit).first { sets[$0] == nil } ?? 0
    sets[identifier, default: []].append(Member(descriptor: descriptor, note: note))
    return (identifier, descriptor.number)
  }

  /// Closes one descriptor of a set, or all of them.
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

  /// The sets in order, with their members.
  var listing: [(set: Int, members: [(number: Int32, note: String?)])] {
    sets.sorted { $0.key < $1.key }.map { set in
      (set.key, set.value.map { ($0.descriptor.number, $0.note) })
    }
  }

  /// A duplicate of a writable descriptor in a set.
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
