import DeviceTree
import MachineDescription
import PlatformTestSupport
import PowerISA
import Testing

/// Who the tree says the machine and the partition are.
@Suite struct IdentityTests {
  private static let uuid = "2D861ABF-5cb7-434a-86d5-65167d85e5af"

  private func root(
    _ flavor: MachineDescription.Flavor = .lopar,
    _ change: @escaping (inout MachineDescription.Identity) -> Void
  ) throws -> Node {
    try tree(
      machine(.power9) {
        $0.flavor = flavor
        change(&$0.identity)
      }
    ).root
  }

  @Test func aSerialNumberMakesTheSystemID() throws {
    let root = try root {
      ($0.uuid, $0.hostSerial, $0.hostModel) = (Self.uuid, "06ABCDE", "9080-HEX")
    }
    #expect(root["system-id"] == .string("IBM,0206ABCDE"))
    #expect(root["model"] == .string("IBM,9080-HEX"))
    #expect(root["ibm,partition-name"] == .string("06-ABCDE"))
    #expect(root["host-serial"] == .string("06ABCDE") && root["host-model"] == .string("9080-HEX"))
    let lower = PropertyValue.string(Self.uuid.lowercased())
    #expect(root["ibm,partition-uuid"] == lower && root["vm,uuid"] == lower)
  }

  /// The forms in which a POWER host has them in its own tree.
  @Test func whatAHostsTreeSaysIsUnderstood() throws {
    let root = try root { ($0.hostSerial, $0.hostModel) = ("IBM,0210ABC0V", "IBM,8286-42A") }
    #expect(root["system-id"] == .string("IBM,0210ABC0V"))
    #expect(root["model"] == .string("IBM,8286-42A"))
  }

  @Test func otherTextsMakeNothing() throws {
    for serial in ["none", "06abcde", "06ABCDEF", "", "IBM,0306ABCDE"] {
      let root = try root { ($0.uuid, $0.hostSerial, $0.hostModel) = (Self.uuid, serial, "x") }
      #expect(!root.has("system-id") && !root.has("ibm,partition-name"), "\(serial)")
      #expect(root["host-serial"] == .string(serial))
      #expect(root["model"] == .string("IBM pSeries (emulated)"))
    }
  }

  @Test func whatIsGivenCounts() throws {
    let root = try root {
      ($0.hostSerial, $0.hostModel) = ("06ABCDE", "9080-HEX")
      ($0.systemID, $0.model, $0.name) = ("a", "b", "c")
    }
    #expect(root["system-id"] == .string("a") && root["model"] == .string("b"))
    #expect(root["ibm,partition-name"] == .string("c"))
  }

  @Test func qemuHasTheUUIDThere() throws {
    let root = try root(.qemu) {
      ($0.uuid, $0.hostSerial, $0.hostModel) = (Self.uuid, "06ABCDE", "9080-HEX")
    }
    #expect(root["system-id"] == .string(Self.uuid.lowercased()))
    #expect(root["model"] == .string("IBM pSeries (emulated by qemu)"))
    #expect(!root.has("ibm,partition-uuid") && !root.has("ibm,partition-name"))
  }
}
