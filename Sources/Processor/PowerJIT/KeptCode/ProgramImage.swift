internal import CCodeMemory
internal import HostSupport

/// The program in the host's memory, or the library that has the engine.
struct ProgramImage {
  /// Where it was loaded. Distances from there are the same each time.
  let base: UInt
  /// A number for the contents of what is not writable: its code and constants.
  let fingerprint: UInt64

  static let current = ProgramImage()

  private init() {
    base = UInt(ccode_program_part(0).base)
    var number: UInt64 = 0
    for index in 0... {
      let part = ccode_program_part(Int32(index))
      guard let start = part.start else { break }
      number = Self.fingerprint(
        of: UnsafeRawBufferPointer(start: start, count: part.size), after: number)
    }
    fingerprint = number
  }

  private static func fingerprint(of part: UnsafeRawBufferPointer, after former: UInt64) -> UInt64 {
    var number = former
    for place in stride(from: 0, through: part.count - 8, by: 8) {
      // Safety: the program is mapped as long as it runs, and its parts are readable.
      let word = part.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      number = (number ^ word) &* SplitMix64.increment
      number ^= number >> 29
    }
    return SplitMix64.mixed(number &+ UInt64(part.count))
  }
}
