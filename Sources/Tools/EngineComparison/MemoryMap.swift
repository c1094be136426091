/// Where things are in the memory of a comparison: real addresses.
enum MemoryMap {
  /// Handlers where interrupts turn translation off, and where they do not.
  static let handlers: UInt64 = 0x100
  static let translatedHandlers: UInt64 = 0x4100
  /// Those of `scv`: the first are among the code, after every program.
  static let vectoredHandlers: UInt64 = 0x1_7000
  static let translatedVectoredHandlers: UInt64 = 0x3000
  /// Of radix translation.
  static let processTable: UInt64 = 0x8000
  static let rootDirectory: UInt64 = 0x9000
  static let lowerDirectory: UInt64 = 0x9100
  static let pageTable: UInt64 = 0xA000
  /// The program, in the byte order it begins in; `otherCode` further on in the other one.
  static let code: UInt64 = 0x1_0000
  static let codeSize: UInt64 = 0x1_0000
  static let otherCode: UInt64 = 0x1_0000
  static let data: UInt64 = 0x4_0000
  static let dataSize: UInt64 = 0x4_0000
  static let memory: UInt64 = 0x8_0000

  /// With translation on, all of it is at its own addresses, and again here.
  static let alias: UInt64 = 0x10_0000
  /// And what is privileged, for handlers, in quadrant 3.
  static let kernel: UInt64 = 0xC000_0000_0000_0000
}
