internal import DeviceTree
internal import HostSupport
internal import PowerISA

/// A processor that shows a level, with that level.
private struct ProcessorAtLevel {
  var path: String
  var node: Node
  var level: CompatibilityLevel
  var attributes: ProcessorAttributes?
}

extension TreeRule {
  private static let versions = "LoPAR appendix C, Logical Processor Version Values"
  private static let attributes = "LoPAR appendix C, ibm,pa-features"
  private static let facilities = "LoPAR appendix C, ibm,vmx and ibm,dfp"

  static let levels: [TreeRule] = [
    TreeRule("unknown-level", "a logical cpu-version is one that is defined", versions) { tree in
      tree.processors.compactMap { path, node in
        guard let version = node["cpu-version"]?.cell, version >> 24 == 0x0f,
          CompatibilityLevel(logicalPVR: version) == nil
        else { return nil }
        return Violation(path, "cpu-version \(version.hexadecimal()) is no logical version")
      }
    },
    leveled("level-vmx", "ibm,vmx is what the level has: VMX from 2.05, VSX from 2.06", facilities)
    {
      let vector = $0.node["ibm,vmx"]?.cell ?? 0
      let most: UInt32 = $0.level.isa >= .v2_06 ? 2 : $0.level.isa >= .v2_05 ? 1 : 0
      return vector > most ? "ibm,vmx is \(vector), but \($0.level) has \(most) at most" : nil
    },
    leveled("level-dfp", "ibm,dfp exists from version 2.05 on", facilities) {
      let has = ($0.node["ibm,dfp"]?.cell ?? 0) > 0
      if has && $0.level.isa < .v2_05 { return "ibm,dfp at level \($0.level)" }
      if !has && $0.level.isa >= .v2_05 { return "no ibm,dfp, which level \($0.level) has" }
      return nil
    },
    TreeRule(
      "pa-features-form", "ibm,pa-features has as many bytes as its length field", attributes
    ) {
      tree in
      tree.processors.compactMap { path, node in
        guard let value = node["ibm,pa-features"],
          ProcessorAttributes(property: value.bytes) == nil
        else { return nil }
        return Violation(path, "ibm,pa-features holds no whole list of type 0")
      }
    },
    leveled("pa-features-missing", "a level has its attributes", attributes) {
      $0.node.has("ibm,pa-features") ? nil : "no ibm,pa-features at level \($0.level)"
    },
    leveled("pa-features-level", "attributes are not newer than the level", attributes) {
      guard let shown = $0.attributes,
        let known = ProcessorAttributes(isa: $0.level.isa, level: $0.level)
      else { return nil }
      // Bits the machine decides on are no sign of a version.
      var allowed = known
      allowed[.cacheInhibitedLargePages] = true
      if $0.level.isa >= .v2_07 { allowed[.transactionalMemory] = true }
      for (index, byte) in shown.bytes.enumerated() {
        let extra = byte & ~(index < allowed.bytes.count ? allowed.bytes[index] : 0)
        // Strong access ordering is offered by older hypervisors at every level from 2.06.
        let known: UInt8 = index == 4 && $0.level.isa >= .v2_06 ? 0x80 : 0
        if extra & ~known != 0 {
          return
            "ibm,pa-features byte \(index) has \((extra & ~known).hexadecimal()), newer than \($0.level)"
        }
      }
      return nil
    },
    leveled("level-radix", "radix page sizes exist from version 3.0 on", attributes) {
      let hasEncodings = $0.node.has("ibm,processor-radix-AP-encodings")
      if hasEncodings && $0.level.isa < .v3_0 {
        return "ibm,processor-radix-AP-encodings at level \($0.level)"
      }
      if !hasEncodings && $0.attributes?[.radix] == true {
        return "ibm,pa-features has radix, but there is no ibm,processor-radix-AP-encodings"
      }
      return nil
    },
    leveled("level-decrementer", "a large decrementer exists from version 3.0 on", versions) {
      $0.level.isa < .v3_0 && $0.node.has("ibm,dec-bits")
        ? "ibm,dec-bits at level \($0.level)" : nil
    },
    leveled(
      "level-storage-keys", "keys are for data from version 2.05, for instructions from 2.07",
      "LoPAR appendix C, ibm,processor-storage-keys"
    ) {
      guard let property = $0.node["ibm,processor-storage-keys"] else { return nil }
      guard let keys = property.cells, keys.count == 2 else {
        return "ibm,processor-storage-keys is not two cells"
      }
      let isNewer = $0.level.isa < .v2_05 && keys[0] > 0 || $0.level.isa < .v2_07 && keys[1] > 0
      return isNewer
        ? "ibm,processor-storage-keys is \(keys[0]) and \(keys[1]) at level \($0.level)" : nil
    },
    leveled("level-threads", "a core has no more threads than its level permits", versions) {
      let threads = $0.node["ibm,ppc-interrupt-server#s"]?.cells?.count ?? 1
      return threads > $0.level.threads
        ? "\(threads) threads; level \($0.level) has \($0.level.threads) at most" : nil
    },
  ]

  /// A rule about a processor at a level.
  private static func leveled(
    _ name: String, _ summary: String, _ reference: String,
    check: @escaping @Sendable (ProcessorAtLevel) -> String?
  ) -> TreeRule {
    TreeRule(name, summary, reference) { tree in
      tree.processors.compactMap { path, node in
        guard let version = node["cpu-version"]?.cell,
          let level = CompatibilityLevel(logicalPVR: version)
        else { return nil }
        let attributes = node["ibm,pa-features"].flatMap {
          ProcessorAttributes(property: $0.bytes)
        }
        return check(ProcessorAtLevel(path: path, node: node, level: level, attributes: attributes))
          .map { Violation(path, $0) }
      }
    }
  }
}
