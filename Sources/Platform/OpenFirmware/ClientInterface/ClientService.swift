internal import CallInterface

/// A service of the client interface (IEEE 1275 6.3.2; LoPAR, Open Firmware Client Interface
/// Functions Supported under the LPAR Option).
struct ClientService: Sendable {
  let name: String
  let service: Service<ClientInterface, ClientStatus>

  init(_ name: String, _ service: Service<ClientInterface, ClientStatus>) {
    self.name = name
    self.service = service
  }
}

extension ClientService {
  /// Every service, in the order of IEEE 1275; `test` answers from this table.
  static let all: [ClientService] = [
    // Client interface
    ClientService("test", Service(ControlServices.test)),
    // Device tree
    ClientService("peer", Service(DeviceTreeServices.peer)),
    ClientService("child", Service(DeviceTreeServices.child)),
    ClientService("parent", Service(DeviceTreeServices.parent)),
    ClientService("instance-to-package", Service(DeviceTreeServices.instanceToPackage)),
    ClientService("getproplen", Service(DeviceTreeServices.propertyLength)),
    ClientService("getprop", Service(DeviceTreeServices.property)),
    ClientService("nextprop", Service(DeviceTreeServices.nextProperty)),
    ClientService("setprop", Service(DeviceTreeServices.setProperty)),
    ClientService("canon", Service(DeviceTreeServices.canonicalPath)),
    ClientService("finddevice", Service(DeviceTreeServices.findDevice)),
    ClientService("instance-to-path", Service(DeviceTreeServices.instanceToPath)),
    ClientService("package-to-path", Service(DeviceTreeServices.packageToPath)),
    ClientService("call-method", Service(MethodServices.call)),
    ClientService("test-method", Service(MethodServices.test)),
    // Device I/O
    ClientService("open", Service(DeviceServices.open)),
    ClientService("close", Service(DeviceServices.close)),
    ClientService("read", Service(DeviceServices.read)),
    ClientService("write", Service(DeviceServices.write)),
    ClientService("seek", Service(DeviceServices.seek)),
    ClientService("size", Service(DeviceServices.size)),
    // Memory
    ClientService("claim", Service(MemoryServices.claim)),
    ClientService("release", Service(MemoryServices.release)),
    // Control transfer
    ClientService("boot", Service(ControlServices.boot)),
    ClientService("enter", Service(ControlServices.enter)),
    ClientService("exit", Service(ControlServices.exit)),
    ClientService("start-cpu", Service(ControlServices.startProcessor)),
    ClientService("quiesce", Service(ControlServices.quiesce)),
    // User interface
    ClientService("interpret", Service(MethodServices.interpret)),
    // Time
    ClientService("milliseconds", Service(ControlServices.milliseconds)),
    ClientService("get-time", Service(ControlServices.time)),
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
