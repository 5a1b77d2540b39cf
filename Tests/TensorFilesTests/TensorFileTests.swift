import Foundation
import TensorFiles
import TestSupport
import Testing

@Suite struct `Tensor files` {
  @Test func `elements of every type come back as they were`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("all.safetensors")
      try TensorFile.write(
        [
          NewTensor("bool", [true, false, true]), NewTensor("u8", [UInt8.min, .max]),
          NewTensor("i8", [Int8.min, .max]), NewTensor("u16", [UInt16.min, .max]),
          NewTensor("i16", [Int16.min, .max]), NewTensor("u32", [UInt32.min, .max]),
          NewTensor("i32", [Int32.min, .max]), NewTensor("i64", [Int64.min, .max]),
          NewTensor("f32", [-Float.greatestFiniteMagnitude, .leastNonzeroMagnitude]),
          NewTensor("f64", [-Double.greatestFiniteMagnitude, .leastNonzeroMagnitude]),
        ], to: url)
      let file = try TensorFile(reading: url)
      #expect(try file.tensor("bool", of: Bool.self).elements() == [true, false, true])
      #expect(try file.tensor("u8", of: UInt8.self).elements() == [.min, .max])
      #expect(try file.tensor("i8", of: Int8.self).elements() == [.min, .max])
      #expect(try file.tensor("u16", of: UInt16.self).elements() == [.min, .max])
      #expect(try file.tensor("i16", of: Int16.self).elements() == [.min, .max])
      #expect(try file.tensor("u32", of: UInt32.self).elements() == [.min, .max])
      #expect(try file.tensor("i32", of: Int32.self).elements() == [.min, .max])
      #expect(try file.tensor("i64", of: Int64.self).elements() == [.min, .max])
      #expect(
        try file.floats("f32") == [-Float.greatestFiniteMagnitude, .leastNonzeroMagnitude])
      #expect(
        try file.tensor("f64", of: Double.self).elements()
          == [-Double.greatestFiniteMagnitude, .leastNonzeroMagnitude])
    }
  }

  @Test func `shapes, with those of nothing and of one number, come back as they were`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("shapes.safetensors")
      try TensorFile.write(
        [
          NewTensor("matrix", shape: [2, 3], [Float](repeating: 1, count: 6)),
          NewTensor("nothing", shape: [4, 0], [UInt8]()), NewTensor("one", shape: [], [Float(7)]),
        ], to: url)
      let file = try TensorFile(reading: url)
      #expect(try file.tensor("matrix", of: Float.self, shape: [2, 3]).count == 6)
      #expect(try file.tensor("nothing", of: UInt8.self, shape: [4, 0]).elements() == [])
      #expect(try file.tensor("one", of: Float.self, shape: []).elements() == [7])
    }
  }

  @Test func `metadata comes back as it was`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("metadata.safetensors")
      let metadata = ["quote": "\"\\\n\u{1}", "letters": "µ → 9 × 9", "": "empty name"]
      try TensorFile.write([], metadata: metadata, to: url)
      #expect(
        try TensorFile(reading: url).metadata.filter {
          ![TensorFile.checksumKey, TensorFile.checksumNameKey].contains($0.key)
        } == metadata)
    }
  }

  @Test func `the bytes are those of the format`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("golden.safetensors")
      try TensorFile.write(
        [NewTensor("a", [UInt8(1), 2, 3]), NewTensor("b", shape: [2, 1], [Float(1), -2])],
        metadata: ["z": "last", "a": "first"], checksummed: false, to: url)
      let header =
        #"{"__metadata__":{"a":"first","z":"last"},"#
        + #""b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#
        + #""a":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}"#
      let padded = header + String(repeating: " ", count: 184 - header.utf8.count)
      let length: [UInt8] = [184, 0, 0, 0, 0, 0, 0, 0]
      let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 1, 2, 3]
      #expect(try Data(contentsOf: url) == Data(length + Array(padded.utf8) + data))
    }
  }

  @Test func `each bit is held by the checksum, which follows from the bytes alone`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      let tensors = [NewTensor("a", [UInt8(1), 2, 3]), NewTensor("b", [Float(1), -2])]
      try TensorFile.write(tensors, metadata: ["of": "x"], to: url)
      let bytes = try WholeFile.bytes(of: url)
      let file = try TensorFile(reading: url)
      try file.verifyChecksum()
      let said = try #require(file.metadata[TensorFile.checksumKey])
      let place = try #require(bytes.firstRange(of: Array(said.utf8)))
      var blank = bytes
      blank.replaceSubrange(place, with: [UInt8](repeating: UInt8(ascii: "0"), count: 64))
      #expect(Checksum.sha256(of: blank) == said)
      for index in bytes.indices {
        var damaged = bytes
        damaged[index] ^= 1
        try AtomicFile.write(damaged, to: url, replacing: true)
        #expect(throws: TensorFileError.self, "byte \(index)") {
          try TensorFile(reading: url).verifyChecksum()
        }
      }
    }
  }

  @Test func `ranges are copied without their neighbours`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("range.safetensors")
      try TensorFile.write([NewTensor("x", (0..<10).map(Float.init))], to: url)
      let view = try TensorFile(reading: url).tensor("x", of: Float.self)
      #expect(view.elements(in: 3..<6) == [3, 4, 5])
      #expect(view[9] == 9)
    }
  }

  @Test func `a mapped file stays readable when it is replaced`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try TensorFile.write([NewTensor("x", [UInt8(1)])], to: url)
      let view = try TensorFile(reading: url).tensor("x", of: UInt8.self)
      try TensorFile.write([NewTensor("x", [UInt8(2)])], to: url, replacing: true)
      #expect(view[0] == 1)
      #expect(try TensorFile(reading: url).tensor("x", of: UInt8.self)[0] == 2)
    }
  }

  @Test func `a file without a tensor is readable`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("empty.safetensors")
      try TensorFile.write([], to: url)
      #expect(try TensorFile(reading: url).tensors.isEmpty)
    }
  }
}

@Suite struct `Checksums` {
  @Test func `are those of the standard's examples`() {
    #expect(
      Checksum.sha256(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      Checksum.sha256(of: [])
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func `of a file are those of its bytes`() throws {
    try withTemporaryFolder { folder in
      for text in ["", "abc"] {
        let url = folder.appendingPathComponent("text")
        try AtomicFile.write(text, to: url, replacing: true)
        #expect(try Checksum.sha256(ofFile: url) == Checksum.sha256(of: Array(text.utf8)))
      }
    }
  }
}
