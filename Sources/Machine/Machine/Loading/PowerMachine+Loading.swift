internal import DeviceTree
internal import Glibc
internal import GuestMemory
internal import HostSupport
internal import Hypervisor
internal import MigrationCompatibility
internal import OpenFirmware
internal import MachineDescription
internal import PlatformTree
internal import PowerCPU

/// The reason for which a guest cannot be loaded.
public enum LoadingError: Error, CustomStringConvertible {
  /// The kernel, the RAM disk, or a tree.
  case file(name: String, reason: String)
  case doesNotFit(what: String, end: UInt64, memory: UInt64)
  case noHashPageTable

  /// `FILE: REASON`, or why the parts do not fit into memory together.
  public var description: String {
    switch self {
    case .file(let name, let reason): "\(name): \(reason)"
    case .doesNotFit(let what, let end, let memory):
      "\(what) would end at \(end.hexadecimal()); the guest has \(memory >> 20) MiB"
    case .noHashPageTable: "the host has no memory for the hashed page table"
    }
  }
}

extension PowerMachine {
  /// The load address of a 64-bit kernel: above the interrupt vectors and the firmware's area.
  static let kernelBase: UInt64 = 0x40_0000

  /// Sets the state after power-on, with the guest loaded and its first processor at its entry.
  public func powerOn() throws {
    guard let table = HashPageTable(sizeLog2: description.hashTableShift) else {
      throw LoadingError.noHashPageTable
    }
    partition.useHashPageTable(table)
    setLevel(description.maximumLevel)
    switch configuration.program {
    case .testGuest:
      try boot(GuestFile(FirmwareImages.testGuest, name: "test guest"), tree: nil)
    case .file(let file):
      try boot(try Self.expand(file), tree: nil)
    case .flat(let file, let tree):
      try boot(try Self.expand(file), tree: tree)
    case .disks: beginBoot()
    }
  }

  static func expand(_ file: GuestFile) throws -> GuestFile {
    do {
      let start = try file.beginning(Compression.signatureSize)
      guard let compression = Compression(ofFileBeginningWith: start) else { return file }
      return GuestFile(
        try compression.expand(file, limit: InputLimit.image), name: file.name)
    } catch {
      throw LoadingError.file(name: file.name, reason: "\(error)")
    }
  }

  /// Loads a program and enters it.
  func boot(_ file: GuestFile, tree: GuestFile?) throws {
    let image: ELFImage
    do throws(ELFError) {
      image = try ELFImage(file)
    } catch {
      let kind =
        error == .notELF ? FileKind.of((try? file.beginning(FileKind.examined)) ?? []) : nil
      throw LoadingError.file(
        name: file.name,
        reason: kind.map {
          "not an ELF file, but \($0.name); a PowerPC kernel in ELF (vmlinux) is needed"
        } ?? "\(error)")
    }
    let base = Self.base(of: image)
    if image.isPositionIndependent {
      log(
        "\(file.name) is a position-independent program (ET_DYN), which must relocate itself; if it "
          + "hangs, link it with -no-pie")
    }
    if let initrd = configuration.initrd, initrd.size == 0 {
      throw LoadingError.file(name: initrd.name, reason: "an initial RAM disk without bytes")
    }
    try load(image, file, at: base)
    let kernel = base..<base + image.extent
    let entry = base &+ (image.physicalEntry &- image.lowestAddress)
    configuration.observers.start?(place(entry), kernel)
    if let tree { return try bootFlat(tree, kernel: kernel, entry: entry) }
    let initrd = try description.bootProgram == nil ? loadInitrd(after: kernel.upperBound) : nil
    // Of what the firmware itself has loaded, clients learn from `bootpath`.
    if description.bootProgram == nil {
      description.kernel = .init(address: base, size: image.extent)
      description.kernelIsLittleEndian = image.byteOrder == .little
    }
    description.initrd = initrd.map {
      .init(address: $0.lowerBound, size: $0.upperBound - $0.lowerBound)
    }
    description.randomSeed = (0..<4).flatMap { _ in
      withUnsafeBytes(of: partition.randomSource()) { Array($0) }
    }
    let tree = try PlatformTree.build(description, served: served)
    advertisedCapabilities = MachineCapabilities(advertisedBy: tree)
    setHomeNodes(tree)
    reportTree(tree, isNegotiated: false)
    if description.entry == .flat {
      try enterFlat(
        tree, try tree.blob(), "the device tree", kernel: kernel, entry: entry,
        after: initrd ?? kernel)
    } else {
      try enterClientProgram(
        image, tree, entry: entry, loaded: [kernel] + (initrd.map { [$0] } ?? []))
    }
  }

  /// The load address of a program; 32-bit client programs are loaded at their link address.
  static func base(of image: ELFImage) -> UInt64 {
    image.wordSize == .bits32 ? image.lowestAddress : kernelBase
  }

  // MARK: entry

  private func enterClientProgram(
    _ image: ELFImage, _ tree: DeviceTree, entry address: UInt64, loaded: [Range<UInt64>]
  ) throws {
    firmware = makeFirmware(tree, loaded: loaded)
    try ClientProgramEntry.placeStubs(in: memory)
    let entry = ClientProgramEntry(
      address: address, sixtyFourBit: image.wordSize == .bits64,
      initialRAMDisk: description.initrd.map { $0.address..<$0.address + $0.size })
    let first = slots[0]
    partition.start(first.processor, at: entry.address, argument: 0)
    first.engine.machineState = entry.machineState
    for (register, value) in entry.generalRegisters { first.engine[gpr: register] = value }
  }

