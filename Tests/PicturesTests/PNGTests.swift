// What is written is read again by Python, which knows zlib but not this program.

import Foundation
import Pictures
import TestSupport
import Testing

/// Checks a file's signature, lengths and checksums; prints each chunk's name and content, that of packed
/// ones unpacked, in hexadecimal.
private let reader = """
  import struct, sys, zlib
  data = open(sys.argv[1], 'rb').read()
  assert data[:8] == bytes([137, 80, 78, 71, 13, 10, 26, 10])
  at = 8
  while at < len(data):
      length, = struct.unpack('>I', data[at:at + 4])
      name, content = data[at + 4:at + 8], data[at + 8:at + 8 + length]
      assert struct.unpack('>I', data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(name + content)
      if name == b'IDAT': content = zlib.decompress(content)
      if name == b'fdAT': content = content[:4] + zlib.decompress(content[4:])
      print(name.decode(), content.hex())
      at += 12 + length
  assert at == len(data)
  """

private struct Chunk: Equatable {
  let name: String
  let content: [UInt8]

  /// The number of four bytes that begins at a place.
  func word(at place: Int) -> Int { content[place..<place + 4].reduce(0) { 256 * $0 + Int($1) } }
}

private func chunks(of file: [UInt8]) throws -> [Chunk] {
  let scratch = try ScratchFolder()
  try Data(file).write(to: URL(fileURLWithPath: scratch.file("x.png")))
  let (status, output) = try Python.run(reader, scratch.file("x.png"))
  try #require(status == 0, "\(output)")
  return output.split(separator: "\n").map { line in
    let parts = line.split(separator: " ")
    return Chunk(name: String(parts[0]), content: parts.count > 1 ? bytes(parts[1]) : [])
  }
}

/// The bytes that hexadecimal digits write.
private func bytes(_ digits: Substring) -> [UInt8] {
  let values = digits.utf8.map { (digit: UInt8) -> UInt8 in digit < 58 ? digit - 48 : digit - 87 }
  return (0..<values.count / 2).map { 16 * values[2 * $0] + values[2 * $0 + 1] }
}

/// The rows of a picture, each after its filter, which is none.
private func rows(of picture: Picture) -> [UInt8] {
  let width = 3 * picture.columns
  var rows: [UInt8] = []
  for row in 0..<picture.rows {
    rows.append(0)
    rows += picture.pixels[width * row..<width * (row + 1)]
  }
  return rows
}

@Suite(.enabled(if: Python.canImport("zlib"))) struct `A PNG file` {
  @Test(arguments: [(1, 1), (3, 5), (240, 320)]) func `holds every pixel`(
    rows: Int, columns: Int
  ) throws {
    let picture = telling(rows: rows, columns: columns)
    let found = try chunks(of: PNG.encode(picture))
    #expect(found.map(\.name) == ["IHDR", "IDAT", "IEND"])
    #expect(found[0].word(at: 0) == columns && found[0].word(at: 4) == rows)
    #expect(found[0].content[8...] == [8, 2, 0, 0, 0])
    #expect(found[1].content == PicturesTests.rows(of: picture))
  }

  @Test func `of an animation numbers its pictures and holds every pixel of them`() throws {
    let pictures = (0..<4).map { telling(rows: 6, columns: 9, from: 31 * $0) }
    let found = try chunks(of: PNG.encode(pictures, milliseconds: 300))
    #expect(
      found.map(\.name) == [
        "IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND",
      ])
    #expect(found[1].word(at: 0) == 4 && found[1].word(at: 4) == 0)
    let numbered = found.filter { ["fcTL", "fdAT"].contains($0.name) }
    #expect(numbered.map { $0.word(at: 0) } == Array(0..<7))
    for frame in found where frame.name == "fcTL" {
      #expect((1...4).map { frame.word(at: 4 * $0) } == [9, 6, 0, 0])
      #expect(frame.content[20...] == [1, 44, 3, 232, 0, 0])
    }
    let unpacked = found.filter { ["IDAT", "fdAT"].contains($0.name) }
      .map { $0.name == "IDAT" ? $0.content : Array($0.content.dropFirst(4)) }
    #expect(unpacked == pictures.map(rows(of:)))
  }

  @Test func `of an animation of one picture is one that others can read`() throws {
    let found = try chunks(of: PNG.encode([telling(rows: 2, columns: 2)], milliseconds: 80))
    #expect(found.map(\.name) == ["IHDR", "acTL", "fcTL", "IDAT", "IEND"])
  }
}
