import Foundation
import TensorFiles
import TestSupport
import Testing

/// A file of one tensor 'x' of three bytes whose header is `header` instead of the right one.
private func file(_ folder: URL, header: String, data: [UInt8] = [1, 2, 3]) throws -> URL {
  let url = folder.appendingPathComponent("x.safetensors")
  let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
  try AtomicFile.write(length + Array(header.utf8) + data, to: url, replacing: true)
  return url
}

/// What reading the file says.
private func complaint(_ url: URL) -> String? {
  do throws(TensorFileError) {
    _ = try TensorFile(reading: url)
    return nil
  } catch {
    return error.description
  }
}

@Suite struct `Tensor file errors` {
  @Test func `a missing file is named`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      #expect(complaint(url) == "\(url.path) does not exist.")
    }
  }

  @Test func `a folder cannot be read as a file`() throws {
    try withTemporaryFolder { folder in
      #expect(complaint(folder) == "\(folder.path) cannot be read: it is a folder, no file.")
    }
  }

  @Test func `a file that ends in its data says how much is missing`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try TensorFile.write([NewTensor("x", [Float](repeating: 0, count: 1000))], to: url)
      try AtomicFile.write(Array(try Data(contentsOf: url).prefix(2000)), to: url, replacing: true)
      #expect(
        complaint(url)
          == "\(url.path) is cut short: its header promises 4,192 bytes, the file has 2,000.")
    }
  }

  @Test func `a file that ends in its header says how much is missing`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try TensorFile.write([NewTensor("x", [UInt8(0)])], to: url)
      try AtomicFile.write(Array(try Data(contentsOf: url).prefix(20)), to: url, replacing: true)
      #expect(
        complaint(url)
          == "\(url.path) is cut short: its header promises 192 bytes, the file has 20.")
    }
  }

  @Test(arguments: [
    ("{}", "3 bytes follow its last tensor"),
    ("[]", "its header has '[' at byte 8, expected '{'"),
    ("{", "its header has its end at byte 9, expected '\"'"),
    ("{}x", "its header has 'x' at byte 10, expected its end"),
    (#"{"x":null}"#, "its header has 'n' at byte 13, expected '{'"),
    (
      #"{"__metadata__":{"a":1}}"#, "its header has '1' at byte 29, expected '\"'"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[3]}}"#, "'x' lacks its dtype, shape or data_offsets"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3],"order":"C"}}"#,
      "'x' has the key 'order', expected dtype, shape and data_offsets"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"#
        + #""\u0078":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#,
      "its header names 'x' twice"
    ),
    (#"{"__metadata__":{"a":"b","a":"c"}}"#, "its header names 'a' twice"),
    (
      #"{"x":{"dtype":"U8","dtype":"I8","shape":[3],"data_offsets":[0,3]}}"#,
      "its header names 'dtype' twice"
    ),
    (#"{"\uD83D":{}}"#, "its header has '\"' at byte 16, expected the number of a letter"),
    (#"{"\u12G4":{}}"#, "its header has 'u' at byte 11, expected an escaped letter"),
    (
      #"{"x":{"dtype":"F17","shape":[3],"data_offsets":[0,3]}}"#,
      "'x' has the unknown type F17, expected one of BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, "
        + "F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64"
    ),
    (
      #"{"x":{"dtype":"F4","shape":[5],"data_offsets":[0,3]}}"#,
      "the bytes [0, 3] of 'x' do not hold the shape [5]"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,3]}}"#,
      "the bytes [0, 3] of 'x' do not hold the shape [4]"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[-3],"data_offsets":[0,3]}}"#,
      "its header has '-' at byte 36, expected a whole number from 0 to 9223372036854775807"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[03],"data_offsets":[0,3]}}"#,
      "its header has '0' at byte 36, expected a whole number from 0 to 9223372036854775807"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,3]}}"#,
      "its header has '9' at byte 36, expected a whole number from 0 to 9223372036854775807"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}"#,
      "the bytes [0, 0] of 'x' do not hold the shape [0, 4611686018427387904, 4]"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
      "the bytes [0, 0] of 'x' do not hold the shape [4611686018427387904, 4]"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[3],"data_offsets":[9223372036854775804,9223372036854775807]}}"#,
      "the bytes [9223372036854775804, 9223372036854775807] of 'x' do not hold the shape [3]"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, "there is a gap before 'x'"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
        + #""y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
      "'y' overlaps the tensor before it"
    ),
  ]) func `a header that breaks a rule is refused`(header: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let url = try file(folder, header: header)
      #expect(complaint(url) == "\(url.path) is not a whole safetensors file: \(reason).")
    }
  }

  @Test func `other files are refused`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x")
      try AtomicFile.write("text", to: url)
      #expect(complaint(url) == "\(url.path) is not a whole safetensors file: it has only 4 bytes.")
      try AtomicFile.write("a longer text, of anything", to: url, replacing: true)
      #expect(
        complaint(url)
          == "\(url.path) is not a whole safetensors file: it begins with no header length.")
    }
  }

  @Test func `a tensor is refused under another name, type or shape`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try TensorFile.write([NewTensor("x", shape: [2, 1], [Float(1), 2])], to: url)
      let file = try TensorFile(reading: url)
      let missing = #expect(throws: TensorFileError.self) { try file.floats("y") }
      #expect(missing?.description == "\(url.path) has no tensor 'y'; it has x.")
      let type = #expect(throws: TensorFileError.self) { try file.tensor("x", of: UInt8.self) }
      #expect(type?.description == "\(url.path) holds 'x' as F32, expected U8.")
      let shape = #expect(throws: TensorFileError.self) { try file.floats("x", shape: [2]) }
      #expect(shape?.description == "\(url.path) holds 'x' with the shape [2, 1], expected [2].")
    }
  }
}

