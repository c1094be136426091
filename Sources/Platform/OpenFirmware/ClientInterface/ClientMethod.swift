internal import DeviceTree
internal import GuestMemory
internal import CallInterface

/// The kind of a package that has methods.
enum PackageKind: Hashable {
  case root
  case rtas
  case memory
  /// A "cpu" node: the MMU is part of it.
  case processor
  case terminal
  case nvram
  case disk
  case network
  case other
}

/// A method that clients reach through `call-method`. Its first argument is the instance.
struct ClientMethod: Sendable {
  let kind: PackageKind
  let name: String
  let service: Service<ClientInterface, ClientStatus>

  init(_ kind: PackageKind, _ name: String, _ service: Service<ClientInterface, ClientStatus>) {
    self.kind = kind
    self.name = name
    self.service = service
  }

  static let all: [ClientMethod] = [
    ClientMethod(.root, "ibm,client-architecture-support", Service(RootMethods.negotiate)),
    ClientMethod(.rtas, "instantiate-rtas", Service(RTASMethods.instantiate)),
    ClientMethod(.memory, "claim", Service(MemoryMethods.claim)),
    ClientMethod(.memory, "release", Service(MemoryMethods.release)),
    ClientMethod(.processor, "claim", Service(TranslationMethods.claim)),
    ClientMethod(.processor, "release", Service(TranslationMethods.release)),
    ClientMethod(.processor, "map", Service(TranslationMethods.map)),
    ClientMethod(.processor, "unmap", Service(TranslationMethods.release)),
    ClientMethod(.processor, "translate", Service(TranslationMethods.translate)),
    ClientMethod(.terminal, "write", Service(DeviceMethods.write)),
    ClientMethod(.terminal, "read", Service(DeviceMethods.read)),
    ClientMethod(.nvram, "write", Service(DeviceMethods.write)),
    ClientMethod(.nvram, "read", Service(DeviceMethods.read)),
    ClientMethod(.nvram, "seek", Service(DeviceMethods.seek)),
    ClientMethod(.nvram, "size", Service(DeviceServices.size)),
    ClientMethod(.disk, "write", Service(DeviceMethods.write)),
    ClientMethod(.disk, "read", Service(DeviceMethods.read)),
    ClientMethod(.disk, "seek", Service(DeviceMethods.seek)),
    ClientMethod(.disk, "load", Service(DiskMethods.load)),
    ClientMethod(.disk, "block-size", Service(DiskMethods.blockSize)),
    ClientMethod(.disk, "#blocks", Service(DiskMethods.blocks)),
    ClientMethod(.disk, "max-transfer", Service(DiskMethods.maximumTransfer)),
    ClientMethod(.disk, "read-blocks", Service(DiskMethods.readBlocks)),
    ClientMethod(.disk, "write-blocks", Service(DiskMethods.writeBlocks)),
    ClientMethod(.network, "write", Service(DeviceMethods.write)),
    ClientMethod(.network, "read", Service(DeviceMethods.read)),
    ClientMethod(.network, "load", Service(NetworkMethods.load)),
  ]

  static func named(_ name: String, of kind: PackageKind) -> ClientMethod? {
    all.first { $0.kind == kind && $0.name == name }
  }
}

/// Methods of `/`.
enum RootMethods {
  /// `ibm,client-architecture-support ( ibm,architecture.vec -- err? )`
  static func negotiate(_ firmware: ClientInterface, _: Ihandle, vector: UInt64) -> Int32 {
    firmware.negotiate(vectorAt: vector) ? ClientResult.isFalse : ClientResult.isTrue
  }
}

