package import ArgumentParser

/// A part of an argument between its commas: `KEY=VALUE`, or a word alone.
struct ArgumentWord {
  /// The whole part, in which two commas have become one.
  let text: String
  /// What is before the first `=`.
  let key: String
  /// What is behind it; nil for a word alone.
  let value: String?

  private init(_ text: String) {
    let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    (self.text, key) = (text, String(pair.first ?? ""))
    value = pair.count == 2 ? String(pair[1]) : nil
  }

  /// The words of an argument, of which there is at least one.
  static func words(of argument: String) -> [ArgumentWord] {
    var parts = [""]
    var isAfterComma = false
    for character in argument {
      if character == ",", !isAfterComma {
        isAfterComma = true
        continue
      }
      if isAfterComma, character != "," { parts.append("") }
      parts[parts.count - 1].append(character)
      isAfterComma = false
    }
    return (isAfterComma ? parts + [""] : parts).map(ArgumentWord.init)
  }

  // MARK: values

  /// The value, which may be empty.
  func givenValue() throws(ArgumentMistake) -> String {
    guard let value else { throw mistake("a value is missing") }
    return value
  }

  /// The value, which must not be empty.
  func someValue() throws(ArgumentMistake) -> String {
    guard let value, !value.isEmpty else { throw mistake("a value is missing") }
    return value
  }

  /// Whether the word is on: alone, or with `=on`.
  func isOn() throws(ArgumentMistake) -> Bool {
    switch value {
    case nil, "on": return true
    case "off": return false
    default: throw mistake("it is none of on, off")
    }
  }

  /// One of some values.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    of _: Choice.Type = Choice.self
  ) throws(ArgumentMistake) -> Choice {
    guard let choice = Choice(rawValue: try someValue()) else {
      let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw mistake("it is none of \(all)")
    }
    return choice
  }

  /// A number of a range.
  func number<Number: FixedWidthInteger>(
    in range: ClosedRange<Number>
  ) throws(ArgumentMistake) -> Number {
    let text = try someValue()
    guard text.first?.isNumber == true, let number = Number(text), range.contains(number) else {
      throw mistake("it is no number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  // MARK: mistakes

  /// What is wrong with this word.
  func mistake(_ reason: String) -> ArgumentMistake { ArgumentMistake("'\(text)': \(reason)") }

  /// The option has no such word.
  var unknown: ArgumentMistake { ArgumentMistake("there is no word '\(text)'") }
}

/// What is wrong in an argument, with the word where it is.
package struct ArgumentMistake: Error, Hashable, CustomStringConvertible {
  /// One line for the user.
  package let description: String

  init(_ description: String) { self.description = description }
}

/// An argument of several words. Its option has ``init(parsing:)`` as its transformation, because
/// `init(argument:)` can give no reason.
package protocol WordArgument: ExpressibleByArgument {
  /// Reads the words.
  init(parsing argument: String) throws(ArgumentMistake)
}

extension WordArgument {
  /// Reads the words; nil when one is wrong.
  package init?(argument: String) {
    do throws(ArgumentMistake) { try self.init(parsing: argument) } catch { return nil }
  }
}
