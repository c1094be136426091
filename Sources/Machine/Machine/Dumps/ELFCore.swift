internal import GuestMemory
internal import PowerArithmetic
internal import PowerCPU
internal import PowerISA

/// The guest's memory and its processors' registers as an ELF core file, in the layout that QEMU's
/// dump-guest-memory uses for ppc64 and that `crash` reads: a PT_NOTE segment with the notes of
/// each processor, and a PT_LOAD segment of guest real memory from address 0.
///
/// The byte order is that in which the guest takes interrupts (LPCR[ILE]).
package struct ELFCore {
  /// Header and notes: everything before memory.
  package let beginning: [UInt8]
  private let memory: GuestMemory

  /// Bytes of the partition's memory.
  package var memorySize: UInt64 { memory.size }

  /// The most bytes in one call of ``write(to:)``'s function.
  package static let pieceSize = 1 << 20

  /// The current state of a machine, between two calls of ``PowerMachine/run()``.
  package init(of machine: PowerMachine) {
    memory = machine.memory
    let isLittle = machine.processors.first?.interruptsLittleEndian ?? false
    var notes = ByteWriter(isLittleEndian: isLittle)
    for (number, processor) in machine.processors.enumerated() {
      notes.addNotes(of: processor, number)
    }
    var file = ByteWriter(isLittleEndian: isLittle)
    let notesOffset = UInt64(Self.headerSize + 2 * Self.entrySize)
    file.addHeader()
    file.addSegment(type: 4, offset: notesOffset, size: UInt64(notes.bytes.count))
    file.addSegment(
      type: 1, offset: notesOffset + UInt64(notes.bytes.count), size: memory.size)
    beginning = file.bytes + notes.bytes
  }

  fileprivate static let headerSize = 64
  fileprivate static let entrySize = 56

  /// Writes the file.
  package func write<Failure: Error>(
    to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    try sink(beginning)
    for start in stride(from: 0, to: memory.size, by: Self.pieceSize) {
      let count = min(memory.size - start, UInt64(Self.pieceSize))
      try sink((try? memory.read(Int(count), at: start)) ?? [])
    }
  }
}

/// Integers in one byte order.
private struct ByteWriter {
  let isLittleEndian: Bool
  var bytes: [UInt8] = []

  init(isLittleEndian: Bool) { self.isLittleEndian = isLittleEndian }

  mutating func add<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: isLittleEndian ? value.littleEndian : value.bigEndian) { bytes += $0 }
  }

  mutating func addZeros(_ count: Int) { bytes += [UInt8](repeating: 0, count: count) }

  /// A vector register in memory order.
  mutating func add(_ vector: Vector) {
    let halves = [vector.doublewords[1], vector.doublewords[0]]
    for half in isLittleEndian ? halves.reversed() : halves { add(half) }
  }

  // MARK: ELF

  /// The header of a core file for 64-bit PowerPC with two segments and no sections.
  mutating func addHeader() {
    bytes += [0x7F, 0x45, 0x4C, 0x46, 2, isLittleEndian ? 1 : 2, 1, 0] + [0, 0, 0, 0, 0, 0, 0, 0]
    for half: UInt16 in [4, 21] { add(half) }
    add(1 as UInt32)
    for wide in [0, UInt64(ELFCore.headerSize), 0] { add(wide) }
    add(0 as UInt32)
    for half in [ELFCore.headerSize, ELFCore.entrySize, 2, 0, 0, 0] { add(UInt16(half)) }
  }

  mutating func addSegment(type: UInt32, offset: UInt64, size: UInt64) {
    add(type)
    add(0 as UInt32)
    for wide in [offset, 0, 0, size, size, 0] { add(wide) }
  }

  // MARK: notes

  /// The notes of a processor. Its number, from 1, takes the place of the process ID.
  mutating func addNotes(of processor: VirtualProcessor, _ number: Int) {
    note("CORE", 1) { $0.addStatus(of: processor, number) }
    note("CORE", 2) { note in
      for register in 0..<32 { note.add(processor[vsr: register].doublewords[1]) }
      note.add(processor.floatingPointStatus)
    }
    note("LINUX", 0x100) { note in
      for register in 32..<64 { note.add(processor[vsr: register]) }
      // VSCR in the last word of a quadword, then VRSAVE in the first of another.
      note.add(Vector(0, UInt64(processor.vectorStatus)))
      note.add(UInt32(truncatingIfNeeded: processor.read(.vrsave)))
      note.addZeros(12)
    }
    note("LINUX", 0x102) { note in
      for register in 0..<32 { note.add(processor[vsr: register].doublewords[0]) }
    }
  }

  /// `struct elf_prstatus` of 64-bit Linux: 504 bytes.
  private mutating func addStatus(of processor: VirtualProcessor, _ number: Int) {
    addZeros(32)
    add(UInt32(truncatingIfNeeded: number + 1))
    addZeros(76)
    for register in 0..<32 { add(processor[gpr: register]) }
    add(processor.nextInstruction)
    add(processor.machineState)
    // Only the guest knows r3 before a system call.
    add(0 as UInt64)
    for register in [SPR.ctr, .lr, .xer] { add(processor.read(register)) }
    add(UInt64(processor.conditionRegister))
    // Soft-masked interrupts and the trap are known to the guest only.
    for value in [0, 0, processor.read(.dar), processor.read(.dsisr), 0] { add(value) }
    addZeros(40)
  }

  private mutating func note(_ owner: String, _ type: UInt32, _ body: (inout ByteWriter) -> Void) {
    var contents = ByteWriter(isLittleEndian: isLittleEndian)
    body(&contents)
    let name = Array(owner.utf8) + [0]
    add(UInt32(name.count))
    add(UInt32(contents.bytes.count))
    add(type)
    bytes += name
    addZeros(-name.count & 3)
    bytes += contents.bytes
    addZeros(-contents.bytes.count & 3)
  }
}
