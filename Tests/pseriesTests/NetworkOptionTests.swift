import CommandTestSupport
import Foundation
import Testing

/// `--net` of the built command, with the built-in guest, which leaves its cards alone.
@Suite struct NetworkOptionTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("networks-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func run(_ arguments: String...) throws -> BuiltCommand.Outcome {
    try BuiltCommand("pseries").run(arguments)
  }

  private var hasUserNetwork: Bool {
    FileManager.default.isExecutableFile(atPath: BuiltCommand("user-network").url.path)
  }

  @Test func `a network that cannot be had is an error`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for (argument, message) in [
      ("stream=unix:\(folder.path)/none", "cannot connect to unix:\(folder.path)/none: No such"),
      ("stream=127.0.0.1:1", "cannot connect to tcp:127.0.0.1:1: Connection refused"),
      ("stream=nonsense", "'tcp:nonsense' is none of"),
      ("stream=unix:/nowhere/socket,listen", "cannot listen at unix:/nowhere/socket"),
      ("tap=a-name-of-too-many-bytes", "File name too long"),
      ("fd=999", "fd=999: Bad file descriptor"),
    ] {
      let outcome = try run("--net", argument)
      #expect(outcome.status == 1, "\(argument)")
      #expect(outcome.errors.hasPrefix("pseries: --net: "), "\(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
    let group = try run("--net", "stream=unix:\(folder.path)/a,listen,mac=ff:ff:ff:ff:ff:ff")
    #expect(group.errors.contains("is not a card's address"), "\(group.errors)")
    #expect(try run("--net", "user,what").status == 2)
  }

  @Test func `a card may be connected to nothing`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for net in ["none", "none,model=vlan"] {
      let outcome = try run("--net", net)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }

  @Test func `a guest with a listening socket runs and removes it`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = "\(folder.path)/net"
    let outcome = try run("--net", "stream=unix:\(path),listen")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: path))
    let fixed = try run("--net", "stream=unix:\(path),listen", "--clock", "deterministic")
    #expect(fixed.status == 2)
    #expect(fixed.errors.contains("--net: frames arrive at times of the host"), "\(fixed.errors)")
  }

  @Test func `a saved guest takes as many networks as it has`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (state, net) = ("\(folder.path)/state", "stream=unix:\(folder.path)/net,listen")
    let saved = try run("--net", net + ",mtu=1400", "--save", state, "--save-at", "20000")
    #expect(saved.status == 0, "\(saved.errors)")
    #expect(try run("--restore", state, "--net", net).status == 0)
    let none = try run("--restore", state)
    #expect(none.status == 2)
    #expect(none.errors.contains("--net: 0 given; the number of the guest's network cards is 1"))
  }

  @Test func `the user network is a process of its own`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    guard hasUserNetwork else {
      let outcome = try run("--net", "user")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("install libslirp-dev and build again"))
      return
    }
    let outcome = try run("--net", "user,restrict", "--net", "user,mtu=65535")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.isEmpty)
    // A port that another program has.
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0
          && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(isListening)
    let taken = try run("--net", "user,forward=\(UInt16(bigEndian: address.sin_port)):22")
    #expect(taken.status == 1)
    #expect(taken.errors.hasPrefix("pseries: --net user: tcp:127.0.0.1:"), "\(taken.errors)")
    #expect(taken.errors.hasSuffix("-:22: Address already in use\n"), "\(taken.errors)")
  }
}
