internal import GuestMemory
internal import PowerISA

/// The interrupt handlers of every program. They leave all registers but SRR0, SRR1 and some SPRGs
/// as they were: SPRG0 has where the program begins, SPRG1 to SPRG3 are theirs.
enum InterruptHandlers {
  /// Writes them for interrupts with translation off and, for those with it on, at their other place.
  /// - Parameter repairsPages: whether the handler of data storage interrupts, with radix
  ///   translation, lets accesses happen.
  static func write(to memory: GuestMemory, littleEndian: Bool, repairsPages: Bool) throws {
    for place in [MemoryMap.handlers, MemoryMap.translatedHandlers] {
      for offset in stride(from: 0 as UInt64, to: 0xF00, by: 0x20) {
        let vector = MemoryMap.handlers + offset
        // The second half of a long handler.
        if vector & 0x7F != 0, vector < 0xF00 { continue }
        for (index, word) in handler(vector, littleEndian, repairsPages).enumerated() {
          try memory.write(
            word, at: place + offset + UInt64(index) * 4, littleEndian ? .little : .big)
        }
      }
    }
  }

  /// Writes those of `scv`, which return at once.
  static func writeVectored(to memory: GuestMemory, littleEndian: Bool) throws {
    for place in [MemoryMap.vectoredHandlers, MemoryMap.translatedVectoredHandlers] {
      for level in 0..<128 as Range<UInt64> {
        try memory.write(
          Assembly.word(.rfscv), at: place + level * 0x20, littleEndian ? .little : .big)
      }
    }
  }

  private static let (srr0, srr1, dar, timebase) = (26, 27, 19, 268) as (Int64, Int64, Int64, Int64)
  private static let (sprg0, sprg1, sprg2, sprg3) =
    (272, 273, 274, 275) as (Int64, Int64, Int64, Int64)

  private static func from(_ spr: Int64, _ register: Int64) -> UInt32 {
    Assembly.word(.mfspr, register, spr)
  }
  private static func to(_ spr: Int64, _ register: Int64) -> UInt32 {
    Assembly.word(.mtspr, spr, register)
  }

  private static func handler(
    _ vector: UInt64, _ littleEndian: Bool, _ repairsPages: Bool
  ) -> [UInt32] {
    let body: [UInt32]
    switch vector {
    case 0x100, 0x400, 0x480:
      // No address to continue at: from the beginning.
      body = [from(sprg0, 3), to(srr0, 3)]
    case 0x200: body = goOnInProgram
    case 0x300 where repairsPages: body = repair(littleEndian)
    case 0x500, 0xA00, 0xF00:
      // With MSR[EE] off, for the cause stays.
      body = [
        from(srr1, 3), Assembly.word(.rldicl, 3, 3, 48, 1), Assembly.word(.rldicl, 3, 3, 16, 0),
        to(srr1, 3),
      ]
    case 0x800: body = [from(srr1, 3), Assembly.word(.ori, 3, 3, 0x2000), to(srr1, 3)]
    case 0xF20: body = [from(srr1, 3), Assembly.word(.oris, 3, 3, 0x200), to(srr1, 3)]
    case 0xF40: body = [from(srr1, 3), Assembly.word(.oris, 3, 3, 0x80), to(srr1, 3)]
    case 0xD00: body = []
    case 0x900: body = [Assembly.word(.addi, 3, 0, 0x3FF), Assembly.word(.mtspr, 22, 3)]
    case 0xC00:
      // On in the other byte order.
      body = [
        from(srr1, 3), Assembly.word(.xori, 3, 3, 1), to(srr1, 3), from(srr0, 3),
        Assembly.word(
          .xoris, 3, 3, Int64((MemoryMap.code ^ (MemoryMap.code + MemoryMap.otherCode)) >> 16)),
        to(srr0, 3),
      ]
    default: body = [from(srr0, 3), Assembly.word(.addi, 3, 3, 4), to(srr0, 3)]
    }
    return [to(sprg1, 3)] + body + [from(sprg1, 3), Assembly.word(.rfid)]
  }

  /// After the instruction, if that is in the program, else from the beginning.
  private static let goOnInProgram: [UInt32] = [
    to(sprg2, 4), Assembly.word(.mfcr, 4), to(sprg3, 4), from(srr0, 3),
    Assembly.word(.rldicl, 4, 3, 48, 16),
    Assembly.word(.cmpli, 0, 1, 4, Int64((MemoryMap.code + 2 * MemoryMap.codeSize) >> 16)),
    Assembly.word(.bc, 4, 0, 12), Assembly.word(.addi, 3, 3, 4), Assembly.word(.b, 8),
    from(sprg0, 3), to(srr0, 3), from(sprg3, 4), Assembly.word(.mtcrf, 0xFF, 4), from(sprg2, 4),
  ]

  /// Permits all accesses to the page of DAR, and continues at the instruction or after it.
  private static func repair(_ littleEndian: Bool) -> [UInt32] {
    let (load, store): (InstructionID, InstructionID) =
      littleEndian ? (.ldbrx, .stdbrx) : (.ldx, .stdx)
    return [
      to(sprg2, 4), from(dar, 3),
      // 8 times the page's number.
      Assembly.word(.rldicl, 3, 3, 52, 55), Assembly.word(.rldicr, 3, 3, 3, 60),
      Assembly.word(.addis, 3, 3, 1),
      Assembly.word(.addi, 3, 3, Int64(MemoryMap.pageTable) - 0x1_0000),
      Assembly.word(load, 4, 0, 3),
      // Valid, a leaf; R, C, read, write, execute.
      Assembly.word(.rldicl, 4, 4, 16, 0), Assembly.word(.ori, 4, 4, 0xC000),
      Assembly.word(.rldicl, 4, 4, 48, 0), Assembly.word(.ori, 4, 4, 0x187),
      Assembly.word(store, 4, 0, 3), Assembly.word(.sync, 2),
      from(dar, 3), Assembly.word(.rldicr, 3, 3, 0, 51), Assembly.word(.addi, 4, 0, 0),
      Assembly.word(.tlbie, 3, 4), from(srr0, 3), Assembly.word(.mftb, 4, timebase),
      Assembly.word(.rlwinm, 4, 4, 0, 29, 29), Assembly.word(.add, 3, 3, 4), to(srr0, 3),
      from(sprg2, 4),
    ]
  }
}
