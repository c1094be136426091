internal import Devices
internal import DiskFormats
internal import GuestMemory
internal import HostSupport
internal import Hypervisor
internal import MachineDescription
internal import NetworkBoot

/// Where the firmware of a machine that boots from its disks is, before it has started a program.
enum BootStage {
  /// Nothing was done yet.
  case starting
  /// The key of the menu can be pressed until the machine's time in nanoseconds.
  case awaitingKey(until: UInt64)
  /// The menu is shown.
  case menu
  /// A program comes from the network.
  case loading(NetworkLoading)
}

/// A program that comes from the network.
struct NetworkLoading {
  /// The device specifier.
  var device: String
  var card: NetworkCard
  var boot: NetworkBoot
  /// The devices that are tried when nothing comes, and what was wrong with those before.
  var rest: [String]
  var failures: [BootFailure]
  /// Whether the user has chosen it in the menu, which then follows in place of other devices.
  var isChosen: Bool
}

/// Starting a program from a disk. The machine's turns do it, so that the menu can wait for a key.
extension PowerMachine {
  /// The keys of the menu's devices, in their order.
  private static let deviceKeys = Array("123456789abcdefghijklmnopqrstuvwxyz".utf8)

  /// Begins to boot from the disks.
  func beginBoot() {
    description.bootProgram = nil
    (description.kernel, description.initrd) = (nil, nil)
    description.kernelIsLittleEndian = false
    firmware = nil
    bootStage = .starting
  }

  /// The firmware's part of a turn while it has started no program.
  /// - Returns: the outcome when nothing can be started, or the user ends the machine.
  func bootTurn() -> MachineOutcome? {
    if let outcome = pollConsole() { return outcome }
    switch bootStage {
    case nil: return nil
    case .starting:
      if takeMenuKey() { return showMenu() }
      guard let seconds = configuration.bootMenuSeconds, remainingBootDevices == nil else {
        return bootFromList()
      }
      say("Press Esc or F12 for the boot menu.")
      bootStage = .awaitingKey(
        until: clock.nanoseconds &+ UInt64(clamping: Int64(seconds * 1e9)))
    case .awaitingKey(let end):
      if takeMenuKey() { return showMenu() }
      if clock.nanoseconds >= end { return bootFromList() }
    case .menu: return serveMenu()
    case .loading(let loading): return load(loading)
    }
    return nil
  }

  /// Nanoseconds until the stage ends by itself; nil while only a key can end it.
  var bootWait: UInt64? {
    if case .loading = bootStage { return 0 }
    guard case .awaitingKey(let end) = bootStage else { return nil }
    let now = clock.nanoseconds
    return end > now ? end - now : 0
  }

  private func say(_ line: String) { terminal.write(Array("\(line)\r\n".utf8)) }

  // MARK: starting

  private func bootFromList() -> MachineOutcome? {
    let devices = remainingBootDevices ?? bootDevices()
    remainingBootDevices = nil
    return boot(from: devices)
  }

  /// Starts the first program that the devices have.
  /// - Parameters:
  ///   - failures: what was wrong with those before.
  ///   - isChosen: whether the only device was chosen in the menu, which is shown again when it has no
  ///     program.
  private func boot(
    from devices: [String], after failures: [BootFailure] = [], isChosen: Bool = false
  ) -> MachineOutcome? {
    var failures = failures
    bootStage = nil
    for (place, device) in devices.enumerated() {
      let rest = Array(devices[(place + 1)...])
      do {
        if let (card, arguments) = try networkCard(of: device) {
          say("Booting \(device.printable) from the network; Esc or F12 stops it.")
          let boot = card.begin(arguments, limit: Int(clamping: memory.size))
          bootStage = .loading(
            NetworkLoading(
              device: device, card: card, boot: boot, rest: rest, failures: failures,
              isChosen: isChosen))
          return nil
        }
        let (file, path, program) = try bootProgram(of: device)
        log("booting \(path.printable): \(program.name.printable)")
        description.bootProgram = .init(path: path, arguments: program.bootArguments)
        try boot(file, tree: nil)
        devicesAfterBoot = rest
        return nil
      } catch let failure as BootFailure {
        failures.append(failure)
      } catch {
        failures.append(BootFailure(device: device, reason: Self.reason(error)))
        memory.clear()
      }
    }
    // Without input no other device can be chosen.
    if isChosen, !console.inputEnded { return showMenu(after: failures) }
    description.bootProgram = nil
    let reasons = failures.map { "\($0)" }.joined(separator: "; ")
    return .bootFailure(
      reason: "nothing is bootable" + (reasons.isEmpty ? ": there is no disk" : ": " + reasons))
  }

