extension Hypercall {
  /// Every call that LoPAR, Linux and QEMU know of, by number. A row with a handler is served.
  public static let all: [Hypercall] = [
    translation, registers, memory, dma, terminals, interrupts,
    processors, virtualIO, accelerators, platform, nesting, privateCalls, hostAdapters,
  ].joined().sorted { $0.number < $1.number }
}
