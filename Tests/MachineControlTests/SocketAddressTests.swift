import MachineControl
import Testing

@Suite struct SocketAddressTests {
  @Test(arguments: [
    ("unix:/tmp/a b", SocketAddress.unix(path: "/tmp/a b")), ("/tmp/x", .unix(path: "/tmp/x")),
    ("here.sock", .unix(path: "here.sock")), ("./x", .unix(path: "./x")),
    ("tcp:4444", .tcp(host: "localhost", port: 4444)),
    ("tcp::4444", .tcp(host: "localhost", port: 4444)),
    ("tcp:there.example:1", .tcp(host: "there.example", port: 1)),
    ("tcp:[::1]:65535", .tcp(host: "::1", port: 65535)),
  ])
  func understood(text: String, address: SocketAddress) throws {
    #expect(try SocketAddress(text) == address)
  }

  @Test(arguments: [
    "", "unix:", "unix:a\u{0}b", "tcp:", "tcp:0", "tcp:65536", "tcp:a:", "udp:1", "x",
    "host.example", "a/b:1",
    "unix:" + String(repeating: "a", count: 108),
  ])
  func refused(text: String) {
    #expect(throws: SocketError.self) { try SocketAddress(text) }
  }

  @Test func saidAgain() throws {
    for text in ["unix:/x", "tcp:localhost:1", "tcp:[::1]:2"] {
      #expect(try "\(SocketAddress(text))" == text)
    }
  }
}