/// Methods of `/rtas`.
enum RTASMethods {
  /// `instantiate-rtas ( rtas-base-address -- rtas-call )`: only the stub is placed there.
  static func instantiate(
    _ firmware: ClientInterface, _: Ihandle, base: UInt32
  ) throws(ClientStatus) -> UInt32 {
    let size = firmware.machineTree["/rtas"]?["rtas-size"]?.cell ?? 0
    let stub = FirmwareImages.rtas
    guard base != 0, base % 4 == 0, Int(size) >= stub.count,
      firmware.guestMemory.contains(UInt64(base), count: UInt64(size)),
      (try? firmware.guestMemory.write(stub, at: UInt64(base))) != nil
    else { throw .failed }
    firmware.platform?.rtasInstantiated(at: UInt64(base))
    return base
  }
}

/// Methods of `/memory`. Stack arguments come topmost first.
enum MemoryMethods {
  /// `claim ( [addr] size align -- base )`
  static func claim(
    _ firmware: ClientInterface, _: Ihandle, alignment: UInt32, size: UInt32, address: UInt32?
  ) throws(ClientStatus) -> UInt32 {
    let base = MemoryServices.claim(
      firmware, address: address ?? 0, size: size, alignment: alignment)
    guard base != .max else { throw .failed }
    return base
  }

  /// `release ( addr size -- )`
  static func release(_ firmware: ClientInterface, _: Ihandle, size: UInt32, address: UInt32) {
    MemoryServices.release(firmware, address: address, size: size)
  }
}

/// Methods of the MMU. The firmware runs in real mode: every address is mapped to itself, and the
/// client makes other mappings.
enum TranslationMethods {
  /// `claim ( [virt] size align -- base )`: virtual addresses are unlimited in real mode.
  static func claim(
    _: ClientInterface, _: Ihandle, alignment: UInt32, size: UInt32, address: UInt32?
  ) throws(ClientStatus) -> UInt32 {
    guard alignment == 0, let address else { throw .failed }
    return address
  }

  /// `release ( virt size -- )`
  static func release(_: ClientInterface, _: Ihandle, size: UInt32, address: UInt32) {}

  /// `map ( phys virt size mode -- )`
  static func map(
    _: ClientInterface, _: Ihandle, mode: UInt32, size: UInt32, address: UInt32, physical: UInt32
  ) throws(ClientStatus) {
    guard address == physical else { throw .failed }
  }

  /// `translate ( virt -- false | phys mode true )`, topmost first.
  static func translate(
    _ firmware: ClientInterface, _: Ihandle, address: UInt32
  ) -> CallCells {
    var results = CallCells()
    guard firmware.guestMemory.contains(UInt64(address), count: 1) else {
      ClientResult.isFalse.store(in: &results)
      return results
    }
    ClientResult.isTrue.store(in: &results)
    // M (coherence required), read and write.
    UInt32(0x12).store(in: &results)
    address.store(in: &results)
    return results
  }
}

/// Methods of devices, implemented by the device services. Stack arguments come topmost first.
enum DeviceMethods {
  /// `write ( addr len -- actual )`
  static func write(
    _ firmware: ClientInterface, instance: Ihandle, length: UInt64, address: UInt64
  ) throws(ClientStatus) -> Int32 {
    DeviceServices.write(firmware, handle: instance, buffer: try buffer(firmware, address, length))
  }

  /// `read ( addr len -- actual )`
  static func read(
    _ firmware: ClientInterface, instance: Ihandle, length: UInt64, address: UInt64
  ) throws(ClientStatus) -> Int32 {
    DeviceServices.read(firmware, handle: instance, buffer: try buffer(firmware, address, length))
  }

  /// `seek ( pos.lo pos.hi -- status )`
  static func seek(
    _ firmware: ClientInterface, instance: Ihandle, high: UInt32, low: UInt32
  ) -> Int32 {
    DeviceServices.seek(firmware, handle: instance, high: high, low: low)
  }

  private static func buffer(
    _ firmware: ClientInterface, _ address: UInt64, _ length: UInt64
  ) throws(ClientStatus) -> GuestBuffer {
    guard let buffer = GuestBuffer(address: address, count: length, in: firmware.guestMemory)
    else { throw .badArgument }
    return buffer
  }
}
