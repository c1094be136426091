internal import CAsmJit
internal import PowerCPU
internal import PowerJIT

// Moves of assigned vector-scalar registers: between host registers and the state, and from one choice to
// another.
extension RegionEmitter {
  func loadVectors() {
    for assigned in assignment.chosen.assigned { load(assigned) }
    for assigned in assignment.chosen.derived { derive(assigned.vector, assigned.host) }
  }

  func putBackVectors(_ set: RegisterSet) {
    for assigned in assignment.chosen.assigned
    where set.contains(GuestRegister(vsr: assigned.number)) {
      store(assigned)
    }
  }

  private func load(_ assigned: VectorAssignment.Assigned) {
    if assigned.isScalar {
      a.emit(CAsmMovq, assigned.host, doubleword0(assigned.number), size: 8)
    } else {
      a.emit(CAsmMovups, assigned.host, vsr(assigned.number))
    }
  }

  private func store(_ assigned: VectorAssignment.Assigned) {
    if assigned.isScalar {
      a.emit(CAsmMovq, doubleword0(assigned.number), assigned.host, size: 8)
    } else {
      a.emit(CAsmMovups, vsr(assigned.number), assigned.host)
    }
  }

  /// Goes over to another choice, at the end of a block.
  func moveVectors(to choice: Int) {
    let before = assignment.choice
    guard choice != before else { return }
    let (old, new) = (assignment.choices[before], assignment.choices[choice])
    for assigned in old.assigned
    where new[assigned.number] != assigned
      && changedNow.contains(GuestRegister(vsr: assigned.number))
    {
      store(assigned)
    }
    for assigned in new.assigned where old[assigned.number] != assigned { load(assigned) }
    assignment.choose(choice)
    for assigned in new.derived { derive(assigned.vector, assigned.host) }
    assignment.choose(before)
  }

  // MARK: what is worked out of registers

  /// A register that holds it: the assigned one, or `scratch`.
  func derived(_ vector: DerivedVector, _ scratch: HostVector) -> HostVector {
    if let assigned = assignment.chosen[vector] { return assigned }
    derive(vector, scratch)
    return scratch
  }

  private func derive(_ vector: DerivedVector, _ target: HostVector) {
    let source = whole(vector.source, target)
    switch vector.form {
    case .words: apply(.and, target, source, at: constant(words: 31))
    case .doublewords: apply(.and, target, source, at: constant(doublewords: 63))
    // Less one they are the complement.
    case .wordComplements:
      apply(.andn, target, source, at: constant(words: 31))
      apply(.addWords, target, target, at: constant(words: 1))
    case .doublewordComplements:
      apply(.andn, target, source, at: constant(doublewords: 63))
      apply(.addDoublewords, target, target, at: constant(doublewords: 1))
    case .lowHalfwords: apply(.and, target, source, at: constant(words: 15))
    case .highHalfwords:
      shift(.rightWords, target, source, 16)
      apply(.and, target, target, at: constant(words: 15))
    case .bytes: apply(.andn, target, source, at: constant(bytes: 15))
    case .reversedBytes: apply(.and, target, source, at: constant(bytes: 15))
    }
  }
}
