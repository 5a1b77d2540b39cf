// Which command made a file: tables say so in their column `command`, and nothing that another one made is replaced.

internal import Foundation
internal import Tables

/// A command line as a shell would take it again: words in single quotes where they need them.
public func shellText(_ words: some Sequence<String>) -> String {
  words.map { word in
    let plain = word.unicodeScalars.allSatisfy {
      ($0.value < 128 && ($0.properties.isAlphabetic || ("0"..."9").contains($0)))
        || "-_./,:=+@%".unicodeScalars.contains($0)
    }
    return plain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }.joined(separator: " ")
}

/// Refuses to replace what another command made, or a person: of files that are written together, the table tells.
/// - Parameters:
///   - files: The endings of what is written beside the table, such as `svg`.
///   - command: What makes them now.
func requireOwn(table: String, beside files: [String], command: String) throws {
  let manager = FileManager.default
  let stem = String(table.dropLast("csv".count))
  guard manager.fileExists(atPath: table) else {
    if let other = files.map({ stem + $0 }).first(where: manager.fileExists(atPath:)) {
      throw StageError.madeOtherwise(path: other, by: nil, now: command)
    }
    return
  }
  let text = try readText(table, ifMissing: "")
  guard let read = try? CSVTable(text), let column = read.header.firstIndex(of: "command"),
    let found = read.rows.first?[column]
  else { throw StageError.madeOtherwise(path: table, by: nil, now: command) }
  guard found == command else {
    throw StageError.madeOtherwise(path: table, by: found, now: command)
  }
}
