internal import HostSupport

extension DomainDescription {
  /// A device of the virtual I/O bus: where it stands, if the domain says so.
  public struct VirtualDevice: Hashable, Sendable {
    /// `reg` of its address; nil where it gets the usual one.
    public var unitAddress: UInt32?
    /// Where a terminal writes.
    public var output = Output.program
    let line: Int
  }

  /// Where a terminal writes.
  public enum Output: Hashable, Sendable {
    /// The program's standard output; nowhere for terminals after the first.
    case program
    case file(String, appends: Bool)
    case nowhere
  }

  /// Devices this machine has. Those that it has not are named by ``DomainWalk``.
  mutating func readDevices(_ devices: XMLCursor) throws(DomainError) {
    // The first console is another name for the first serial device.
    let serials = devices.children("serial").filter(\.isTerminal)
    let console = devices.children("console").first
    var elements = serials
    if elements.isEmpty, let console, console.isTerminal { elements = [console] }
    for (number, element) in elements.enumerated() {
      var terminal = try element.virtualDevice()
      if number == 0, terminal.unitAddress == nil, let console, console.isTerminal {
        terminal.unitAddress = try console.virtualDevice().unitAddress
      }
      try readOutput(element, number, &terminal)
      terminals.append(terminal)
    }
    nvram = try devices.child("nvram").map { element throws(DomainError) in
      try element.virtualDevice()
    }
    try readOtherDevices(devices)
    hasOtherBoot =
      hasOtherBoot
      || ["disk", "interface", "hostdev", "filesystem"].contains { devices.child($0) != nil }
    for module in devices.children("memory") {
      guard let size = module.child("target")?.child("size") else {
        throw module.error("it has no <target> with a <size>")
      }
      modules.append(try size.bytes(size.text, unit: size["unit"]))
    }
  }
}

extension DomainDescription {
  private mutating func readOutput(
    _ element: XMLCursor, _ number: Int, _ terminal: inout VirtualDevice
  ) throws(DomainError) {
    let type = element["type"] ?? "pty"
    switch type {
    case "null": terminal.output = .nowhere
    case "file":
      guard let source = element.child("source"), let path = source["path"] else {
        throw element.error("it has no <source> with a path")
      }
      let append = try source.word(source["append"] ?? "off", "append", of: ["on", "off"])
      terminal.output = .file(path, appends: append == "on")
    case _ where number > 0:
      terminal.output = .nowhere
      notes.append(element.note("its output is dropped: only the first terminal is connected"))
    case "pty", "stdio": break
    default:
      notes.append(
        element.note("'\(type)': it is the program's standard input and output"))
    }
  }
}

extension XMLCursor {
  /// A character device that is a virtual terminal on this machine, and not one of PCI or USB. Of
  /// consoles it can be the first one.
  var isTerminal: Bool {
    guard name == "serial" || name == "console" else { return false }
    let kind = child("address")?["type"] ?? "spapr-vio"
    return kind == "spapr-vio"
      && ["spapr-vio-serial", "serial"].contains(child("target")?["type"] ?? "serial")
  }

  fileprivate func virtualDevice() throws(DomainError) -> DomainDescription.VirtualDevice {
    var device = DomainDescription.VirtualDevice(line: element.line)
    guard let address = child("address"), let text = address["reg"] else { return device }
    guard (address["type"] ?? "spapr-vio") == "spapr-vio" else {
      throw address.error("only spapr-vio has virtual devices")
    }
    // libvirt reads hexadecimal digits, with or without 0x.
    guard let unit = UInt32(hexadecimal: text) ?? UInt32(hexDigits: text),
      (1...0x7fff_ffff).contains(unit)
    else { throw address.error("reg '\(text)' is not 0x1 to 0x7fffffff") }
    device.unitAddress = unit
    return device
  }
}
