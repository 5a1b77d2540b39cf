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
}
