internal import PowerISA

/// What a version of QEMU's machine has where nothing else is said.
struct MachineDefaults: Equatable {
  /// The processor without KVM.
  var processor: ProcessorModel
  /// The logarithm of the limit of pages of hashed translation.
  var largestHashPageShift: Int
  /// Whether a guest may ask for another size of its hashed page table.
  var allowsHashTableResize: Bool

  /// `pseries` is the newest machine; QEMU up to 10.1 gives it a POWER10, as to every one since 9.0.
  /// What distributions call theirs, as `pseries-rhel8.6.0`, is taken for it.
  init(of machine: String) {
    let newest = Version(.max, 0)
    let version = Version(machine) ?? newest
    processor =
      switch version {
      case ...Version(2, 7): .power7
      case ...Version(3, 1): .power8
      case ...Version(8, 2): .power9
      default: .power10
      }
    largestHashPageShift = version <= Version(2, 12) ? 34 : 16
    allowsHashTableResize = version > Version(2, 9)
  }

  private struct Version: Comparable {
    var major: Int
    var minor: Int

    init(_ major: Int, _ minor: Int) { (self.major, self.minor) = (major, minor) }

    /// The version in `pseries-2.12-sxxm`.
    init?(_ machine: String) {
      let name = machine.dropFirst("pseries-".count)
      let numbers = name.prefix { $0 != "-" }.split(
        separator: ".", omittingEmptySubsequences: false
      )
      .map { Int($0) }
      guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
      self.init(major, minor)
    }

    static func < (left: Self, right: Self) -> Bool {
      (left.major, left.minor) < (right.major, right.minor)
    }
  }
}
