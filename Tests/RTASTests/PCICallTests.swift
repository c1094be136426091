import GuestMemory
import HypervisorTestSupport
import MachineDescription
import SavedState
import Synchronization
import Testing

@testable import Devices
@testable import Hypervisor
@testable import RTAS

/// A function's registers, which find nothing and take nothing.
private final class EmptyRegisters: DeviceRegisters {
  func load(at offset: UInt64, size: Int) -> UInt64 { 0 }
  func store(_ value: UInt64, at offset: UInt64, size: Int) {}
}

/// A device that is only its function.
private final class EmptyDevice: PCIDeviceModel {
  let function: PCIFunction
  init(_ function: PCIFunction) { self.function = function }
  func code(_ sections: inout some SectionCoder, instance: UInt32) {}
  func claim() {}
  func release() {}
}

/// RTAS calls for a bridge with one function, device 3, of two message interrupts.
@Suite struct PCICallTests {
  private let rtas: RTASBoard
  private let bridge: VirtualPCIBridge
  private let function: PCIFunction
  private let layout = PCIBridgeLayout(number: 0)
  private let device = PCIDevice(.block(PCIDevice.Disk(serial: "")), number: 3)
  private let high: UInt32 = 0x0800_0000
  private let low: UInt32 = 0x2000_0000
  private let address: UInt32 = 3 << 11

  init() throws {
    rtas = try RTASBoard(hasPCI: true)
    bridge = VirtualPCIBridge(
      layout, rtas.board.partition, pool: MessagePool(), maximumMemory: 1 << 20)
    function = PCIFunction(device, registers: [4: EmptyRegisters()])
    bridge.add(EmptyDevice(function), device)
  }

  private func read(_ register: UInt32, _ size: UInt32 = 4) throws -> [UInt32] {
    try rtas.call("ibm,read-pci-config", [address | register, high, low, size], outputs: 2).map {
      UInt32(bitPattern: $0)
    }
  }

