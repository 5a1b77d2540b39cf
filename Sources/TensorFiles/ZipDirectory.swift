// The directory of a zip archive (PKWARE's APPNOTE 6.3), with the 64-bit fields that NumPy writes for large arrays, and
// the header of a NumPy array (NEP 1). Refuses encryption and packings other than deflate.

internal import Foundation

/// Where the members of an archive stand.
struct ZipDirectory {
  struct Member {
    var name: String
    var range: Range<Int>
    var isDeflated: Bool
    var checksum: UInt32
    /// The bytes, unpacked.
    var byteCount: Int
  }

  private(set) var members: [Member] = []

  init(reading url: URL) throws(TensorFileError) {
    let path = url.relativePath
    let file = try MappedFile(url)
    func fail(_ reason: String) -> TensorFileError { .notAnArrayFile(path: path, reason: reason) }
    func number(_ place: Int, _ bytes: Int) throws(TensorFileError) -> Int {
      guard place >= 0, place <= file.count - bytes else { throw fail("it is cut short") }
      let value = (place..<place + bytes).reversed().reduce(UInt64(0)) {
        unsafe $0 << 8 | UInt64(file.bytes[$1])
      }
      guard let value = Int(exactly: value) else { throw fail("its directory is damaged") }
      return value
    }
    guard file.count >= 22 else { throw fail("it has only \(file.count) bytes") }
    guard try number(0, 4) == 0x0403_4b50 else {
      throw fail("it does not begin as a zip archive does; save it with numpy.savez")
    }
    // The end record: its comment, if any, is at most 64 KiB long.
    var end = file.count - 22
    let first = max(0, end - 65_535)
    while try number(end, 4) != 0x0605_4b50 {
      end -= 1
      guard end >= first else { throw fail("its directory is missing, so it is cut short") }
    }
    var count = try number(end + 10, 2)
    var place = try number(end + 16, 4)
    if end >= 20, try number(end - 20, 4) == 0x0706_4b50 {
      let wide = try number(end - 12, 8)
      // Nothing is added to a place beyond the file: the sum might not be a number.
      guard wide <= file.count else { throw fail("its directory is damaged") }
      count = try number(wide + 32, 8)
      place = try number(wide + 48, 8)
    }
    guard count <= 100_000 else { throw fail("its directory is damaged") }
    var names: Set<String> = []
    for _ in 0..<count {
      guard try number(place, 4) == 0x0201_4b50 else { throw fail("its directory is damaged") }
      let flags = try number(place + 8, 2)
      let method = try number(place + 10, 2)
      let checksum = try number(place + 16, 4)
      var packed = try number(place + 20, 4)
      var unpacked = try number(place + 24, 4)
      let lengths = [
        try number(place + 28, 2), try number(place + 30, 2), try number(place + 32, 2),
      ]
      var header = try number(place + 42, 4)
      guard place + 46 + lengths.reduce(0, +) <= file.count else { throw fail("it is cut short") }
      let name = String(decoding: file.copy(place + 46..<place + 46 + lengths[0]), as: UTF8.self)
      guard flags & 1 == 0, method == 0 || method == 8 else {
        throw fail("'\(name)' is encrypted or packed otherwise than by deflate")
      }
      var extra = place + 46 + lengths[0]
      let extraEnd = extra + lengths[1]
      while extra + 4 <= extraEnd {
        let (kind, size) = (try number(extra, 2), try number(extra + 2, 2))
        if kind == 1 {
          var field = extra + 4
          if unpacked == 0xffff_ffff { (unpacked, field) = (try number(field, 8), field + 8) }
          if packed == 0xffff_ffff { (packed, field) = (try number(field, 8), field + 8) }
          if header == 0xffff_ffff { header = try number(field, 8) }
        }
        extra += 4 + size
      }
      guard try number(header, 4) == 0x0403_4b50 else { throw fail("its directory is damaged") }
      let start = header + 30 + (try number(header + 26, 2)) + (try number(header + 28, 2))
      guard packed <= file.count, start + packed <= file.count else {
        throw fail("it is cut short")
      }
      guard names.insert(name).inserted else { throw fail("it has two arrays '\(name)'") }
      // Deflate makes of a byte at most 1032.
      guard method == 0 ? unpacked == packed : unpacked / 1032 <= packed else {
        throw fail(
          "'\(name)' is said to have \(grouped(unpacked)) bytes, which the \(grouped(packed)) in the file cannot hold"
        )
      }
      members.append(
        Member(
          name: name, range: start..<start + packed, isDeflated: method == 8,
          checksum: UInt32(checksum), byteCount: unpacked))
      place += 46 + lengths.reduce(0, +)
    }
    // Members that share bytes could make of a small file as much work as of a large one.
    let ordered = members.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (member, next) in zip(ordered, ordered.dropFirst())
    where member.range.upperBound > next.range.lowerBound {
      throw fail("its arrays '\(member.name)' and '\(next.name)' overlap")
    }
  }
}

/// What stands before the elements of a NumPy array.
struct NumPyHeader {
  let type: ArrayType
  let shape: [Int]
  let byteCount: Int

  private static let types: [String: ArrayType] = [
    "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32,
    "i4": .int32, "u8": .uint64, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
  ]

  init(
    of member: ZipDirectory.Member, _ stream: ByteStream, path: String
  ) throws(TensorFileError) {
    func fail(_ reason: String) -> TensorFileError {
      .notAnArrayFile(path: path, reason: "'\(member.name)' \(reason)")
    }
    guard member.byteCount >= 10 else { throw fail("is no NumPy array") }
    let start = try stream.read(8, isLast: false)
    guard Array(start.prefix(6)) == [0x93] + Array("NUMPY".utf8) else {
      throw fail("is no NumPy array")
    }
    let size = start[6] == 1 ? 2 : 4
    let length = try stream.read(size, isLast: false).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= min(1 << 20, member.byteCount) else { throw fail("has a damaged header") }
    let text = String(decoding: try stream.read(length, isLast: false), as: UTF8.self)
    func value(_ key: String) -> Substring? {
      text.range(of: "'\(key)':").map { text[$0.upperBound...].drop { $0 == " " } }
    }
    guard let kind = value("descr"), let order = value("fortran_order"),
      let lengths = value("shape"),
      lengths.first == "(", let close = lengths.firstIndex(of: ")")
    else { throw fail("has a damaged header") }
    let name = kind.dropFirst().prefix { $0 != "'" }
    if kind.first != "'" || name.hasPrefix("|O") {
      throw fail("holds pickled objects or records, which are not read; save plain arrays")
    }
    guard !name.hasPrefix(">"), let type = Self.types[String(name.dropFirst())] else {
      throw fail("has the type \(name); save little-endian numbers or booleans")
    }
    let parts = lengths[lengths.index(after: lengths.startIndex)..<close].split(separator: ",")
    let shape = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard shape.count == parts.count else { throw fail("has a damaged header") }
    guard order.hasPrefix("False") || shape.count < 2 else {
      throw fail("stands column by column; save numpy.ascontiguousarray of it")
    }
    self.type = type
    self.shape = shape
    byteCount = 8 + size + length
    guard let elements = arraySize(of: shape, each: type.byteCount) else {
      throw fail("has a damaged header")
    }
    guard elements == member.byteCount - byteCount else {
      throw fail(
        "has \(grouped(member.byteCount)) bytes, its header promises \(grouped(byteCount)) and \(grouped(elements))"
      )
    }
  }
}