  /// The next milliseconds of a program that comes from the network.
  private func load(_ loading: NetworkLoading) -> MachineOutcome? {
    if takeMenuKey() {
      say("Stopped.")
      return showMenu()
    }
    var loading = loading
    // What has come is not copied.
    bootStage = .starting
    loading.card.exchange(&loading.boot, milliseconds: 20)
    guard let result = loading.boot.result else {
      bootStage = .loading(loading)
      return nil
    }
    do {
      try start(try result.get(), from: loading)
      return nil
    } catch {
      let failure = BootFailure(device: loading.device, reason: Self.reason(error))
      memory.clear()
      if !loading.isChosen { say("\(failure)") }
      return boot(
        from: loading.rest, after: loading.failures + [failure], isChosen: loading.isChosen)
    }
  }

  /// Starts a program that has come from the network.
  private func start(_ file: NetworkBootFile, from loading: NetworkLoading) throws {
    let path = loading.card.path + ":" + file.arguments
    log("booting \(path.printable): \(file.content.count) bytes")
    bootStage = nil
    description.bootProgram = .init(path: path, response: file.response)
    try boot(GuestFile(file.content, name: path), tree: nil)
    devicesAfterBoot = loading.rest
  }

  private static func reason(_ error: any Error) -> String {
    if case LoadingError.file(_, let reason) = error { return reason }
    return "\(error)"
  }

  /// The client program of a disk has ended: the next device follows.
  /// - Returns: false when there is none.
  func bootNext() -> Bool {
    guard case .disks = configuration.program, configuration.allowsRestart,
      let rest = devicesAfterBoot, !rest.isEmpty
    else { return false }
    remainingBootDevices = rest
    partition.post(.reboot)
    return true
  }

  // MARK: menu

  /// Takes a key that shows the menu, and what was typed before it.
  /// - Returns: false when there is none; what was typed is then the program's.
  func takeMenuKey() -> Bool {
    let input = terminal.waitingInput
    var rest = input[...]
    while let key = TerminalKey.take(from: &rest) {
      guard key == .escape || key == .f12 else { continue }
      _ = terminal.read(limit: input.count - rest.count)
      return true
    }
    return false
  }

  /// Takes the next key that was typed.
  private func takeKey() -> TerminalKey? {
    let input = terminal.waitingInput
    var rest = input[...]
    let key = TerminalKey.take(from: &rest)
    _ = terminal.read(limit: input.count - rest.count)
    return key
  }

  /// - Parameter failures: why nothing was started from the device that was chosen before.
  private func showMenu(after failures: [BootFailure] = []) -> MachineOutcome? {
    description.bootProgram = nil
    for failure in failures { say("\(failure)") }
    let devices = menuDevices
    say("Boot menu")
    for (key, device) in zip(Self.deviceKeys, devices) {
      var text = "  \(Character(Unicode.Scalar(key)))  \(device.printable)"
      do throws(BootFailure) {
        let isCard = try networkCard(of: device) != nil
        text += "  " + (isCard ? "network" : try bootProgram(of: device).place.name.printable)
      } catch { text += "  (\(error.reason))" }
      say(text)
    }
    let more = devices.count - Self.deviceKeys.count
    if more > 0 { say("  and \(more) more, which have no key: --boot names them") }
    let key = devices.count > 9 ? "A number or letter" : "A number"
    say("\(key) starts that device; Enter starts in this order.")
    bootStage = .menu
    return nil
  }

  /// The devices of the menu: the list's, and the network cards that are not among them.
  private var menuDevices: [String] {
    let devices = bootDevices()
    let listed = devices.compactMap { (try? networkCard(of: $0))?.card.path }
    return devices + networkCards.map(\.path).filter { !listed.contains($0) }
  }

  private func serveMenu() -> MachineOutcome? {
    while let key = takeKey() {
      guard case .byte(let byte) = key else { continue }
      if byte == 0x0A || byte == 0x0D { return bootFromList() }
      let devices = menuDevices
      guard let place = Self.deviceKeys.firstIndex(of: byte), devices.indices.contains(place) else {
        continue
      }
      return boot(from: [devices[place]], isChosen: true)
    }
    return nil
  }
}
