internal import MachineDescription
internal import MachineDescription
internal import OpenFirmware

/// The encoding of distances between NUMA nodes (option vector 5 byte 5).
enum AssociativityForm {
  /// By the levels at which two associativity lists agree.
  case form1
  /// By a table of distances.
  case form2
}

extension NegotiatedArchitecture {
  var dynamicMemory: DynamicMemoryForm {
    guard options.contains(.dynamicMemory) else { return .none }
    return options.contains(.dynamicMemory2) ? .v2 : .v1
  }

  var associativity: AssociativityForm {
    options.contains(.associativityForm2) ? .form2 : .form1
  }
}
