import Foundation
import TensorFiles
import TestSupport
import Testing

@Suite struct `A file that grows` {
  /// The number of the file under a name: another one if it was replaced.
  private func number(_ url: URL) throws -> String {
    "\(try #require(FileManager.default.attributesOfItem(atPath: url.path)[.systemFileNumber]))"
  }

  @Test func `stays where it is while it grows, from whatever beginning is there`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("file")
      let bytes = (0..<200).map { UInt8($0) }
      try GrowingFile.bring(url, to: Array(bytes.prefix(70)))
      let first = try number(url)
      // As a process leaves it that is killed while it writes.
      try Data(bytes.prefix(75)).write(to: url)
      for count in [75, 120, 120, 200] {
        try GrowingFile.bring(url, to: Array(bytes.prefix(count)))
        #expect(try [UInt8](Data(contentsOf: url)) == Array(bytes.prefix(count)))
        #expect(try number(url) == first)
      }
    }
  }

  @Test(arguments: [[], [9], [1, 2, 9], [1, 2, 3, 4]] as [[UInt8]])
  func `is written anew if it holds anything else`(present: [UInt8]) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("file")
      try Data(present).write(to: url)
      try GrowingFile.bring(url, to: [1, 2, 3])
      #expect(try [UInt8](Data(contentsOf: url)) == [1, 2, 3])
    }
  }

  @Test func `that cannot be written is named`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("missing/file")
      let error = try #require(throws: TensorFileError.self) {
        try GrowingFile.bring(url, to: [1])
      }
      #expect("\(error)".contains("missing/file"))
    }
  }
}
