// One line of a list of what there is to do, and the list as people read it.

internal import Foundation
internal import TensorFiles

/// Some parts that are listed together.
struct PlanRow {
  let name: String
  let state: String
  /// Nil where there is nothing left to do.
  let rest: PartEstimate?

  /// Says rows as a table.
  static func say(_ rows: [PlanRow], on console: Console) {
    let cells = rows.map { row in
      [row.name, row.state]
        + (row.rest.map {
          [grouped($0.steps), bytesText($0.bytes), bytesText($0.memory), duration($0.seconds)]
        } ?? ["", "", "", ""])
    }
    let header = ["part", "state", "steps", "on disk", "memory", "time"]
    let widths = header.indices.map { column in
      ([header] + cells).map { $0[column].count }.max() ?? 0
    }
    for row in [header] + cells {
      let line = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column < 2 ? row[column] + space : space + row[column]
      }
      console.say(line.joined(separator: "  "))
    }
  }
}
