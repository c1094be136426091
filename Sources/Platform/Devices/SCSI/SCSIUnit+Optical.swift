/// CD-ROM drives (MMC-6).
extension SCSIUnit {
  /// A CD has up to so many blocks; what has more is a DVD.
  private static let mostOfCD: UInt64 = 450_000

  private enum Profile {
    static let cd: UInt16 = 0x08
    static let dvd: UInt16 = 0x10
  }

  /// The current profile; 0 without a medium.
  private var profile: UInt16 {
    isEjected ? 0 : blocks > Self.mostOfCD ? Profile.dvd : Profile.cd
  }

  /// The address of a block as a table of contents has it.
  private func address(_ block: UInt64, inMinutes: Bool) -> [UInt8] {
    guard inMinutes else { return UInt32(clamping: block).bigEndianBytes }
    let frames = block + 150
    return [
      0, UInt8(clamping: frames / (75 * 60)), UInt8(frames / 75 % 60), UInt8(frames % 75),
    ]
  }

  func readContents(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    let inMinutes = command.has(2, at: 1)
    // Old initiators have the format in the control byte.
    let format = command.block[2] & 0xF == 0 ? command.block[9] >> 6 : command.block[2] & 0xF
    let track = command.block[6]
    func entry(_ track: UInt8, _ block: UInt64) -> [UInt8] {
      [0, 0x14, track, 0] + address(block, inMinutes: inMinutes)
    }
    let content: [UInt8]
    switch format {
    case 0:
      // One data track, and the lead-out.
      guard track <= 1 || track == 0xAA else { throw .check(.invalidField) }
      content = [1, 1] + (track <= 1 ? entry(1, 0) : []) + entry(0xAA, blocks)
    case 1: content = [1, 1] + entry(1, 0)
    case 2:
      // First and last track, lead-out, and the track, of session 1.
      func raw(_ point: UInt8, _ place: [UInt8]) -> [UInt8] {
        [1, 0x14, 0, point, 0, 0, 0] + place
      }
      content =
        [1, 1] + raw(0xA0, [0, 1, 0, 0]) + raw(0xA1, [0, 1, 0, 0])
        + raw(0xA2, address(blocks, inMinutes: true)) + raw(1, address(0, inMinutes: true))
    default: throw .check(.invalidField)
    }
    return .data(
      UInt16(content.count).bigEndianBytes + content, allocation: command.value(7, 2))
  }

  /// A feature descriptor.
  private func feature(
    _ code: UInt16, isPersistent: Bool, isCurrent: Bool, _ content: [UInt8]
  ) -> (code: UInt16, isCurrent: Bool, bytes: [UInt8]) {
    (
      code, isCurrent || isPersistent,
      code.bigEndianBytes + [(isPersistent ? 2 : 0) | (isCurrent || isPersistent ? 1 : 0)]
        + [UInt8(content.count)] + content
    )
  }

  func getConfiguration(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    let (kind, first) = (command.block[1] & 3, UInt16(bigEndianBytes: command.block[2..<4]))
    guard kind != 3 else { throw .check(.invalidField) }
    let current = profile
    func listed(_ profile: UInt16) -> [UInt8] {
      profile.bigEndianBytes + [current == profile ? 1 : 0, 0]
    }
    let features = [
      // Profiles; core, of SCSI; removable medium in a tray; random reads of single blocks; CDs; DVDs.
      feature(
        0x0000, isPersistent: true, isCurrent: true, listed(Profile.dvd) + listed(Profile.cd)),
      feature(0x0001, isPersistent: true, isCurrent: true, [0, 0, 0, 1, 0, 0, 0, 0]),
      feature(0x0003, isPersistent: true, isCurrent: true, [0x29, 0, 0, 0]),
      feature(
        0x0010, isPersistent: false, isCurrent: current != 0,
        UInt32(blockSize).bigEndianBytes + [0, 1, 0, 0]),
      feature(0x001E, isPersistent: false, isCurrent: current == Profile.cd, [0, 0, 0, 0]),
      feature(0x001F, isPersistent: false, isCurrent: current == Profile.dvd, [0, 0, 0, 0]),
    ].filter {
      switch kind {
      case 0: $0.code >= first
      case 1: $0.code >= first && $0.isCurrent
      default: $0.code == first
      }
    }.flatMap(\.bytes)
    return .data(
      UInt32(4 + features.count).bigEndianBytes + [0, 0] + current.bigEndianBytes + features,
      allocation: command.value(7, 2))
  }

  func getEvent(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    let command = request.command
    // Notifications come when asked for only.
    guard command.has(1, at: 1) else { throw .check(.invalidField) }
    let allocation = command.value(7, 2)
    // Class 4: media.
    guard command.has(0x10, at: 4) else {
      return .data([0, 2, 0x80, 0x10], allocation: allocation)
    }
    let state: UInt8 = isEjected ? 1 : 2
    let bytes = [0, 6, 4, 0x10, event.rawValue, state, 0, 0]
    if allocation > 4 { event = .none }
    return .data(bytes, allocation: allocation)
  }

  func readDiscInformation(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    // Only of the disc itself.
    guard request.command.block[1] & 7 == 0 else { throw .check(.invalidField) }
    var bytes = [UInt8](repeating: 0, count: 34)
    bytes.put(32 as UInt16, at: 0)
    // A complete disc whose last session is complete; one session, one track.
    bytes[2] = 0x0E
    for place in 3...6 { bytes[place] = 1 }
    bytes[7] = 0x20
    return .data(bytes, allocation: request.command.value(7, 2))
  }

  func mechanismStatus(_ request: SCSIRequest) throws(SCSIFailure) -> SCSIPlan {
    .data(
      [0, isEjected ? 0x10 : 0, 0, 0, 0, 1, 0, 0], allocation: request.command.value(8, 2))
  }
}
