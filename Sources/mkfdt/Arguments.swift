public import ArgumentParser
public import PlatformTree
internal import PowerISA

/// A number of bytes: `4G`, `512M`, `0x10000`.
struct ByteCount: ExpressibleByArgument {
  var bytes: UInt64

  init?(argument: String) {
    var digits = argument[...]
    var shift: UInt64 = 0
    if let unit = digits.last, let place = "KMGT".firstIndex(of: Character(unit.uppercased())) {
      shift = UInt64("KMGT".distance(from: "KMGT".startIndex, to: place) + 1) * 10
      digits.removeLast()
    }
    guard let number = Number(argument: String(digits))?.value,
      case let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift), !overflow
    else { return nil }
    self.bytes = bytes
  }
}

/// A number in decimal or, with 0x, hexadecimal.
struct Number: ExpressibleByArgument {
  var value: UInt64

  init?(argument: String) {
    let isHexadecimal = argument.hasPrefix("0x") || argument.hasPrefix("0X")
    let digits = isHexadecimal ? argument.dropFirst(2) : argument[...]
    guard digits.first?.isHexDigit ?? false,
      let value = UInt64(digits, radix: isHexadecimal ? 16 : 10)
    else { return nil }
    self.value = value
  }
}

/// A unit address of a virtual device.
struct UnitAddress: ExpressibleByArgument {
  var value: UInt32

  init?(argument: String) {
    guard let number = Number(argument: argument), let value = UInt32(exactly: number.value) else {
      return nil
    }
    self.value = value
  }
}

/// `ADDRESS,SIZE`.
struct AddressAndSize: ExpressibleByArgument {
  var range: MachineDescription.MemoryRange

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = ByteCount(argument: String(parts[0])),
      let size = ByteCount(argument: String(parts[1]))
    else { return nil }
    range = .init(address: address.bytes, size: size.bytes)
  }
}

/// A processor by name.
struct ProcessorName: ExpressibleByArgument {
  var processor: ProcessorModel

  init?(argument: String) {
    guard let processor = ProcessorModel.named(argument) else { return nil }
    self.processor = processor
  }

  static var allValueStrings: [String] { ProcessorModel.all.map(\.name) }
}

/// A compatibility level by name, or `none`.
struct LevelName: ExpressibleByArgument {
  var level: CompatibilityLevel?

  init?(argument: String) {
    level = CompatibilityLevel(name: argument)
    if level == nil && argument != "none" { return nil }
  }

  static var allValueStrings: [String] { CompatibilityLevel.allCases.map(\.name) + ["none"] }
}

/// `N[,threads=T][,cores=C][,sockets=S][,maxcpus=M]`, in any order.
struct ProcessorCounts: ExpressibleByArgument {
  var processors: Int?
  var threads: Int?
  var cores: Int?
  var sockets: Int?
  var maximum: Int?

  init?(argument: String) {
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

/// `memory=SIZE[,cpus=FIRST[-LAST]]...`
struct NUMANodeArgument: ExpressibleByArgument {
  var node: MachineDescription.NUMANode

  init?(argument: String) {
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
      default: return nil
      }
    }
  }
}

extension MachineDescription.Flavor: ExpressibleByArgument {}
extension MachineDescription.Entry: ExpressibleByArgument {}
extension DynamicMemoryForm: ExpressibleByArgument {}
