// Rows of small CSV files with quoted fields (RFC 4180): labels of series hold commas.

/// Rows of fields as the text of a file, each ended by a line feed.
func csvText(_ rows: [[String]]) -> String {
  rows.map { row in
    row.map { field in
      field.contains { ",\"\n".contains($0) }
        ? "\""
          + field.split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"") + "\""
        : field
    }.joined(separator: ",") + "\n"
  }.joined()
}

/// The rows of a file's text; empty lines are none.
func csvRows(_ text: String) -> [[String]] {
  var rows: [[String]] = []
  var row: [String] = []
  var field = ""
  var isQuoted = false
  var previousWasQuote = false
  func endRow(_ rows: inout [[String]], _ row: inout [String], _ field: inout String) {
    row.append(field)
    if row != [""] { rows.append(row) }
    row = []
    field = ""
  }
  for character in text {
    switch (character, isQuoted) {
    case ("\"", false):
      if previousWasQuote { field.append("\"") }
      isQuoted = true
    case ("\"", true): isQuoted = false
    case (",", false):
      row.append(field)
      field = ""
    case ("\n", false), ("\r\n", false): endRow(&rows, &row, &field)
    default: field.append(character)
    }
    previousWasQuote = character == "\"" && !isQuoted
  }
  if !field.isEmpty || !row.isEmpty { endRow(&rows, &row, &field) }
  return rows
}

/// A number in a file: up to four decimals, none that say nothing.
func csvNumber(_ number: Double) -> String {
  let rounded = (number * 10_000).rounded() / 10_000
  return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
}
