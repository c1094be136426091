internal import Hypervisor

/// Where data of a command are: some bytes of buffers on the bus.
struct SCSIData: Sendable {
  var buffers: [DMABuffer] = []
  /// Bytes of the buffers before the data.
  var offset: UInt64 = 0
  var count: UInt64 = 0
}

/// A command as a transport brings it (SAM-5 5.1).
struct SCSICommand: Sendable {
  /// The command descriptor block (CDB), with zeros up to ``blockSize``.
  let block: [UInt8]
  /// What the unit reads.
  let dataOut: SCSIData
  /// What the unit writes.
  let dataIn: SCSIData

  /// The most bytes of a command descriptor block that are looked at.
  static let blockSize = 32

  init(_ block: some Collection<UInt8>, dataOut: SCSIData = .init(), dataIn: SCSIData = .init()) {
    let bytes = Array(block.prefix(Self.blockSize))
    self.block = bytes + [UInt8](repeating: 0, count: Self.blockSize - bytes.count)
    (self.dataOut, self.dataIn) = (dataOut, dataIn)
  }

  /// The operation code.
  var operation: UInt8 { block[0] }
  /// The service action of commands that have one in byte 1.
  var action: UInt8 { block[1] & 0x1F }

  /// A number of the block, most significant byte first.
  func value(_ offset: Int, _ count: Int) -> UInt64 {
    UInt64(bigEndianBytes: block[offset..<offset + count])
  }

  /// Whether any of these bits of a byte is set.
  func has(_ bits: UInt8, at offset: Int) -> Bool { block[offset] & bits != 0 }

  /// Bytes of a block with an operation code, by its group.
  static func length(of operation: UInt8) -> Int {
    switch operation >> 5 {
    case 0: 6
    case 1, 2: 10
    case 4: 16
    case 5: 12
    default: 6
    }
  }

  /// Logical block address and number of blocks of a command that transfers blocks (SBC-3 5).
  var range: (address: UInt64, count: UInt64) {
    switch Self.length(of: operation) {
    case 6: (value(1, 3) & 0x1F_FFFF, block[4] == 0 ? 256 : UInt64(block[4]))
    case 10: (value(2, 4), value(7, 2))
    case 12: (value(2, 4), value(6, 4))
    default: (value(2, 8), value(10, 4))
    }
  }
}

/// The status of a command (SAM-5 5.3.1).
enum SCSIStatus {
  static let good: UInt8 = 0
  static let checkCondition: UInt8 = 2
}

/// How a command ended.
struct SCSIResult: Hashable, Sendable {
  var status = SCSIStatus.good
  var sense: [UInt8] = []
  /// Bytes of data-in that were written.
  var dataIn: UInt64 = 0
  /// Bytes of data-out that were read.
  var dataOut: UInt64 = 0

  static func check(_ sense: SCSISense) -> Self {
    SCSIResult(status: SCSIStatus.checkCondition, sense: sense.bytes)
  }
}

/// How a command is answered.
enum SCSIAnswer: Sendable {
  case result(SCSIResult)
  /// It needs so many bytes, more than the buffers have. Nothing was done.
  case overrun(UInt64)
  /// The buffers are not where the adapter can reach them.
  case fault
  /// Task management ended it.
  case aborted
  /// A reset ended it.
  case reset
}

/// Why a command is not begun.
enum SCSIFailure: Error {
  case check(SCSISense)
  case overrun(UInt64)
  case fault
}

/// What a command asks for, after all of it has been checked.
enum SCSIPlan {
  /// Nothing is left to do.
  case done
  /// Bytes for the initiator, of which it takes as many as its allocation length allows.
  case data([UInt8], allocation: UInt64)
  case storage(StorageOperation)
}
