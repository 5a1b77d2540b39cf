// YAML of strangers becomes nodes here, and nodes become numbers. Refuses more than a dozen aliases: an alias stands for all that its anchor named,
// which may hold aliases again, so a text of ten lines can say ten thousand million words.

package import Yams

/// More aliases than a text may have.
package struct TooManyAliases: Error, CustomStringConvertible {
  let found: Int

  /// What is wrong and what to do.
  package var description: String {
    "has \(found) aliases such as '*name', expected at most \(aliasLimit); write out what they stand for"
  }
}

private let aliasLimit = 12

extension Node {
  /// The whole number that a node is, nil if it is none. YAML 1.1 also has numbers to the base of 60, `1:30`, and Yams
  /// traps on those that are too large: they are none here.
  package var wholeNumber: Int? { isToTheBaseOf60 ? nil : int }

  /// The number that a node is, nil if it is none, nor one to the base of 60.
  package var number: Double? { isToTheBaseOf60 ? nil : float }

  private var isToTheBaseOf60: Bool { string?.contains(":") == true }
}

/// The node that a text is; nil if it says nothing.
/// - Throws: `TooManyAliases`, or what the parser throws.
package func composed(yaml text: String) throws -> Node? {
  let aliases = references("*", in: text)
  guard aliases <= aliasLimit || references("&", in: text) == 0 else {
    throw TooManyAliases(found: aliases)
  }
  return try Yams.compose(yaml: text)
}

/// How often a mark stands where an alias or an anchor could begin, which it does in some texts and comments too.
private func references(_ mark: Unicode.Scalar, in text: String) -> Int {
  let openers = Set(" \t\r\n[{,:?-".utf8)
  var count = 0
  var before = UInt8(ascii: "\n")
  var isOpen = false
  for byte in text.utf8 {
    let isName =
      byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
      || UnicodeScalar(byte).properties.isAlphabetic || (48...57).contains(byte)
    if isOpen && isName { count += 1 }
    // Beyond ASCII, YAML has line breaks of its own.
    isOpen = byte == UInt8(ascii: mark) && (openers.contains(before) || before >= 0x80)
    before = byte
  }
  return count
}
