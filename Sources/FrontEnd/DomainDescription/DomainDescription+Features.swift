extension DomainDescription {
  /// A switch of the hypervisor: its element, and what this machine is.
  private struct Switch {
    var element: String
    var capability: String
    /// Values that describe this machine.
    var accepted: [String]
    var valid: [String]
    var reason: String
  }

  private static let switches = [
    Switch(
      element: "htm", capability: "cap-htm", accepted: ["off"], valid: ["on", "off"],
      reason: "a partition of this machine has no transactional memory"),
    Switch(
      element: "nested-hv", capability: "cap-nested-hv", accepted: ["off"], valid: ["on", "off"],
      reason: "a partition of this machine cannot have partitions"),
    Switch(
      element: "ccf-assist", capability: "cap-ccf-assist", accepted: ["off"], valid: ["on", "off"],
      reason: "there is no count cache to flush"),
    Switch(
      element: "cfpc", capability: "cap-cfpc", accepted: ["fixed"],
      valid: ["broken", "workaround", "fixed"], reason: "the engines do not speculate"),
    Switch(
      element: "sbbc", capability: "cap-sbbc", accepted: ["fixed"],
      valid: ["broken", "workaround", "fixed"], reason: "the engines do not speculate"),
    Switch(
      element: "ibs", capability: "cap-ibs", accepted: ["fixed-ibs", "fixed-ccd"],
      valid: ["broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na"],
      reason: "the engines do not speculate"),
  ]

  mutating func readFeatures(_ list: XMLCursor) throws(DomainError) {
    for element in list.children() {
      if element.name == "hpt" {
        try readHashTable(element)
      } else if let known = Self.switches.first(where: { $0.element == element.name }) {
        let value = element["state"] ?? element["value"] ?? ""
        _ = try element.word(value, "value", of: known.valid)
        guard known.accepted.contains(value) else {
          throw element.error(
            "'\(value)': \(known.reason); '\(known.accepted.joined(separator: "' or '"))' is this machine"
          )
        }
        features.machineOptions.append("\(known.capability)=\(value)")
      } else if element.name == "pmu" {
        features.hasPerformanceMonitor =
          try element.word(element["state"] ?? "on", "state", of: ["on", "off"]) == "on"
      }
    }
  }

  private mutating func readHashTable(_ element: XMLCursor) throws(DomainError) {
    if let resizing = element["resizing"] {
      _ = try element.word(resizing, "resizing", of: ["enabled", "disabled", "required"])
      features.allowsHashTableResize = resizing != "disabled"
      if resizing == "required" {
        notes.append(element.note("resizing is offered; a guest that cannot is not turned away"))
      }
      features.machineOptions.append("resize-hpt=\(resizing)")
    }
    guard let page = element.child("maxpagesize") else { return }
    let bytes = try page.bytes(page.text, unit: page["unit"])
    // A limit, and no page itself: 1 GiB lets a guest have pages of 16 MiB.
    guard bytes >= 1 << 12, bytes.nonzeroBitCount == 1 else {
      throw page.error("the limit of pages is a power of two, and at least 4 KiB")
    }
    features.largestHashPageShift = bytes.trailingZeroBitCount
  }
}