  /// Boots with a tree of the user's, which contains the address for the RAM disk.
  private func bootFlat(_ file: GuestFile, kernel: Range<UInt64>, entry: UInt64) throws {
    let blob = try Self.contents(of: file)
    let tree = try Self.read(blob, file.name)
    advertisedCapabilities = MachineCapabilities(advertisedBy: tree)?.limited(
      to: try .offered(by: description, at: description.maximumLevel))
    var loaded = kernel
    if let initrd = configuration.initrd {
      guard let start = tree["/chosen"]?["linux,initrd-start"]?.number else {
        throw LoadingError.file(
          name: file.name,
          reason: "/chosen has no linux,initrd-start, the address for the RAM disk \(initrd.name)")
      }
      let size = UInt64(initrd.size)
      guard start >= kernel.upperBound || start &+ size <= kernel.lowerBound else {
        throw LoadingError.file(
          name: file.name,
          reason:
            "linux,initrd-start \(start.hexadecimal()) in /chosen is inside the kernel, which ends "
            + "at \(kernel.upperBound.hexadecimal())")
      }
      guard memory.contains(start, count: size) else {
        throw LoadingError.doesNotFit(
          what: "the initial RAM disk \(initrd.name)", end: start &+ size, memory: memory.size)
      }
      try load(initrd, at: start)
      loaded = kernel.lowerBound..<max(kernel.upperBound, start + size)
    }
    try enterFlat(tree, blob, file.name, kernel: kernel, entry: entry, after: loaded)
  }

  private static func contents(of file: GuestFile) throws(LoadingError) -> [UInt8] {
    do throws(GuestFileError) { return try file.bytes(file.size, at: 0) } catch {
      throw .file(name: file.name, reason: "\(error)")
    }
  }

  private static func read(_ blob: [UInt8], _ name: String) throws(LoadingError) -> DeviceTree {
    do throws(DeviceTreeError) {
      return try DeviceTree(blob: blob)
    } catch {
      throw .file(name: name, reason: "\(error)")
    }
  }

  /// Enters a kernel with the tree in r3 and RTAS at the address in the tree.
  private func enterFlat(
    _ tree: DeviceTree, _ blob: [UInt8], _ name: String, kernel: Range<UInt64>, entry: UInt64,
    after loaded: Range<UInt64>
  ) throws {
    if let rtas = tree["/rtas"]?["linux,rtas-entry"]?.cell {
      guard memory.contains(UInt64(rtas), count: UInt64(FirmwareImages.rtas.count)) else {
        throw LoadingError.file(
          name: name,
          reason: "linux,rtas-entry \(rtas.hexadecimal()) in /rtas is outside the guest's memory")
      }
      try memory.write(FirmwareImages.rtas, at: UInt64(rtas))
      // A tree of the user's may leave less room than this machine's own.
      partition.rtasArea = RTASArea(
        base: UInt64(rtas), size: UInt64(tree["/rtas"]?["rtas-size"]?.cell ?? 0))
    }
    let place = try reserve(UInt64(blob.count), after: loaded.upperBound, name)
    try memory.write(blob, at: place)
    firmware = nil
    let first = slots[0]
    partition.start(first.processor, at: entry, argument: place)
    first.engine[gpr: 4] = kernel.lowerBound
    first.engine[gpr: 5] = 0
  }

  // MARK: memory

  private func load(_ image: ELFImage, _ file: GuestFile, at base: UInt64) throws {
    let (end, overflow) = base.addingReportingOverflow(image.extent)
    guard !overflow, end <= memory.size else {
      throw LoadingError.doesNotFit(what: file.name, end: end, memory: memory.size)
    }
    // The rest of each segment is zero, because all memory is zero after power-on.
    for segment in image.segments where segment.fileSize > 0 {
      let address = base &+ (segment.physicalAddress &- image.lowestAddress)
      try load(file, segment.fileOffset, segment.fileSize, at: address)
    }
  }

  /// Reads a file, or a part of it, directly into memory.
  private func load(
    _ file: GuestFile, _ offset: Int = 0, _ count: Int? = nil, at address: UInt64
  ) throws {
    do {
      try memory.write(count ?? file.size, at: address) { try file.read(into: $0, at: offset) }
    } catch let error as GuestFileError {
      throw LoadingError.file(name: file.name, reason: "\(error)")
    }
  }

  private func loadInitrd(after end: UInt64) throws -> Range<UInt64>? {
    guard let initrd = configuration.initrd else { return nil }
    let place = try reserve(
      UInt64(initrd.size), after: end, "the initial RAM disk \(initrd.name)")
    try load(initrd, at: place)
    return place..<place + UInt64(initrd.size)
  }

  /// The first 64 KiB boundary after `end` with room for `count` bytes.
  private func reserve(_ count: UInt64, after end: UInt64, _ what: String) throws -> UInt64 {
    let place = (end + 0xFFFF) & ~0xFFFF
    guard place <= memory.size, count <= memory.size - place else {
      throw LoadingError.doesNotFit(what: what, end: place &+ count, memory: memory.size)
    }
    return place
  }

  // MARK: restart

  /// Starts the guest again from the beginning, as RTAS's system reset does.
  func restart() throws {
    resetDevices()
    partition.reset()
    memory.clear()
    for slot in slots { slot.engine.reset() }
    try powerOn()
  }
}
