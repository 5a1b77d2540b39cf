import Evaluation
import Reports
import Testing

@Suite struct `The log of a training` {
  private func message(_ csv: String) -> String {
    do throws(ReportError) {
      _ = try TrainingLog(csv: csv, method: "ad", seed: 0, file: "training.csv")
      return "no error"
    } catch {
      return error.description
    }
  }

  @Test func `columns are found by their names`() throws {
    let log = try TrainingLog(
      csv: "loss,tokens,update\n1.5,200,1\n1.25,,2\n", method: "ad", seed: 3, file: "training.csv")
    #expect(log.columns == ["loss", "tokens", "update"])
    #expect(log.rows[0] == [1.5, 200, 1])
    #expect(log.rows[1][1].isNaN)
  }

  @Test func `a log without losses is refused`() {
    #expect(
      message("update,accuracy\n1,0.2\n")
        == "training.csv:1: there is no column “loss” among “update,accuracy”. "
        + "Train this model again to make the log anew.")
  }

  @Test func `a short row is refused`() {
    #expect(
      message("update,loss\n1,1.6\n2\n")
        == "training.csv:3: a row has 2 fields, this one 1. "
        + "Train this model again to make the log anew.")
  }

  @Test func `a word among numbers is refused`() {
    #expect(
      message("update,loss\n1,high\n")
        == "training.csv:2: loss must be a number, not “high”. "
        + "Train this model again to make the log anew.")
  }

  @Test func `a quote that is never closed is refused by its line`() {
    #expect(
      message("update,loss\n1,\"1\n2,3\n")
        == "training.csv:2: a quote opens here that is never closed. "
        + "Train this model again to make the log anew.")
  }

  @Test func `lines may end as on Windows`() throws {
    let csv = "update,loss\n1,1.5\n2,1.25\n"
    let (log, windows) = (
      try TrainingLog(csv: csv, method: "ad", seed: 0, file: "x"),
      try TrainingLog(
        csv: "\u{FEFF}" + csv.replacing("\n", with: "\r\n"), method: "ad", seed: 0, file: "x")
    )
    #expect(windows == log)
    #expect(log.rows == [[1, 1.5], [2, 1.25]])
  }

  @Test func `returns whose optimum is not known stand as they are`() throws {
    let log = try trials("1,0,10,2\n2,0,20,4\n", seed: 0)
    let table = try TrainingLog.returns([log], split: "training", optimum: nil, path: "models")
    #expect(table.rows.map(\.return) == [2, 4])
  }

  private func trials(_ csv: String, seed: Int) throws -> TrainingLog {
    try TrainingLog(
      csv: "update,loss,steps,last_episode\n" + csv, method: "rl2", seed: seed, file: "training.csv"
    )
  }

  @Test func `rows in which a trial of every model ended are episodes, as shares of the optimum`()
    throws
  {
    let logs = [
      try trials("1,0,10,2\n2,0,20,4\n3,0,30,\n4,0,40,6\n5,0,50,7\n", seed: 0),
      try trials("1,0,10,\n2,0,20,1\n3,0,30,2\n4,0,40,3\n", seed: 1),
    ]
    let table = try TrainingLog.returns(logs, split: "training", optimum: 8, path: "models")
    #expect(table.rows.map(\.trainSeed) == [0, 0, 1, 1])
    #expect(table.rows.map(\.episode) == [1, 2, 1, 2])
    #expect(table.rows.map(\.envSteps) == [20, 40, 20, 40])
    #expect(table.rows.map(\.return) == [0.5, 0.75, 0.125, 0.375])
    #expect(table.rows.allSatisfy { $0.method == "rl2" && $0.split == "training" })
  }

  @Test func `a log of histories tells of no trials`() throws {
    let log = try TrainingLog(
      csv: "update,loss\n1,1\n", method: "ad", seed: 0, file: "training.csv")
    #expect(
      throws: ReportError.missingColumn(file: "models", column: "steps", found: ["update", "loss"])
    ) {
      try TrainingLog.returns([log], split: "training", optimum: 1, path: "models")
    }
  }
}
