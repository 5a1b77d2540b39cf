// The JSON of a safetensors header as it is written, byte by byte: an object of tensors, of which each has a type, a
// shape and two offsets, and perhaps one of texts. Refuses a name that is given twice, which a decoder of JSON would
// let pass, and everything that the format has no place for.

/// What a header says, before anyone asks whether it can be.
struct HeaderText {
  /// What it says of a tensor.
  struct Tensor {
    let name: String
    let type: String
    let shape: [Int]
    let dataOffsets: [Int]
  }

  private(set) var metadata: [String: String] = [:]
  /// In the order of the header.
  private(set) var tensors: [Tensor] = []

  /// - Parameters:
  ///   - json: The header, which may end with spaces.
  ///   - start: Where it stands in the file, for messages.
  init(json: [UInt8], start: Int, path: String) throws(TensorFileError) {
    var scanner = HeaderScanner(bytes: json, start: start, path: path)
    try scanner.object { scanner, name throws(TensorFileError) in
      if name == "__metadata__" {
        try scanner.object { scanner, key throws(TensorFileError) in
          metadata[key] = try scanner.string()
        }
      } else {
        tensors.append(try scanner.tensor(name))
      }
    }
    try scanner.end()
  }
}

/// Takes a header apart from its first byte to its last.
private struct HeaderScanner {
  private let bytes: [UInt8]
  private let start: Int
  private let path: String
  private var next = 0

  init(bytes: [UInt8], start: Int, path: String) {
    self.bytes = bytes
    self.start = start
    self.path = path
  }

  /// An object, whose values the caller takes as they come.
  mutating func object(
    _ takeValue: (inout HeaderScanner, String) throws(TensorFileError) -> Void
  ) throws(TensorFileError) {
    try take("{")
    if found("}") { return }
    var names: Set<String> = []
    repeat {
      let name = try string()
      guard names.insert(name).inserted else {
        throw .notSafetensors(path: path, reason: "its header names '\(name.prefix(80))' twice")
      }
      try take(":")
      try takeValue(&self, name)
    } while found(",")
    try take("}")
  }

  mutating func tensor(_ name: String) throws(TensorFileError) -> HeaderText.Tensor {
    var (type, shape, offsets): (String?, [Int]?, [Int]?)
    try object { scanner, key throws(TensorFileError) in
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": shape = try scanner.numbers()
      case "data_offsets": offsets = try scanner.numbers()
      default:
        throw .notSafetensors(
          path: scanner.path,
          reason: "'\(name.prefix(80))' has the key '\(key.prefix(80))', "
            + "expected dtype, shape and data_offsets")
      }
    }
    guard let type, let shape, let offsets else {
      throw .notSafetensors(
        path: path, reason: "'\(name.prefix(80))' lacks its dtype, shape or data_offsets")
    }
    return HeaderText.Tensor(name: name, type: type, shape: shape, dataOffsets: offsets)
  }

  mutating func string() throws(TensorFileError) -> String {
    try take("\"")
    var text: [UInt8] = []
    while next < bytes.count, bytes[next] != UInt8(ascii: "\"") {
      let byte = bytes[next]
      guard byte >= 0x20 else { throw unexpected("a letter") }
      next += 1
      if byte == UInt8(ascii: "\\") { text += try escaped().utf8 } else { text.append(byte) }
    }
    try take("\"")
    guard let string = String(validating: text, as: UTF8.self) else {
      throw .notSafetensors(path: path, reason: "its header is no text in UTF-8")
    }
    return string
  }

  /// What stands for a letter behind a backslash.
  private mutating func escaped() throws(TensorFileError) -> String {
    let letters: [UInt8: String] = [
      UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
      UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
      UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]
    if next < bytes.count, let letter = letters[bytes[next]] {
      next += 1
      return letter
    }
    var units = [try codeUnit()]
    // Letters beyond the first 65,536 are written as two.
    if (0xD800..<0xDC00).contains(units[0]), next < bytes.count, bytes[next] == UInt8(ascii: "\\") {
      next += 1
      units.append(try codeUnit())
    }
    guard let letter = String(validating: units, as: UTF16.self) else {
      throw unexpected("the number of a letter")
    }
    return letter
  }

  private mutating func codeUnit() throws(TensorFileError) -> UInt16 {
    guard next < bytes.count, bytes[next] == UInt8(ascii: "u"), next + 4 < bytes.count,
      bytes[next + 1...next + 4].allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
      let unit = UInt16(String(decoding: bytes[next + 1...next + 4], as: UTF8.self), radix: 16)
    else { throw unexpected("an escaped letter") }
    next += 5
    return unit
  }

  /// A list of whole numbers from 0.
  mutating func numbers() throws(TensorFileError) -> [Int] {
    try take("[")
    if found("]") { return [] }
    var numbers: [Int] = []
    repeat { numbers.append(try number()) } while found(",")
    try take("]")
    return numbers
  }

  private mutating func number() throws(TensorFileError) -> Int {
    skipSpace()
    let digits = bytes[next...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    // No zeros in front, and no number that does not fit.
    guard digits.count == 1 || digits.first != UInt8(ascii: "0"),
      let number = Int(String(decoding: digits, as: UTF8.self))
    else { throw unexpected("a whole number from 0 to \(Int.max)") }
    next = digits.endIndex
    return number
  }

  mutating func end() throws(TensorFileError) {
    skipSpace()
    guard next == bytes.count else { throw unexpected("its end") }
  }

  private mutating func take(_ letter: Unicode.Scalar) throws(TensorFileError) {
    guard found(letter) else { throw unexpected("'\(letter)'") }
  }

  /// Whether a letter comes next, which is then taken.
  private mutating func found(_ letter: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next < bytes.count, bytes[next] == UInt8(ascii: letter) else { return false }
    next += 1
    return true
  }

  private mutating func skipSpace() {
    while next < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[next]) { next += 1 }
  }

  private func unexpected(_ expected: String) -> TensorFileError {
    let found =
      next < bytes.count
      ? (0x21..<0x7F).contains(bytes[next])
        ? "'\(UnicodeScalar(bytes[next]))'" : "the byte \(bytes[next])" : "its end"
    return .notSafetensors(
      path: path,
      reason: "its header has \(found) at byte \(start + next), expected \(expected)")
  }
}
