internal import HostSupport

/// One way in which two trees differ. Order does not count.
public enum Difference: Hashable, Sendable {
  case nodeAdded(path: String)
  case nodeRemoved(path: String)
  case propertyAdded(path: String, name: String, PropertyValue)
  case propertyRemoved(path: String, name: String, PropertyValue)
  case propertyChanged(path: String, name: String, from: PropertyValue, to: PropertyValue)
  case reservationAdded(DeviceTree.Reservation)
  case reservationRemoved(DeviceTree.Reservation)
  case bootProcessor(from: UInt32, to: UInt32)
}

extension DeviceTree {
  /// What has to be done to this tree to make it the other, in the order of this tree.
  public func differences(to other: DeviceTree) -> [Difference] {
    var found: [Difference] = []
    if bootProcessor != other.bootProcessor {
      found.append(.bootProcessor(from: bootProcessor, to: other.bootProcessor))
    }
    let reservationPairs = Pairs(reservations, other.reservations, by: \.self)
    found += reservationPairs.old.filter { $0.partner == nil }.map {
      .reservationRemoved(reservations[$0.index])
    }
    found += reservationPairs.added.map { .reservationAdded(other.reservations[$0]) }
    compare(root, other.root, "", &found)
    return found
  }

  private func compare(_ old: Node, _ new: Node, _ path: String, _ found: inout [Difference]) {
    let here = path.isEmpty ? "/" : path
    let properties = Pairs(old.properties, new.properties, by: \.name)
    for (index, partner) in properties.old {
      let property = old.properties[index]
      guard let partner else {
        found.append(.propertyRemoved(path: here, name: property.name, property.value))
        continue
      }
      let value = new.properties[partner].value
      if value != property.value {
        found.append(
          .propertyChanged(path: here, name: property.name, from: property.value, to: value))
      }
    }
    for index in properties.added {
      let property = new.properties[index]
      found.append(.propertyAdded(path: here, name: property.name, property.value))
    }

    let children = Pairs(old.children, new.children, by: \.name)
    for (index, partner) in children.old {
      let childPath = path + "/" + old.children[index].name
      if let partner {
        compare(old.children[index], new.children[partner], childPath, &found)
      } else {
        found.append(.nodeRemoved(path: childPath))
      }
    }
    for index in children.added {
      found.append(.nodeAdded(path: path + "/" + new.children[index].name))
    }
  }
}

/// Which elements of two lists stand for each other: the first of a key for the first of that key,
/// the second, which only a broken tree has, for the second.
private struct Pairs {
  /// Every index of the old list, with that of its partner in the new one.
  var old: [(index: Int, partner: Int?)]
  /// The indices of the new list that have no partner, in order.
  var added: [Int]

  init<Element, Key: Hashable>(_ old: [Element], _ new: [Element], by key: (Element) -> Key) {
    var waiting: [Key: [Int]] = [:]
    for index in new.indices.reversed() { waiting[key(new[index]), default: []].append(index) }
    var isAdded = [Bool](repeating: true, count: new.count)
    self.old = old.indices.map { index in
      let partner = waiting[key(old[index])]?.popLast()
      if let partner { isAdded[partner] = false }
      return (index, partner)
    }
    added = new.indices.filter { isAdded[$0] }
  }
}

extension Difference: CustomStringConvertible {
  /// One line, led by `+`, `-` or `~`.
  public var description: String {
    func value(_ name: String, _ value: PropertyValue) -> String {
      value.bytes.isEmpty ? name : "\(name) = \(value.sourceText)"
    }
    func range(_ reservation: DeviceTree.Reservation) -> String {
      "/memreserve/ \(reservation.address.hexadecimal())"
        + " \(reservation.size.hexadecimal())"
    }
    return switch self {
    case .nodeAdded(let path): "+ \(path)"
    case .nodeRemoved(let path): "- \(path)"
    case .propertyAdded(let path, let name, let new): "+ \(path): \(value(name, new))"
    case .propertyRemoved(let path, let name, let old): "- \(path): \(value(name, old))"
    case .propertyChanged(let path, let name, let old, let new):
      "~ \(path): \(value(name, old)) -> \(new.bytes.isEmpty ? "no bytes" : new.sourceText)"
    case .reservationAdded(let reservation): "+ \(range(reservation))"
    case .reservationRemoved(let reservation): "- \(range(reservation))"
    case .bootProcessor(let old, let new): "~ boot processor: \(old) -> \(new)"
    }
  }
}
