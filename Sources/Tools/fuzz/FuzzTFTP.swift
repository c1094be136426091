import ArgumentParser
import NetworkBoot
import NetworkSamples

/// Networks that the firmware boots from: a server's answers of DHCP, ARP and TFTP, mostly damaged, lost,
/// repeated or in another order.
struct FuzzTFTP: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tftp", abstract: "Answers of DHCP, ARP and TFTP servers to the firmware.")

  /// The most frames that one input takes to end.
  private static let mostTurns = 4000

  @OptionGroup var options: FuzzOptions

  func run() throws {
    try options.run("tftp") { Self.boot(&$0) }
  }

  private static func boot(_ g: inout InputGenerator) -> String? {
    let content = (0..<g.below(6000)).map { UInt8(truncatingIfNeeded: $0) }
    var server = SampleServer(files: ["a": content], bootFile: g.below(8) == 0 ? nil : "a")
    server.hasDHCP = g.below(8) > 0
    server.hasOptions = g.below(4) > 0
    server.isFar = g.below(4) == 0
    let text = ["", "bootp", ",a", "10.0.2.2,a,10.0.2.15", ",,,,,,,\(g.below(2000))"][g.below(5)]
    guard let arguments = NetworkArguments(text) else { return nil }
    let limit = g.below(8000)
    var boot = NetworkBoot(
      address: [0x52, 0x54, 0, 0x12, 0x34, 0x56], arguments: arguments, limit: limit,
      seed: g.next(), now: 0)
    var (now, seen) = (0 as UInt64, [[UInt8]]())
    let damage = g.below(4)
    for _ in 0..<mostTurns {
      for frame in boot.takeOutgoing() {
        for answer in server.answer(frame) {
          seen.append(answer)
          for _ in 0..<g.below(damage + 1) { boot.receive(damaged(seen, &g), now: now) }
          if g.below(10) >= damage { boot.receive(answer, now: now) }
        }
      }
      guard let result = boot.result else {
        if boot.outgoing.isEmpty {
          now = boot.deadline
          boot.advance(to: now)
        }
        continue
      }
      switch result {
      case .success(let file): return file.content.count <= limit ? "loaded" : nil
      case .failure(.transfer): return "transfer failed"
      case .failure(let error): return "\(error)".split(separator: " ").last.map(String.init)
      }
    }
    // It must have ended.
    return nil
  }

  /// One of the frames that were seen, changed; mostly with a right checksum of its header.
  private static func damaged(_ seen: [[UInt8]], _ g: inout InputGenerator) -> [UInt8] {
    let frame = seen[g.below(seen.count)]
    guard frame.count > 42, frame[13] == 0, g.below(4) > 0 else { return g.mutate(frame) }
    let ports = (34..<38).map { Int(frame[$0]) }
    return SampleServer.datagram(
      g.mutate(Array(frame[42...])), to: Array(frame[..<6]),
      UInt16(g.below(16) == 0 ? g.below(65536) : ports[0] << 8 | ports[1]),
      UInt16(ports[2] << 8 | ports[3]), Array(frame[26..<30]))
  }
}
