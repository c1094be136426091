extension Hypercall {
  /// Every call of LoPAR, Linux and QEMU, by number. A row with a handler is served.
  public static let all: [Hypercall] = [
    translation, registers, memory, dma, terminals, interrupts,
    processors, virtualIO, accelerators, platform, nesting, privateCalls, hostAdapters,
  ].joined().sorted { $0.number < $1.number }
}
