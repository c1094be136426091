internal import CAsmJit
internal import PowerCPU

// Homes of vector-scalar registers: between them and the state, and from one choice to another.
extension RegionEmitter {
  func loadVectors() {
    for home in homes.chosen.homes { load(home) }
    for home in homes.chosen.derived { derive(home.vector, home.host) }
  }

  func putBackVectors(_ set: RegisterSet) {
    for home in homes.chosen.homes where set.contains(GuestRegister(vsr: home.number)) {
      store(home)
    }
  }

  private func load(_ home: VectorHomes.Home) {
    if home.isScalar {
      a.emit(CAsmMovq, home.host, doubleword0(home.number), size: 8)
    } else {
      a.emit(CAsmMovups, home.host, vsr(home.number))
    }
  }

  private func store(_ home: VectorHomes.Home) {
    if home.isScalar {
      a.emit(CAsmMovq, doubleword0(home.number), home.host, size: 8)
    } else {
      a.emit(CAsmMovups, vsr(home.number), home.host)
    }
  }

  /// Goes over to another choice, at the end of a block.
  func moveVectors(to choice: Int) {
    let before = homes.choice
    guard choice != before else { return }
    let (old, new) = (homes.choices[before], homes.choices[choice])
    for home in old.homes
    where new[home.number] != home && changedNow.contains(GuestRegister(vsr: home.number)) {
      store(home)
    }
    for home in new.homes where old[home.number] != home { load(home) }
    homes.choose(choice)
    for home in new.derived { derive(home.vector, home.host) }
    homes.choose(before)
  }

  // MARK: what is worked out of registers

  /// A register that holds it: its home, or `scratch`.
  func derived(_ vector: DerivedVector, _ scratch: HostVector) -> HostVector {
    if let home = homes.chosen[vector] { return home }
    derive(vector, scratch)
    return scratch
  }

  private func derive(_ vector: DerivedVector, _ target: HostVector) {
    let source = whole(vector.source, target)
    switch vector.form {
    case .words: apply(.and, target, source, at: constant(words: 31))
    case .doublewords: apply(.and, target, source, at: constant(63 << 64 | 63))
    // Less one they are the complement.
    case .wordComplements:
      apply(.andn, target, source, at: constant(words: 31))
      apply(.addWords, target, target, at: constant(words: 1))
    case .doublewordComplements:
      apply(.andn, target, source, at: constant(63 << 64 | 63))
      apply(.addDoublewords, target, target, at: constant(1 << 64 | 1))
    case .lowHalfwords: apply(.and, target, source, at: constant(words: 15))
    case .highHalfwords:
      shift(.rightWords, target, source, 16)
      apply(.and, target, target, at: constant(words: 15))
    case .bytes: apply(.andn, target, source, at: constant(bytes: 15))
    case .reversedBytes: apply(.and, target, source, at: constant(bytes: 15))
    }
  }
}