  private func write(_ register: UInt32, _ value: UInt32, _ size: UInt32 = 4) throws {
    #expect(
      try rtas.call("ibm,write-pci-config", [address | register, high, low, size, value]) == [0])
  }

  // MARK: configuration space

  @Test func `registers are read in three sizes`() throws {
    #expect(try read(0) == [0, 0x1042_1AF4])
    #expect(try read(0, 2) == [0, 0x1AF4])
    #expect(try read(3, 1) == [0, 0x10])
    #expect(try read(8) == [0, 0x0100_0001])
    #expect(try read(0x3D, 1) == [0, 1])
    // There is no extended configuration space.
    #expect(try read(1 << 28) == [0, .max])
    #expect(try read(1 << 28, 2) == [0, 0xFFFF])
  }

  @Test func `calls for what is not there are wrong parameters`() throws {
    for (address, high, low, size) in [
      (address, high, low, 3), (address, high, low, 0), (address, high, low, 8),
      (address | 2, high, low, 4), (address | 1, high, low, 2), (address, high, low + 1, 4),
      (address, 0, low, 4),
    ] as [(UInt32, UInt32, UInt32, UInt32)] {
      #expect(
        try rtas.call("ibm,read-pci-config", [address, high, low, size], outputs: 2).first == -3)
      #expect(
        try rtas.call("ibm,write-pci-config", [address, high, low, size, 0]) == [-3])
    }
  }

  /// LoPAR "ibm,read-pci-config" and "ibm,write-pci-config", requirement 5 of each.
  @Test func `a function that is not there has all ones, and ignores writes`() throws {
    for absent in [4 << 11, address | 1 << 8, address | 1 << 16] as [UInt32] {
      #expect(
        try rtas.call("ibm,read-pci-config", [absent, high, low, 4], outputs: 2) == [0, -1])
      #expect(
        try rtas.call("ibm,read-pci-config", [absent, high, low, 2], outputs: 2) == [0, 0xFFFF])
      #expect(try rtas.call("ibm,write-pci-config", [absent, high, low, 4, 1]) == [0])
    }
  }

  @Test func `only what can be written is written`() throws {
    for register in stride(from: 0, to: 256, by: 4) as StrideTo<UInt32> {
      try write(register, .max)
    }
    #expect(try read(0) == [0, 0x1042_1AF4])
    #expect(try read(4, 2) == [0, 0x0547])
    #expect(try read(8) == [0, 0x0100_0001])
    #expect(try read(0x3C, 2) == [0, 0x1FF])
    // Sizes of the regions: 4 KiB below 4 GiB, and 16 KiB anywhere.
    #expect(try read(0x10) == [0, 0])
    #expect(try read(0x14) == [0, 0xFFFF_F000])
    #expect(try read(0x20) == [0, 0xFFFF_C00C])
    #expect(try read(0x24) == [0, .max])
  }

  @Test func `regions are where they are placed while memory is decoded`() throws {
    let space = rtas.board.partition.space
    let assigned = device.regions.map { device.address(of: $0) }
    #expect(try read(0x14) == [0, UInt32(assigned[0])])
    let table = try #require(layout.memory32.real(of: assigned[0], size: 0x1000))
    let registers = try #require(layout.memory64.real(of: assigned[1], size: 0x4000))
    #expect(space.region(at: table) == nil)
    try write(4, 2, 2)
    #expect(space.region(at: table)?.registers === function.messages)
    #expect(space.region(at: registers)?.size == 0x4000)
    try write(0x14, UInt32(assigned[0]) + 0x10_0000)
    #expect(space.region(at: table) == nil)
    #expect(space.region(at: table + 0x10_0000)?.registers === function.messages)
    // Outside the bridge's windows nothing reaches it.
    try write(0x14, 0x1000)
    #expect(space.region(at: table + 0x10_0000) == nil)
    try write(4, 0, 2)
    #expect(space.region(at: registers) == nil)
    bridge.reset()
    #expect(try read(0x14) == [0, UInt32(assigned[0])])
  }

  // MARK: message interrupts

  private func change(_ action: UInt32, _ count: UInt32, outputs: Int = 4) throws -> [Int32] {
    try rtas.call(
      "ibm,change-msi", [address, high, low, action, count, 1], outputs: outputs)
  }

  private func source(_ index: UInt32) throws -> [Int32] {
    try rtas.call(
      "ibm,query-interrupt-source-number", [address, high, low, index], outputs: 3)
  }

  @Test func `a function gets messages and gives them back`() throws {
    let line = Int32(layout.line(ofDevice: 3))
    #expect(try source(0) == [0, line, 0])
    #expect(try source(1).first == 1)
    #expect(try change(0, 0) == [0, 0, 2, 2])
    #expect(try change(4, 2) == [0, 2, 2, 2])
    let first = Int32(InterruptSource.messages.lowerBound)
    #expect(try source(0) == [0, first, 1])
    #expect(try source(1) == [0, first + 1, 1])
    #expect(try source(2).first == 1)
    #expect(try source(.max).first == 1)
    // As many as the function has.
    #expect(try change(1, .max, outputs: 3) == [0, 2, 2])
    #expect(try change(0, 0) == [0, 2, 2, 2])
    #expect(try change(4, 1) == [0, 1, 2, 2])
    #expect(try source(1).first == 1)
    #expect(try change(4, 0) == [0, 0, 2, 2])
    #expect(try source(0) == [0, line, 0])
    for action in [3, 5, 6, .max] as [UInt32] { #expect(try change(action, 1).first == -3) }
    for place in [(4 << 11, high, low), (address, high, low + 1)] as [(UInt32, UInt32, UInt32)] {
      #expect(
        try rtas.call(
          "ibm,change-msi", [place.0, place.1, place.2, 4, 1, 1], outputs: 4
        ).first == -3)
    }
  }

  @Test func `all sources are free again after many changes`() throws {
    for count in 0..<1000 { _ = try change(4, UInt32(count % 3)) }
    _ = try change(4, 0)
    _ = try change(4, 2)
    #expect(try source(0) == [0, Int32(InterruptSource.messages.lowerBound), 1])
  }

  @Test func `a message reaches its source unless it is masked`() throws {
    let partition = rtas.board.partition
    let messages = try #require(function.messages)
    let source = InterruptSource.messages.lowerBound + 1
    func waits() -> Bool {
      partition.deliverInterrupts()
      return partition.interrupts[source]?.isWaiting == true
    }
    func clear() { partition.interrupts.update(source) { $0.isWaiting = false } }
    _ = try change(4, 2)
    messages.send(1)
    #expect(!waits())
    let capability = try read(0x34, 1)[1]
    #expect(try read(capability, 1) == [0, 0x11])
    #expect(try read(capability + 2, 2) == [0, 1])
    try write(capability + 2, 0x8000, 2)
    // Every vector is masked at first; the message waits in the pending bits.
    messages.send(1)
    #expect(!waits())
    #expect(messages.load(at: PCIMessageTable.pendingOffset, size: 4) == 2)
    messages.store(0, at: 16 + 12, size: 4)
    #expect(waits())
    clear()
    #expect(messages.load(at: PCIMessageTable.pendingOffset, size: 4) == 0)
    try write(capability + 2, 0xC000, 2)
    messages.send(1)
    #expect(!waits())
    try write(capability + 2, 0x8000, 2)
    #expect(waits())
    clear()
    // Another's source, and vectors that are not there.
    messages.store(0x1100, at: 16 + 8, size: 4)
    messages.send(1)
    messages.send(2)
    messages.send(-1)
    #expect(!waits())
    #expect(partition.interrupts[0x1100]?.isWaiting == false)
  }

  @Test func `functions share a line until none asserts it`() throws {
    let other = PCIDevice(.block(PCIDevice.Disk(serial: "")), number: 7)
    let second = PCIFunction(other, registers: [4: EmptyRegisters()])
    bridge.add(EmptyDevice(second), other)
    let partition = rtas.board.partition
    let source = layout.line(ofDevice: 3)
    #expect(source == layout.line(ofDevice: 7))
    func isAsserted() -> Bool {
      partition.deliverInterrupts()
      return partition.interrupts[source]?.isAsserted == true
    }
    function.setLine(true)
    second.setLine(true)
    #expect(isAsserted())
    function.setLine(false)
    #expect(isAsserted())
    second.setLine(false)
    #expect(!isAsserted())
  }

  // MARK: windows

  @Test func `a window is made, used and removed`() throws {
    let board = rtas.board
    func query() throws -> [Int32] {
      try rtas.call("ibm,query-pe-dma-window", [address, high, low], outputs: 5)
    }
    func create(_ pageShift: UInt32, _ sizeShift: UInt32) throws -> [Int32] {
      try rtas.call(
        "ibm,create-pe-dma-window", [address, high, low, pageShift, sizeShift], outputs: 4)
    }
    #expect(try query() == [0, 1, 1 << 18, 7, 0])
    for (page, size) in [(13, 30), (16, 15), (16, 31), (16, 64), (.max, .max), (0, 0)]
      as [(UInt32, UInt32)]
    {
      #expect(try create(page, size).first == -3)
    }
    let bus = layout.dynamicBus
    let start: UInt64 = 1 << 59
    #expect(board.call(0x20, UInt64(bus), start, 0x2_0003).status == -4)
    #expect(try create(16, 20) == [0, Int32(bitPattern: bus), 0x0800_0000, 0])
    #expect(try query().prefix(2) == [0, 0])
    #expect(try create(16, 20).first == -3)
    #expect(board.call(0x20, UInt64(bus), start + 0xF_0000, 0x2_0003).status == 0)
    #expect(board.call(0x20, UInt64(bus), start + 0x10_0000, 0x2_0003).status == -4)
    try bridge.dma.write([1, 2, 3], at: BusAddress(start + 0xF_0005))
    #expect(try rtas.memory.read(3, at: 0x2_0005) == [1, 2, 3])
    #expect(try rtas.call("ibm,remove-pe-dma-window", [bus]) == [0])
    #expect(throws: DMAError.self) { try bridge.dma.read(1, at: BusAddress(start + 0xF_0005)) }
    #expect(board.call(0x20, UInt64(bus), start, 0x2_0003).status == -4)
    #expect(try rtas.call("ibm,remove-pe-dma-window", [bus]) == [-3])
    #expect(try rtas.call("ibm,remove-pe-dma-window", [7]) == [-3])
  }

  @Test func `windows are reset with no entries`() throws {
    let board = rtas.board
    #expect(board.call(0x20, UInt64(layout.bus), 0x5000, 0x2_0003).status == 0)
    #expect(try bridge.dma.read(1, at: BusAddress(0x5000)) == [0])
    #expect(try rtas.call("ibm,remove-pe-dma-window", [layout.bus]) == [0])
    #expect(throws: DMAError.self) { try bridge.dma.read(1, at: BusAddress(0x5000)) }
    #expect(try rtas.call("ibm,reset-pe-dma-windows", [address, high, low]) == [0])
    #expect(throws: DMAError.self) { try bridge.dma.read(1, at: BusAddress(0x5000)) }
    #expect(board.call(0x20, UInt64(layout.bus), 0x5000, 0x2_0003).status == 0)
    #expect(try bridge.dma.read(1, at: BusAddress(0x5000)) == [0])
  }

  @Test func `machines without bridges have none of the calls`() throws {
    let names = try RTASBoard().table.properties.map(\.name)
    #expect(!names.contains { $0.contains("pci") || $0.contains("msi") || $0.contains("window") })
  }

  // MARK: error handling

  private func state() throws -> [Int32] {
    try rtas.call("ibm,read-slot-reset-state2", [address, high, low], outputs: 4)
  }

  @Test func `an endpoint is a function that can be reset`() throws {
    #expect(
      try rtas.call("ibm,get-config-addr-info2", [address, high, low, 1], outputs: 2) == [0, 1])
    #expect(
      try rtas.call("ibm,get-config-addr-info2", [address, high, low, 0], outputs: 2)
        == [0, Int32(address)])
    for option in 0...3 as ClosedRange<UInt32> {
      #expect(try rtas.call("ibm,set-eeh-option", [address, high, low, option]) == [0])
    }
    #expect(try state() == [0, 0, 1, 0])
    _ = try rtas.call("ibm,change-msi", [address, high, low, 4, 2, 0], outputs: 4)
    let messages = try #require(function.messages)
    let assigned = messages.load(at: 8, size: 4)
    #expect(assigned >= 0x1300)
    try write(4, 0x0006, 2)
    try write(0x10, 0x8001_0000)
    #expect(try rtas.call("ibm,set-slot-reset", [address, high, low, 1]) == [0])
    #expect(try state() == [0, 1, 1, 0])
    // While it is reset, it does not answer.
    #expect(try read(0) == [0, .max])
    try write(4, 0x0006, 2)
    #expect(try rtas.call("ibm,set-slot-reset", [address, high, low, 0]) == [0])
    #expect(try rtas.call("ibm,configure-pe", [address, high, low]) == [0])
    #expect(try state() == [0, 0, 1, 0])
    #expect(try read(4, 2) == [0, 0])
    #expect(
      try read(0x14) == [
        0,
        UInt32(truncatingIfNeeded: device.address(of: device.messageRegion)),
      ])
    #expect(messages.load(at: 8, size: 4) == assigned)
    #expect(try rtas.call("ibm,set-slot-reset", [address, high, low, 0]) == [0])
    #expect(try rtas.call("ibm,set-slot-reset", [address, high, low, 3]) == [-8])
  }

  @Test func `a permanent error gives an endpoint up until a reboot`() throws {
    let buffer: UInt32 = 0x4_0000
    func detail(_ kind: UInt32, _ length: UInt32 = 64) throws -> [Int32] {
      try rtas.call(
        "ibm,slot-error-detail", [address, high, low, 0, 0, buffer, length, kind])
    }
    #expect(try detail(1) == [1])
    #expect(try detail(3) == [-3])
    #expect(try state() == [0, 0, 1, 0])
    #expect(try detail(2) == [0])
    #expect(try rtas.memory.read(UInt32.self, at: UInt64(buffer)) >> 24 == 6)
    #expect(try state() == [0, 5, 1, 0])
    #expect(try read(0) == [0, .max])
    #expect(try rtas.call("ibm,set-slot-reset", [address, high, low, 0]) == [-1])
    #expect(try detail(1, 0) == [0])
    bridge.reset()
    #expect(try state() == [0, 0, 1, 0])
    #expect(try detail(1) == [1])
  }

  @Test func `endpoints that are not there are wrong parameters`() throws {
    for (address, low) in [(4 << 11, low), (address | 1 << 8, low), (address, low + 1)]
      as [(UInt32, UInt32)]
    {
      #expect(try rtas.call("ibm,set-eeh-option", [address, high, low, 1]) == [-3])
      #expect(try rtas.call("ibm,set-slot-reset", [address, high, low, 1]) == [-3])
      #expect(try rtas.call("ibm,configure-pe", [address, high, low]) == [-3])
      #expect(
        try rtas.call("ibm,read-slot-reset-state2", [address, high, low], outputs: 4).first == -3)
      #expect(
        try rtas.call("ibm,get-config-addr-info2", [address, high, low, 0], outputs: 2).first
          == -3)
    }
    #expect(try rtas.call("ibm,set-eeh-option", [address, high, low, 4]) == [-3])
    #expect(
      try rtas.call("ibm,get-config-addr-info2", [address, high, low, 2], outputs: 2).first == -3)
  }
}
