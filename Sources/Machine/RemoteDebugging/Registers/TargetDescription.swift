/// The target description that a debugger reads: an XML document of the registers.
enum TargetDescription {
  static func xml(of registers: TargetRegisters) -> String {
    var lines = [
      "<?xml version=\"1.0\"?>", "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">",
      "<target version=\"1.0\">",
      "<architecture>powerpc:common\(registers.isWide ? "64" : "")</architecture>",
    ]
    for feature in TargetRegister.Feature.allCases {
      let rows = registers.all.enumerated().filter { $0.element.feature == feature }
      guard !rows.isEmpty else { continue }
      lines.append("<feature name=\"\(feature.rawValue)\">")
      if rows.contains(where: { $0.element.type == "vec128" }) { lines += vectorTypes }
      lines += rows.map { line($0.element, number: $0.offset) }
      lines.append("</feature>")
    }
    return (lines + ["</target>", ""]).joined(separator: "\n")
  }

  private static func line(_ register: TargetRegister, number: Int) -> String {
    let type = register.type ?? "uint\(register.bits)"
    let group = register.group.map { " group=\"\($0)\"" } ?? ""
    return "<reg name=\"\(register.name)\" bitsize=\"\(register.bits)\" type=\"\(type)\""
      + "\(group) regnum=\"\(number)\"/>"
  }

  private static let vectorTypes = [
    "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>",
    "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>",
    "<vector id=\"v2i64\" type=\"int64\" count=\"2\"/>",
    "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>",
    "<vector id=\"v8i16\" type=\"int16\" count=\"8\"/>",
    "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>",
    "<union id=\"vec128\">",
    "<field name=\"uint128\" type=\"uint128\"/>",
    "<field name=\"v2_double\" type=\"v2d\"/>",
    "<field name=\"v4_float\" type=\"v4f\"/>",
    "<field name=\"v2_int64\" type=\"v2i64\"/>",
    "<field name=\"v4_int32\" type=\"v4i32\"/>",
    "<field name=\"v8_int16\" type=\"v8i16\"/>",
    "<field name=\"v16_int8\" type=\"v16i8\"/>",
    "</union>",
  ]
}
