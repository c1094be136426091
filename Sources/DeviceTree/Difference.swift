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
    found += reservations.filter { !other.reservations.contains($0) }.map {
      .reservationRemoved($0)
    }
    found += other.reservations.filter { !reservations.contains($0) }.map { .reservationAdded($0) }
    compare(root, other.root, "", &found)
    return found
  }

  private func compare(_ old: Node, _ new: Node, _ path: String, _ found: inout [Difference]) {
    let here = path.isEmpty ? "/" : path
    let newValues = Dictionary(
      new.properties.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let oldNames = Set(old.properties.map(\.name))
    for property in old.properties {
      guard let value = newValues[property.name] else {
        found.append(.propertyRemoved(path: here, name: property.name, property.value))
        continue
      }
      if value != property.value {
        found.append(
          .propertyChanged(path: here, name: property.name, from: property.value, to: value))
      }
    }
    for property in new.properties where !oldNames.contains(property.name) {
      found.append(.propertyAdded(path: here, name: property.name, property.value))
    }

    // Siblings of one name, which only a broken tree has, are compared in their order.
    var unmatched = Dictionary(grouping: new.children.indices, by: { new.children[$0].name })
      .mapValues { $0[...] }
    for child in old.children {
      let childPath = path + "/" + child.name
      if let index = unmatched[child.name]?.popFirst() {
        compare(child, new.children[index], childPath, &found)
      } else {
        found.append(.nodeRemoved(path: childPath))
      }
    }
    for (index, child) in new.children.enumerated()
    where unmatched[child.name]?.contains(index) ?? false {
      found.append(.nodeAdded(path: path + "/" + child.name))
    }
  }
}

extension Difference: CustomStringConvertible {
  /// One line, led by `+`, `-` or `~`.
  public var description: String {
    func value(_ name: String, _ value: PropertyValue) -> String {
      value.bytes.isEmpty ? name : "\(name) = \(value.sourceText)"
    }
    func range(_ reservation: DeviceTree.Reservation) -> String {
      "/memreserve/ 0x\(String(reservation.address, radix: 16))"
        + " 0x\(String(reservation.size, radix: 16))"
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
