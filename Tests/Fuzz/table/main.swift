// Tables: every reader of one sees every input; those that it is not meant for refuse its header.

import Evaluation
import Foundation
import FuzzSupport
import Tables

fuzz { bytes in
  _ = try? ReturnsTable(csv: bytes, file: "returns.csv")
  _ = try? PathTable(csv: bytes, file: "paths.csv")
  if let others = try? OthersReturns(csv: bytes, file: "others.csv") {
    for selection in others.table.selections {
      _ = try? others.grid(method: selection.method, split: selection.split)
    }
  }
  if let table = try? CSVTable(bytes) { _ = (table.header, table.rows, table.lines) }
  if bytes.first == UInt8(ascii: "{") { _ = try? EvaluationSummary(json: Data(bytes)) }
}
