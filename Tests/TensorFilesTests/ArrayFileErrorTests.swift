import Foundation
import TensorFiles
import TestSupport
import Testing

/// A member of an archive, which need not be what its directory says.
private struct Member {
  var name = "x.npy"
  var bytes: [UInt8]
  /// The bytes that the directory promises, unpacked; nil for as many as there are.
  var promised: Int?
  /// Where the directory says that the member begins; nil for where it does.
  var place: Int?
}

/// A NumPy array whose header says some shape, with bytes behind it.
private func array(shape: String, type: String = "|u1", _ bytes: [UInt8] = []) -> [UInt8] {
  let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }\n"
  return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count, 2)
    + Array(header.utf8) + bytes
}

/// An archive of stored members.
private func archive(_ members: [Member]) -> [UInt8] {
  var bytes: [UInt8] = []
  var directory: [UInt8] = []
  for member in members {
    let sizes = little(member.bytes.count, 4) + little(member.promised ?? member.bytes.count, 4)
    let common = [UInt8](repeating: 0, count: 12) + sizes + little(member.name.utf8.count, 2)
    let name = Array(member.name.utf8)
    directory += little(0x0201_4b50, 4) + [20, 0, 20, 0] + common
    directory += [UInt8](repeating: 0, count: 12) + little(member.place ?? bytes.count, 4) + name
    bytes += little(0x0403_4b50, 4) + [20, 0] + common + [0, 0] + name + member.bytes
  }
  let count = little(members.count, 2)
  return bytes + directory + little(0x0605_4b50, 4) + [0, 0, 0, 0] + count + count
    + little(directory.count, 4) + little(bytes.count, 4) + [0, 0]
}

/// The lowest bytes of a number, the lowest first.
private func little(_ number: Int, _ bytes: Int) -> [UInt8] {
  (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// What reading an archive says.
private func complaint(_ bytes: [UInt8]) throws -> String? {
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("x.npz")
    try AtomicFile.write(bytes, to: url)
    do {
      let file = try ArrayFile(reading: url)
      for name in file.names {
        let array = try file.array(name)
        _ = try array?.read(rows: array?.rows ?? 0)
      }
      return nil
    } catch {
      let start = "\(url.path) is not a whole file of arrays: "
      return "\(error)".hasPrefix(start) ? String("\(error)".dropFirst(start.count)) : "\(error)"
    }
  }
}

@Suite struct `Archives of arrays that are not whole` {
  @Test func `an archive as this test makes it is read`() throws {
    // All but its checksum, which stands in the directory as 0.
    #expect(
      try complaint(archive([Member(bytes: array(shape: "(2,)", [1, 2]))]))
        == "the checksum of one of its arrays is wrong.")
    #expect(try complaint(archive([Member(bytes: array(shape: "(0, 3)"), promised: nil)])) != nil)
  }

  @Test func `a place of the directory beyond every number is refused`() throws {
    var bytes = archive([Member(bytes: array(shape: "(1,)", [1]))])
    let end = bytes.count - 22
    bytes.insert(
      contentsOf: little(0x0706_4b50, 4) + little(0, 4) + little(.max, 8) + little(1, 4), at: end)
    #expect(try complaint(bytes) == "its directory is damaged.")
  }

  @Test func `the place of a directory beyond every number is refused`() throws {
    var bytes = archive([Member(bytes: array(shape: "(1,)", [1]))])
    let end = bytes.count - 22
    let wide =
      little(0x0606_4b50, 4) + [UInt8](repeating: 0, count: 28) + little(1, 8) + little(0, 8)
      + little(.max - 2, 8)
    bytes.insert(
      contentsOf: wide + little(0x0706_4b50, 4) + little(0, 4) + little(end, 8) + little(1, 4),
      at: end)
    #expect(try complaint(bytes) == "it is cut short.")
  }

  @Test(arguments: [
    "(0, 4611686018427387904, 4)", "(4611686018427387904, 4)", "(9223372036854775807,)", "(-1,)",
    "(9223372036854775808,)",
  ]) func `a shape whose elements cannot be counted is refused`(shape: String) throws {
    let complaint = try complaint(archive([Member(bytes: array(shape: shape))]))
    #expect(complaint?.hasPrefix("'x.npy' has ") == true, "\(complaint ?? "nothing is said")")
  }

  @Test func `more bytes than those in the file can hold are refused`() throws {
    let bytes = array(shape: "(4000000000,)", [1])
    #expect(
      try complaint(archive([Member(bytes: bytes, promised: 4_000_000_067)]))
        == "'x.npy' is said to have 4,000,000,067 bytes, which the \(bytes.count) in the file cannot hold."
    )
  }

  @Test func `arrays that overlap are refused`() throws {
    let bytes = array(shape: "(1,)", [1])
    #expect(
      try complaint(archive([Member(bytes: bytes), Member(name: "y.npy", bytes: bytes, place: 0)]))
        == "its arrays 'x.npy' and 'y.npy' overlap.")
  }

  @Test func `two arrays of one name are refused`() throws {
    let bytes = array(shape: "(1,)", [1])
    #expect(
      try complaint(archive([Member(bytes: bytes), Member(bytes: bytes)]))
        == "it has two arrays 'x.npy'.")
  }
}
