// Comma-separated values: what is written is read again, whatever the fields hold and however lines end.

import Foundation
import Tables
import TestSupport
import Testing

@Suite struct `A table that is written` {
  @Test func `has quotes only around fields that need them`() {
    var table = TableWriter(header: ["name", "value"])
    table.append(row: ["plain text", "-0.5"])
    table.append(row: ["a, \"b\"", "line\nfeed"])
    #expect(table.text == "name,value\nplain text,-0.5\n\"a, \"\"b\"\"\",\"line\nfeed\"\n")
  }

  @Test func `writes numbers so that they read back`() throws {
    let numbers = [0, 1, -3.5, 1e-9, 0.1, 20, 1.0 / 3, 1e300, 1e15, .infinity]
    var table = TableWriter(header: ["value"])
    for number in numbers {
      table.append(number)
      table.endRow()
    }
    let read = try CSVTable(table.bytes).rows.map { try #require(Double($0[0])) }
    #expect(read == numbers)
    #expect(table.text.hasPrefix("value\n0\n1\n-3.5\n"))
  }

  @Test(arguments: [
    (1.00004, "1"), (0.12345, "0.1235"), (-2.0, "-2"), (1e308, "1e+308"), (-.infinity, "-inf"),
    (.nan, "nan"),
  ]) func `rounds numbers for people, of any size`(number: Double, text: String) {
    #expect(roundedNumber(number) == text)
  }

  @Test func `is whole in its file, and replaces one only when told`() throws {
    let scratch = try ScratchFolder()
    let file = URL(fileURLWithPath: scratch.file("table.csv"))
    var table = TableWriter(header: ["a"])
    try table.write(to: file)
    table.append(row: ["1"])
    #expect(throws: (any Error).self) { try table.write(to: file) }
    func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }
    #expect(try text() == "a\n")
    try table.write(to: file, replacing: true)
    #expect(try text() == "a\n1\n")
    #expect(scratch.files == ["table.csv"])
  }
}

@Suite struct `A table that is read` {
  @Test(arguments: [
    "a,b\n1,\"x, \"\"y\"\"\"\n", "a,b\r\n1,\"x, \"\"y\"\"\"\r\n", "\u{FEFF}a,b\n1,\"x, \"\"y\"\"\"",
    "\n\"a\",\"b\"\n\n\"1\",\"x, \"\"y\"\"\"\n\n",
  ]) func `is the same however its lines end`(text: String) throws {
    let table = try CSVTable(text, requiring: ["a", "b"])
    #expect(table.rows == [["1", "x, \"y\""]])
  }

  @Test func `is what was written`() throws {
    let rows = [["", "a,b"], ["\"", "\r\n"], ["é\n\n", "\"\""], [" ", ","], ["x", ""]]
    var table = TableWriter(header: ["first", "second"])
    for row in rows { table.append(row: row) }
    #expect(try CSVTable(table.bytes).rows == rows)
  }

  @Test func `names the line of a row that does not fit, quoted line ends and blank lines counted`()
  {
    #expect(throws: CSVError.wrongFieldCount(line: 6, expected: 2, found: ["3"])) {
      try CSVTable("a,b\n\"1\n2\",x\n\n5,6\n3\n")
    }
  }

  @Test func `with another header or none is refused`() {
    #expect(throws: CSVError.wrongHeader(expected: ["a", "b"], found: ["a"])) {
      try CSVTable("a\n1,2,3\n", requiring: ["a", "b"])
    }
    #expect(throws: CSVError.wrongHeader(expected: ["a"], found: [])) {
      try CSVTable("", requiring: ["a"])
    }
  }

  @Test func `whose quote is never closed is refused by the line on which it opens`() {
    #expect(throws: CSVError.openQuote(line: 2, found: "1,\"x\n3,4\n")) {
      try CSVTable("a,b\n1,\"x\n3,4\n")
    }
  }

  @Test func `says of its last row whether it ends`() {
    var whole = CSVReader(Array("a\n1\n".utf8))
    var cut = CSVReader(Array("a\n1".utf8))
    while whole.readRow() {}
    while cut.readRow() {}
    #expect(whole.isEnded && !cut.isEnded)
    #expect(cut.line == 2 && cut.rowText == "1")
  }

  @Test(
    arguments: [
      ("12", 12), ("007", 7), ("123456789012345", 123_456_789_012_345), ("1234567890123456", nil),
      ("-1", nil), ("1.5", nil), ("", nil), ("1 ", nil),
    ] as [(String, Int?)]) func `reads whole numbers of up to fifteen digits`(
      text: String, number: Int?
    )
  {
    var reader = CSVReader(Array("\(text),x\r\n".utf8))
    let isThere = reader.readRow()
    #expect(isThere)
    #expect(reader.wholeNumber(0) == number)
    #expect(reader.text(1) == "x")
  }

  @Test(arguments: 0..<50) func `never fails on bytes of any kind`(seed: Int) {
    var word = UInt64(seed + 1) &* 0x9E37_79B9_7F4A_7C15
    let letters = Array("a,\"\n\r1".utf8)
    let bytes = (0..<200).map { _ in
      word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return letters[Int(word >> 33) % letters.count]
    }
    var reader = CSVReader(bytes)
    var lastLine = 0
    while reader.readRow() {
      #expect(reader.line > lastLine)
      lastLine = reader.line
      #expect(reader.texts.count == reader.count)
      #expect((0..<reader.count).allSatisfy { bytes.count >= reader.written($0).utf8.count })
    }
  }
}