@Suite struct `Writing whole files` {
  @Test func `never overwrites unless told`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("text")
      try AtomicFile.write("old", to: url)
      let error = #expect(throws: TensorFileError.self) { try AtomicFile.write("new", to: url) }
      #expect(error?.description == "\(url.path) exists already and is not overwritten.")
      #expect(try String(contentsOf: url, encoding: .utf8) == "old")
    }
  }

  @Test func `into what is no folder says what the system says`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try AtomicFile.write("", to: file)
      let url = file.appendingPathComponent("text")
      let error = #expect(throws: TensorFileError.self) { try AtomicFile.write("new", to: url) }
      #expect(error?.description == "\(url.path) cannot be written: Not a directory.")
    }
  }

  @Test func `makes the folders on the way to a folder`() throws {
    try withTemporaryFolder { folder in
      let deep = folder.appendingPathComponent("a/b/c")
      try AtomicFile.makeFolder(deep)
      try AtomicFile.makeFolder(deep)
      try AtomicFile.write("text", to: deep.appendingPathComponent("text"))
      let under = deep.appendingPathComponent("text/d")
      let error = #expect(throws: TensorFileError.self) { try AtomicFile.makeFolder(under) }
      #expect(error?.description == "\(under.path) cannot be written: Not a directory.")
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
  func `to a full disk leaves what was there`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("text")
      try AtomicFile.write("old", to: url)
      try FileManager.default.createSymbolicLink(
        at: AtomicFile.temporaryName(for: url),
        withDestinationURL: URL(fileURLWithPath: "/dev/full"))
      let error = #expect(throws: TensorFileError.self) {
        try AtomicFile.write("new", to: url, replacing: true)
      }
      #expect(
        error?.description
          == "\(url.path) cannot be written: the disk is full. Nothing was kept of it; free some "
          + "space and run the same command again.")
      #expect(try contents(of: folder) == ["text": Data("old".utf8)])
    }
  }
}
