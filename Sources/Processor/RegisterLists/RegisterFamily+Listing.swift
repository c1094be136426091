internal import HostSupport
internal import JSON

extension RegisterFamily {
  /// The registers as a table, a line each: identifier, bits, name, what must agree, and what is
  /// taken when a list does not have it. Alternative identifiers have lines of their own.
  public func listing(mode: ExecutionMode? = nil) -> String {
    var text = "\(name): \(title)\n"
    for register in registers where mode.map(register.exists(in:)) ?? true {
      var remarks: [String] = []
      if register.role == .constant { remarks.append("property of the processor") }
      if register.owner == .partition { remarks.append("the partition's") }
      if register.mask != register.allBits { remarks.append("mask \(register.mask.hexadecimal())") }
      remarks.append(register.absent.map { "default \($0.hexadecimal())" } ?? "required")
      if mode == nil, modes.count > 1, let only = register.modes {
        remarks.append(only.map { "\($0) only" }.sorted().joined(separator: ", "))
      }
      text += line(register.identifier, register.width, register.name, remarks)
      for form in register.alternatives {
        let high = form.position + form.width - 1
        let ends = [high, form.position].map { number(ofBit: $0, width: register.width) }.sorted()
        text += line(
          form.identifier, form.width, register.name,
          ["alternative: bits \(ends[0]):\(ends[1])"])
      }
    }
    return text
  }

  private func line(
    _ identifier: RegisterIdentifier, _ width: Int, _ name: String, _ remarks: [String]
  ) -> String {
    let bits = String(width)
    return "\(identifier)  " + String(repeating: " ", count: max(3 - bits.count, 0)) + bits + "  "
      + name + String(repeating: " ", count: max(12 - name.count, 0)) + "  "
      + remarks.joined(separator: ", ") + "\n"
  }

  /// The same for programs.
  public func json(mode: ExecutionMode? = nil) -> String {
    let rows = registers.filter { mode.map($0.exists(in:)) ?? true }.map { register -> JSONValue in
      let digits = (register.width + 3) / 4
      return [
        "name": .string(register.name),
        "identifier": .string("\(register.identifier)"),
        "alternatives": .array(register.alternatives.map { .string("\($0.identifier)") }),
        "bits": .integer(register.width),
        "role": register.role == .state ? "state" : "constant",
        "owner": register.owner == .processor ? "processor" : "partition",
        "modes": .array(
          modes.filter(register.exists(in:)).map { .string($0.rawValue) }),
        "mask": .string(register.mask.hexadecimal(digits: digits)),
        "default": register.absent.map { .string($0.hexadecimal(digits: digits)) } ?? .null,
        "fields": .array(
          register.fields.map { field in
            ["name": .string(field.name), "mask": .string(field.mask.hexadecimal(digits: digits))]
          }),
      ]
    }
    let document: JSONValue = [
      "family": .string(name), "title": .string(title), "registers": .array(rows),
    ]
    return document.text()
  }
}
