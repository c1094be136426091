internal import HostSupport

/// Collects the entries of a list and makes a dump of them, whatever order and forms they come in.
struct DumpBuilder {
  /// One entry as the file has it.
  private struct Entry {
    var bits: UInt128
    var offset: Int
  }

  let family: RegisterFamily
  let file: String
  /// What errors call a byte of the file.
  private let place: (Int) -> DumpError.Place
  private var entries: [RegisterIdentifier: Entry] = [:]
  private var unknown: [RegisterIdentifier] = []

  init(family: RegisterFamily, file: String, place: @escaping (Int) -> DumpError.Place) {
    self.family = family
    self.file = file
    self.place = place
  }

  func error(_ offset: Int, _ reason: DumpError.Reason) -> DumpError {
    DumpError(file: file, place: place(offset), reason: reason)
  }

  /// Takes an entry in.
  /// - Parameter bits: nil for a value of more than 128 bits.
  mutating func add(
    _ identifier: RegisterIdentifier, _ bits: UInt128?, at offset: Int
  ) throws(DumpError) {
    let name = self.name(of: identifier)
    guard let bits, let width = width(of: identifier) else {
      if let register = family.registerOfOtherSize(identifier) {
        throw error(
          offset,
          .wrongSize(register: register.name, bits: register.width, identifier: identifier))
      }
      guard entries.updateValue(Entry(bits: 0, offset: offset), forKey: identifier) == nil else {
        throw error(offset, .duplicate(name))
      }
      unknown.append(identifier)
      return
    }
    guard bits & ~RegisterDescription.allBits(width) == 0 else {
      throw error(offset, .tooWide(register: name, bits: width))
    }
    guard entries.updateValue(Entry(bits: bits, offset: offset), forKey: identifier) == nil else {
      throw error(offset, .duplicate(name))
    }
  }

  /// Bits that the identifier carries; nil for one the family does not know.
  private func width(of identifier: RegisterIdentifier) -> Int? {
    if family.indexRules.contains(where: { $0.window == identifier }) {
      return identifier.byteCount.map { $0 * 8 }
    }
    guard let form = family.forms[identifier] else { return nil }
    let register = family.registers[form.register]
    return form.alternative.map { register.alternatives[$0].width } ?? register.width
  }

  /// The register's name, with the identifier where it is not its own.
  private func name(of identifier: RegisterIdentifier) -> String {
    guard let form = family.forms[identifier] else { return "\(identifier)" }
    let name = family.registers[form.register].name
    return form.alternative == nil ? name : "\(name) (\(identifier))"
  }

  /// The dump.
  func finish(mode: ExecutionMode?) throws(DumpError) -> RegisterDump {
    var dump = RegisterDump(family: family, mode: mode, source: file)
    dump.unknown = unknown
    for (index, register) in family.registers.enumerated() {
      if let value = try value(of: register) { dump.values[index] = value }
    }
    for rule in family.indexRules { try resolve(rule, in: &dump) }
    return dump
  }

  private func value(of register: RegisterDescription) throws(DumpError) -> RegisterDump.Value? {
    let hasPreferred = register.alternatives.contains {
      $0.isPreferred && entries[$0.identifier] != nil
    }
    var value: RegisterDump.Value?
    if !hasPreferred, let entry = entries[register.identifier] {
      value = RegisterDump.Value(bits: entry.bits, sent: register.allBits, isPartial: false)
    }
    for form in register.alternatives where form.isPreferred || !hasPreferred {
      guard let entry = entries[form.identifier] else { continue }
      let part = RegisterDump.Value(entry.bits, as: form, of: register)
      if let value {
        guard value.bits & form.bits == part.bits else {
          throw error(
            entry.offset, .contradiction(register: register.name, form: form.identifier))
        }
      } else {
        value = part
      }
    }
    return value
  }

  /// Gives what was read through a window to the entry that was selected.
  private func resolve(_ rule: IndexRule, in dump: inout RegisterDump) throws(DumpError) {
    guard let read = entries[rule.window] else { return }
    guard let selected = dump[rule.selector]?.bits else {
      throw error(
        read.offset, .selection(register: "\(rule.window)", selected: "\(rule.selector) is missing")
      )
    }
    guard let name = rule.entries[selected], let index = family.index(of: name) else {
      throw error(
        read.offset,
        .selection(
          register: "\(rule.window)",
          selected: "\(rule.selector) is \(selected.hexadecimal()), which selects nothing"))
    }
    if let value = dump.values[index] {
      guard value.bits == read.bits else {
        throw error(read.offset, .contradiction(register: name, form: rule.window))
      }
    } else {
      dump.set(name, read.bits)
    }
  }
}
