/// A serial number as IBM writes it: two characters of the plant of manufacture, five of the unit's
/// sequence (LoPAR "System Identification", VPD keyword SE).
package struct MachineSerial: Equatable {
  package let plant: Substring
  package let sequence: Substring

  /// - Parameter text: `06ABCDE`, or as `system-id` has it, `IBM,0206ABCDE`.
  package init?(_ text: String) {
    let serial = text.hasPrefix(Self.prefix) ? text.dropFirst(Self.prefix.count) : text[...]
    let isSerial = serial.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
    }
    guard isSerial, serial.utf8.count == 7 else { return nil }
    plant = serial.prefix(2)
    sequence = serial.dropFirst(2)
  }

  /// The vendor, and the type of the field that follows.
  private static let prefix = "IBM,02"

  package var systemID: String { Self.prefix + plant + sequence }
}

extension MachineDescription.Identity {
  /// The serial number of the machine that the partition is on, if it is one.
  package var machineSerial: MachineSerial? { hostSerial.flatMap(MachineSerial.init) }

  /// `ibm,partition-name`: the name given, or the machine's serial number with a hyphen in it, as a
  /// platform without a partition manager has it (LoPAR, requirements of the LPAR option).
  public var partitionName: String? {
    name ?? machineSerial.map { "\($0.plant)-\($0.sequence)" }
  }

  /// `IBM,9080-HEX` for a host model of four and three characters.
  package var machineType: String? {
    guard let hostModel else { return nil }
    let text = hostModel.hasPrefix("IBM,") ? hostModel.dropFirst(4) : hostModel[...]
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let isType =
      parts.map(\.utf8.count) == [4, 3]
      && parts.joined().allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber)
      }
    return isType ? "IBM,\(text)" : nil
  }
}
