import Glibc
import HostSupport
import Testing

/// A call that takes a part, is interrupted, has no room or fails.
@Suite struct WholeWriteTests {
  @Test func partsAreRepeated() {
    var (taken, calls) = ([UInt8](), 0)
    let bytes = (0..<100).map { UInt8($0) }
    let error = WholeWrite.write(bytes, mayWait: { false }) { rest in
      calls += 1
      if calls.isMultiple(of: 2) {
        errno = EINTR
        return -1
      }
      let count = min(rest.count, 7)
      taken += rest[..<count]
      return count
    }
    #expect(error == 0 && taken == bytes)
    #expect(WholeWrite.write([], mayWait: { false }) { _ in 0 } == 0)
  }

  @Test func waitsEnd() {
    var waits = 0
    let error = WholeWrite.write([1]) {
      waits += 1
      return waits < 3
    } by: { _ in
      errno = EAGAIN
      return -1
    }
    #expect(error == ECANCELED && waits == 3)
  }

  @Test func failuresAreTold() {
    let failed = WholeWrite.write([1], mayWait: { true }) { _ in
      errno = ENOSPC
      return -1
    }
    #expect(failed == ENOSPC)
    // A call that takes nothing would be made forever.
    #expect(WholeWrite.write([1], mayWait: { true }) { _ in 0 } == EIO)
    #expect(WholeWrite.write([1], to: -1) == EBADF)
    #expect(WholeWrite.write([1], to: open("/dev/full", O_WRONLY)) == ENOSPC)
  }
}
