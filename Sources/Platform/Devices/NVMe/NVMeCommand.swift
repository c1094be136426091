internal import HostSupport
internal import Hypervisor

/// An entry of a submission queue (NVM Express 1.4, 4.2).
struct NVMeCommand: Sendable {
  /// Bytes of an entry.
  static let size: UInt64 = 64

  private let bytes: [UInt8]

  /// - Parameter bytes: ``size`` of them.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A double word by its number, 0 to 15.
  func word(_ number: Int) -> UInt32 {
    UInt32(littleEndianBytes: bytes[4 * number..<4 * number + 4])
  }

  private func long(_ number: Int) -> UInt64 {
    UInt64(word(number)) | UInt64(word(number + 1)) << 32
  }

  /// The lower or upper half of a double word.
  func low(_ number: Int) -> UInt16 { UInt16(truncatingIfNeeded: word(number)) }
  func high(_ number: Int) -> UInt16 { UInt16(word(number) >> 16) }

  var operation: UInt8 { bytes[0] }
  /// Whether it is one of two fused commands, or its data are in a scatter gather list.
  var needsMore: Bool { bytes[1] != 0 }
  /// What the driver knows it by on its queue.
  var identifier: UInt16 { high(0) }
  /// The namespace's identifier.
  var namespace: UInt32 { word(1) }
  /// PRP entries 1 and 2.
  var first: UInt64 { long(6) }
  var second: UInt64 { long(8) }
  /// The first logical block, of commands that name blocks.
  var block: UInt64 { long(10) }
  /// Logical blocks of such a command.
  var blocks: UInt64 { UInt64(low(12)) + 1 }

  /// A bit of a double word.
  func has(_ bit: Int, of number: Int) -> Bool { word(number) >> UInt32(bit) & 1 != 0 }
}

extension NVMeCommand {
  /// Where its data are on the bus (NVM Express 1.4, 4.3).
  /// - Parameters:
  ///   - count: bytes, limited by the caller.
  ///   - page: bytes of a memory page.
  ///   - dma: memory as the controller reaches it.
  private func buffers(
    _ count: UInt64, page: UInt64, _ dma: DMASpace
  ) throws(NVMeStatus) -> [DMABuffer] {
    guard count > 0 else { return [] }
    guard first & 3 == 0 else { throw .invalidOffset }
    var left = count
    var buffers: [DMABuffer] = []
    func add(_ address: UInt64, upTo most: UInt64) {
      let length = min(left, most)
      left -= length
      if let last = buffers.last, last.address + UInt64(last.count) == BusAddress(address) {
        buffers[buffers.count - 1].count += UInt32(length)
      } else {
        buffers.append(DMABuffer(address: BusAddress(address), count: UInt32(length)))
      }
    }
    add(first, upTo: page - first & (page - 1))
    if left == 0 { return buffers }
    guard left > page else {
      guard second & (page - 1) == 0 else { throw .invalidOffset }
      add(second, upTo: page)
      return buffers
    }
    guard second & 7 == 0 else { throw .invalidOffset }
    var list = second
    while left > 0 {
      let room = (page - list & (page - 1)) / 8
      let wanted = (left + page - 1) / page
      // The last entry of a page that has not room for all leads to the next page.
      let isLast = wanted <= room
      let bytes: [UInt8]
      do throws(DMAError) {
        bytes = try dma.read(Int(8 * min(wanted, room)), at: BusAddress(list))
      } catch { throw .transferError }
      for place in stride(from: 0, to: bytes.count, by: 8) {
        let entry = UInt64(littleEndianBytes: bytes[place..<place + 8])
        guard entry & (page - 1) == 0 else { throw .invalidOffset }
        if isLast || place + 8 < bytes.count { add(entry, upTo: page) } else { list = entry }
      }
    }
    return buffers
  }

  /// Where its data are in memory.
  func pieces(
    _ count: UInt64, page: UInt64, _ dma: DMASpace, _ access: DMAAccess
  ) throws(NVMeStatus) -> [DMASpace.Piece] {
    var pieces: [DMASpace.Piece] = []
    for buffer in try buffers(count, page: page, dma) {
      do throws(DMAError) {
        for piece in try dma.pieces(buffer.address, count: Int(buffer.count), access) {
          if let last = pieces.last, last.real + UInt64(last.count) == piece.real {
            pieces[pieces.count - 1].count += piece.count
          } else {
            pieces.append(piece)
          }
        }
      } catch { throw .transferError }
    }
    return pieces
  }
}
