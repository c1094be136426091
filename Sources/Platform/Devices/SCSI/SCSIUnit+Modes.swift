internal import MachineDescription

/// Mode pages, medium removal and power (SPC-4 7.5, SBC-3 6.4, MMC-6 7.2).
extension SCSIUnit {
  /// A mode page: its values, and the bits that an initiator can change.
  private struct Page {
    let code: UInt8
    let values: [UInt8]
    let changeable: [UInt8]

    init(_ code: UInt8, _ values: [UInt8], changeable: [UInt8] = []) {
      (self.code, self.values) = (code, values)
      self.changeable =
        changeable + [UInt8](repeating: 0, count: values.count - changeable.count)
    }

    func bytes(_ values: [UInt8]) -> [UInt8] { [code, UInt8(values.count)] + values }
  }

  /// The write cache enable bit (WCE) of the caching page.
  private static let writeCache: UInt8 = 4
  private static let cachingPage: UInt8 = 0x08

  private func page(caching isCaching: Bool) -> Page {
    var caching = [UInt8](repeating: 0, count: 18)
    caching[0] = isCaching ? Self.writeCache : 0
    return Page(
      Self.cachingPage, caching, changeable: [device.kind == .disk ? Self.writeCache : 0])
  }

  private func modePages(caching isCaching: Bool) -> [Page] {
    let recovery =
      device.kind == .cdrom
      ? [UInt8](repeating: 0, count: 6) : [0x80] + [UInt8](repeating: 0, count: 9)
    let pages = [
      // Errors are corrected by the host; blocks are reallocated without a message.
      Page(0x01, recovery), page(caching: isCaching),
      // Commands may be done in any order.
      Page(0x0A, [0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0]),
    ]
    return device.kind == .cdrom ? pages + [Page(0x2A, capabilities)] : pages
  }

  /// MM capabilities and mechanical status.
  private var capabilities: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 20)
    // CD-R, CD-RW and DVD-ROM are read; sectors of mode 2; a tray that can be locked and ejects.
    bytes[0] = 0x0B
    bytes[2] = 0x70
    bytes[4] = 0x29 | (isLocked ? 2 : 0)
    // 50 × 176 KiB/s.
    bytes.put(8800 as UInt16, at: 6)
    bytes.put(2 as UInt16, at: 8)
    bytes.put(2048 as UInt16, at: 10)
    bytes.put(8800 as UInt16, at: 12)
    return bytes
  }

  func modeSense(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    let isLong = command.operation == 0x5A
    let (control, code, subpage) = (
      command.block[2] >> 6, command.block[2] & 0x3F, command.block[3]
    )
    guard control != 3 else { throw .check(.savedPages) }
    guard subpage == 0 || subpage == 0xFF else { throw .check(.invalidField) }
    // Default values are those of power-on.
    let pages = modePages(caching: control == 2 || isCaching)
      .filter { code == 0x3F || $0.code == code }
    guard !pages.isEmpty || code == 0 else { throw .check(.invalidField) }
    let content = pages.flatMap { $0.bytes(control == 1 ? $0.changeable : $0.values) }
    let descriptor =
      command.has(8, at: 1) || device.kind == .cdrom
      ? []
      : UInt32(blocks > 0xFFFF_FFFF ? 0xFFFF_FFFF : blocks).bigEndianBytes
        + UInt32(blockSize).bigEndianBytes
    return .data(
      modeHeader(isLong, descriptor, content) + descriptor + content,
      allocation: isLong ? command.value(7, 2) : command.value(4, 1))
  }

  private func modeHeader(_ isLong: Bool, _ descriptor: [UInt8], _ content: [UInt8]) -> [UInt8] {
    // Write protection, and force unit access of reads and writes.
    let specific: UInt8 =
      device.kind == .cdrom ? 0 : (isReadOnly ? 0x80 : 0) | 0x10
    let rest = descriptor.count + content.count
    return isLong
      ? UInt16(6 + rest).bigEndianBytes + [0, specific, 0, 0]
        + UInt16(descriptor.count).bigEndianBytes
      : [UInt8(3 + rest), 0, specific, UInt8(descriptor.count)]
  }

  /// Sets the write cache; nothing else can be changed.
  func modeSelect(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    let isLong = command.operation == 0x55
    // Pages are of the standard's format, and not saved.
    guard command.has(0x10, at: 1), !command.has(1, at: 1) else { throw .check(.invalidField) }
    let length = isLong ? command.value(7, 2) : command.value(4, 1)
    guard length > 0 else { return .done }
    let list = try request.parameters(length)
    let header = isLong ? 8 : 4
    guard list.count >= header else { throw .check(.parameterListLength) }
    let descriptors =
      isLong ? Int(UInt16(bigEndianBytes: list[6..<8])) : Int(list[3])
    guard descriptors == 0 || descriptors == 8, list.count >= header + descriptors else {
      throw .check(.parameterListLength)
    }
    if descriptors == 8,
      list[header + 5..<header + 8].reduce(0, { $0 << 8 | UInt64($1) }) != blockSize
    {
      throw .check(.invalidParameter)
    }
    var place = header + descriptors
    var isCaching = isCaching
    while place < list.count {
      guard list.count - place >= 2 else { throw .check(.parameterListLength) }
      let (code, size) = (list[place] & 0x7F, Int(list[place + 1]))
      guard list.count - place - 2 >= size else { throw .check(.parameterListLength) }
      guard let page = modePages(caching: self.isCaching).first(where: { $0.code == code }),
        page.values.count == size
      else { throw .check(.invalidParameter) }
      let values = list[place + 2..<place + 2 + size]
      for (index, value) in values.enumerated()
      where (value ^ page.values[index]) & ~page.changeable[index] != 0 {
        throw .check(.invalidParameter)
      }
      if code == Self.cachingPage { isCaching = list[place + 2] & Self.writeCache != 0 }
      place += 2 + size
    }
    let wasCaching = self.isCaching
    self.isCaching = isCaching
    // What waits in the cache is written when the cache is turned off.
    return wasCaching && !isCaching
      ? .storage(StorageOperation(action: .flush, dataOut: length)) : .done
  }

  // MARK: medium

  func preventRemoval(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    isLocked = request.command.has(1, at: 4)
    return .done
  }

  func startStop(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    // With a power condition nothing starts or stops.
    guard command.block[4] >> 4 == 0 else { return .done }
    let (starts, moves) = (command.has(1, at: 4), command.has(2, at: 4))
    if moves, device.kind == .cdrom { try move(isLoading: starts) }
    // A unit that stops has written everything.
    return starts || isReadOnly ? .done : .storage(StorageOperation(action: .flush))
  }

  /// Takes the medium in or out.
  private func move(isLoading: Bool) throws(SCSIFailure) {
    guard isEjected == isLoading else { return }
    if !isLoading, isLocked { throw .check(.removalPrevented) }
    isEjected = !isLoading
    event = isLoading ? .newMedium : .removal
    if isLoading { attend(.mediumChanged) }
  }
}
