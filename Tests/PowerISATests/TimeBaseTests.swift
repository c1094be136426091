import PowerISA
import Testing

@Suite struct TimeBaseTests {
  @Test func `conversions agree with the frequencies`() {
    #expect(TimeBase.ticks(nanoseconds: 1_000_000_000) == TimeBase.frequency)
    #expect(TimeBase.nanoseconds(ticks: TimeBase.frequency) == 1_000_000_000)
    #expect(TimeBase.cycles(ticks: TimeBase.frequency) == TimeBase.clockFrequency)
    #expect(TimeBase.cycles(ticks: TimeBase.frequency * 3600) == TimeBase.clockFrequency * 3600)
  }

  @Test func `conversions round down`() {
    #expect(TimeBase.ticks(nanoseconds: 1) == 0 && TimeBase.ticks(nanoseconds: 2) == 1)
    #expect(TimeBase.nanoseconds(ticks: 1) == 1 && TimeBase.nanoseconds(ticks: 63) == 123)
    #expect(TimeBase.ticks(nanoseconds: .max) / 64 == UInt64.max / 125)
  }
}
