public import ArgumentParser
public import MachineDescription
package import PowerISA

/// A number of bytes: `4G`, `4GiB`, `512M`, `0x10000`.
package struct ByteCount: ExpressibleByArgument {
  package var bytes: UInt64

  package init?(argument: String) {
    var digits = argument[...]
    // GiB and Gi are G here, as libvirt and Kubernetes have them.
    for unit in ["iB", "i"] where digits.hasSuffix(unit) && digits.count > unit.count + 1 {
      digits.removeLast(unit.count)
    }
    let isPlain = digits.count == argument.count
    var shift: UInt64 = 0
    if let unit = digits.last, let place = "KMGT".firstIndex(of: Character(unit.uppercased())) {
      shift = UInt64("KMGT".distance(from: "KMGT".startIndex, to: place) + 1) * 10
      digits.removeLast()
    } else if !isPlain {
      return nil
    }
    guard let number = Number(argument: String(digits))?.value,
      case let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift), !overflow
    else { return nil }
    self.bytes = bytes
  }
}

/// A number in decimal or, with 0x, hexadecimal.
package struct Number: ExpressibleByArgument {
  package var value: UInt64

  package init?(argument: String) {
    let isHexadecimal = argument.hasPrefix("0x") || argument.hasPrefix("0X")
    let digits = isHexadecimal ? argument.dropFirst(2) : argument[...]
    guard digits.first?.isHexDigit ?? false,
      let value = UInt64(digits, radix: isHexadecimal ? 16 : 10)
    else { return nil }
    self.value = value
  }
}

/// A unit address of a virtual device.
package struct UnitAddress: ExpressibleByArgument {
  package var value: UInt32

  package init?(argument: String) {
    guard let number = Number(argument: argument), let value = UInt32(exactly: number.value) else {
      return nil
    }
    self.value = value
  }
}

/// `ADDRESS,SIZE`.
package struct AddressAndSize: ExpressibleByArgument {
  package var range: MachineDescription.MemoryRange

  package init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = ByteCount(argument: String(parts[0])),
      let size = ByteCount(argument: String(parts[1]))
    else { return nil }
    range = .init(address: address.bytes, size: size.bytes)
  }
}

/// A processor by name, and possibly the level as QEMU's `-cpu` takes it: `power9:compat=power8`.
/// Capitals make no difference: libvirt has them.
package struct ProcessorName: ExpressibleByArgument {
  package var processor: ProcessorModel
  package var compat: LevelName?

  package init?(argument: String) {
    let parts = argument.lowercased().split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let processor = ProcessorModel.named(String(parts[0])) else { return nil }
    self.processor = processor
    guard parts.count > 1 else { return }
    guard parts[1].hasPrefix("compat="),
      let level = LevelName(argument: String(parts[1].dropFirst(7)))
    else { return nil }
    compat = level
  }

  package static var allValueStrings: [String] { ProcessorModel.all.map(\.name) }
}

/// A compatibility level by name, or `none`.
package struct LevelName: ExpressibleByArgument {
  package var level: CompatibilityLevel?

  package init(_ level: CompatibilityLevel?) { self.level = level }

  package init?(argument: String) {
    let name = argument.lowercased()
    level = CompatibilityLevel(name: name)
    if level == nil && name != "none" { return nil }
  }

  package static var allValueStrings: [String] {
    CompatibilityLevel.allCases.map(\.name) + ["none"]
  }
}

/// `N[,threads=T][,cores=C][,sockets=S][,maxcpus=M]`, in any order.
package struct ProcessorCounts: ExpressibleByArgument {
  package var processors: Int?
  package var threads: Int?
  package var cores: Int?
  package var sockets: Int?
  package var maximum: Int?

  package init?(argument: String) {
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = pair.count == 2 ? pair[0] : "cpus"
      // A number too large for anything stays too large.
      guard let digits = pair.last, !digits.isEmpty, digits.allSatisfy(\.isNumber) else {
        return nil
      }
      let number = Int(digits) ?? .max
      let place: WritableKeyPath<Self, Int?>
      switch name {
      case "cpus": place = \.processors
      case "threads": place = \.threads
      case "cores": place = \.cores
      case "sockets": place = \.sockets
      case "maxcpus": place = \.maximum
      default: return nil
      }
      guard self[keyPath: place] == nil else { return nil }
      self[keyPath: place] = number
    }
  }
}

extension ProcessorCounts {
  func topology() throws(MachineDescriptionError) -> ProcessorTopology {
    try ProcessorTopology(
      processors: processors, threads: threads, cores: cores, sockets: sockets, maximum: maximum)
  }
}

/// `memory=SIZE[,cpus=FIRST[-LAST]]...[,distance=NODE:DISTANCE]...`
package struct NUMANodeArgument: ExpressibleByArgument {
  package var node: MachineDescription.NUMANode

  package init?(argument: String) {
    node = .init(memory: 0)
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2 else { return nil }
      switch pair[0] {
      case "memory":
        guard let size = ByteCount(argument: String(pair[1])) else { return nil }
        node.memory = size.bytes
      case "cpus":
        let ends = pair[1].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = ends[0], let last = ends[ends.count - 1], ends.count <= 2, first >= 0,
          first <= last
        else { return nil }
        node.processors.append(first...last)
      case "distance":
        let numbers = pair[1].split(separator: ":", omittingEmptySubsequences: false)
          .map { Int($0) }
        guard numbers.count == 2, let other = numbers[0], let distance = numbers[1],
          node.distances.updateValue(distance, forKey: other) == nil
        else { return nil }
      default: return nil
      }
    }
  }
}

extension MachineDescription.Flavor: ExpressibleByArgument {}
extension MachineDescription.Entry: ExpressibleByArgument {}
extension DynamicMemoryForm: ExpressibleByArgument {}
