import NetworkSamples
import Testing

@testable import NetworkBoot

/// The firmware's client of DHCP, BOOTP and TFTP with a server, and with those who send anything.
@Suite struct NetworkBootTests {
  private static let address: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]
  private static let second: UInt64 = 1_000_000_000

  private static func boot(_ arguments: String = "", limit: Int = 1 << 20) throws -> NetworkBoot {
    NetworkBoot(
      address: address, arguments: try #require(NetworkArguments(arguments)), limit: limit, seed: 7,
      now: 0)
  }

  /// Lets the client and a server talk until the client has ended.
  /// - Parameter loses: whether a frame of either side is lost, by its number.
  private static func run(
    _ boot: inout NetworkBoot, _ server: inout SampleServer, loses: (Int) -> Bool = { _ in false }
  ) throws -> Result<NetworkBootFile, NetworkBootError> {
    var (now, frames) = (0 as UInt64, 0)
    while boot.result == nil {
      for frame in boot.takeOutgoing() {
        #expect(frame.count >= 60)
        frames += 1
        if loses(frames) { continue }
        for answer in server.answer(frame) {
          frames += 1
          if !loses(frames) { boot.receive(answer, now: now) }
        }
      }
      guard boot.result == nil, boot.outgoing.isEmpty else { continue }
      now = boot.deadline
      boot.advance(to: now)
    }
    #expect(now <= 700 * second)
    return try #require(boot.result)
  }

  private static func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
  }

  @Test(arguments: [0, 1, 1427, 1428, 1429, 100_000], [true, false])
  func `a file comes whole`(count: Int, hasOptions: Bool) throws {
    let content = Self.pattern(count)
    var server = SampleServer(files: ["boot/core.elf": content], bootFile: "boot/core.elf")
    server.hasOptions = hasOptions
    var boot = try Self.boot()
    let file = try Self.run(&boot, &server).get()
    #expect(file.content == content)
    #expect(file.arguments == "10.0.2.2,boot/core.elf,10.0.2.15,10.0.2.2,4,5,255.255.255.0")
    #expect(file.response.starts(with: [2, 1, 6, 0]))
    #expect(server.requests == ["DHCP 1", "DHCP 3", "ARP 2", "TFTP boot/core.elf"])
  }

  @Test(arguments: 3..<9) func `lost frames are sent again`(every: Int) throws {
    let content = Self.pattern(20_000)
    var server = SampleServer(files: ["a": content], bootFile: "a")
    var boot = try Self.boot(",,,,20,20")
    let file = try Self.run(&boot, &server, loses: { $0 % every == 1 }).get()
    #expect(file.content == content)
  }

  @Test func `arguments name server, file and addresses`() throws {
    var server = SampleServer(files: ["b": [1, 2, 3]], bootFile: "a")
    var boot = try Self.boot("dhcp,speed=auto,duplex=auto,10.0.2.2,b")
    #expect(try Self.run(&boot, &server).get().content == [1, 2, 3])
    // With both addresses nothing is asked for.
    server = SampleServer(files: ["b": [4]])
    boot = try Self.boot("10.0.2.2,b,10.0.2.15,,,,255.255.255.0")
    let file = try Self.run(&boot, &server).get()
    #expect(file.content == [4] && file.response.isEmpty)
    #expect(server.requests == ["ARP 2", "TFTP b"])
    // A server of the Bootstrap Protocol alone.
    server = SampleServer(files: ["a": [5]], bootFile: "a")
    server.hasDHCP = false
    boot = try Self.boot("bootp")
    #expect(try Self.run(&boot, &server).get().content == [5])
    // A server beyond the router.
    server = SampleServer(files: ["a": [6]], bootFile: "a")
    server.isFar = true
    boot = try Self.boot()
    #expect(try Self.run(&boot, &server).get().content == [6])
    #expect(server.requests.contains("ARP 2"))
  }

  @Test func `what is missing is said, after a bounded time`() throws {
    func failure(
      _ arguments: String, _ server: SampleServer, limit: Int = 1 << 20,
      loses: (Int) -> Bool = { _ in false }
    ) throws -> String {
      var (boot, server) = (try Self.boot(arguments, limit: limit), server)
      guard case .failure(let error) = try Self.run(&boot, &server, loses: loses) else { return "" }
      return "\(error)"
    }
    let server = SampleServer(files: ["a": Self.pattern(3000)], bootFile: "a")
    #expect(try failure("", server, loses: { _ in true }) == "no DHCP server answers")
    #expect(try failure("bootp", server, loses: { _ in true }) == "no BOOTP server answers")
    #expect(
      try failure("10.0.2.9,a,10.0.2.15,,,,255.255.255.0", server) == "10.0.2.9 does not answer")
    #expect(try failure("", server, loses: { $0 > 6 }) == "10.0.2.2 does not answer")
    #expect(
      try failure(",b", server)
        == "b from 10.0.2.2: the server reports error 1: File not found")
    #expect(
      try failure("", server, limit: 2999)
        == "a from 10.0.2.2: the file has more than 2999 bytes, which there is room for")
    #expect(
      try failure("", SampleServer(files: [:]))
        == "no server names a boot file, and the device's arguments do not")
  }

  @Test func `others' frames change nothing`() throws {
    let content = Self.pattern(5000)
    var server = SampleServer(files: ["a": content], bootFile: "a")
    var boot = try Self.boot()
    var answers: [[UInt8]] = []
    while boot.result == nil {
      for frame in boot.takeOutgoing() {
        for answer in server.answer(frame) {
          // To another card, from another server, to another port, damaged, a fragment.
          var other = answer
          other[5] ^= 1
          boot.receive(other, now: 0)
          if answer[13] == 0 {
            for place in [24, 29, 20] {
              other = answer
              other[place] ^= 1
              boot.receive(other, now: 0)
            }
            boot.receive(answer.prefix(41), now: 0)
          }
          boot.receive(answer, now: 0)
          // And again.
          boot.receive(answer, now: 0)
          answers.append(answer)
        }
      }
    }
    #expect(try boot.result?.get().content == content)
    // Of two addresses, an offer, an acknowledgement, an options' acknowledgement and four blocks.
    #expect(answers.count == 8)
  }

  @Test func `a request for the client's hardware address is answered`() throws {
    var server = SampleServer(files: ["a": [1]], bootFile: "a")
    var boot = try Self.boot()
    for _ in 0..<2 {
      for frame in boot.takeOutgoing() {
        for answer in server.answer(frame) { boot.receive(answer, now: 0) }
      }
    }
    _ = boot.takeOutgoing()
    let everyone = [UInt8](repeating: 0xFF, count: 6)
    let header: [UInt8] = [8, 6, 0, 1, 8, 0, 6, 4, 0, 1]
    let request =
      everyone + SampleServer.hardware + header + SampleServer.hardware + SampleServer.address
      + [0, 0, 0, 0, 0, 0] + SampleServer.client
    boot.receive(request, now: 0)
    let answer = try #require(boot.takeOutgoing().first)
    #expect(answer.starts(with: SampleServer.hardware + Self.address + [8, 6]))
    #expect(answer[20..<32].elementsEqual([0, 2] + Self.address + SampleServer.client))
  }

  @Test(arguments: [
    "x", "10.0.2", "10.0.2.256", "10.0.2.2,a,b", ",,,,x", ",,,,,,,,", "=a", "1.2.3.4,a\u{7}",
    ",,,,-1", "010.0.0.1111",
  ])
  func notArguments(text: String) { #expect(NetworkArguments(text) == nil) }

  @Test func `arguments as GRUB has them`() throws {
    let text = "speed=auto,duplex=auto,1.1.1.1,dummy,1.1.1.1,1.1.1.1,5,6,1.1.1.1,512"
    let arguments = try #require(NetworkArguments(text))
    #expect(arguments.file == "dummy" && arguments.blockSize == 512)
    #expect(arguments.addressRetries == 5 && arguments.fileRetries == 6)
    #expect(arguments.server == InternetAddress("1.1.1.1"))
    #expect(NetworkArguments(ofSpecifier: "/vdevice/l-lan@1")?.addressProtocol == .dhcp)
    #expect(NetworkArguments(ofSpecifier: "net:bootp,0.0.0.0,f")?.file == "f")
    #expect(NetworkArguments(ofSpecifier: "net:bootp,0.0.0.0,f")?.server == nil)
  }
}
