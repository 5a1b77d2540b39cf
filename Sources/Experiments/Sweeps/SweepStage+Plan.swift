// What a sweep is made of: its points, what they share, what is there, and what the rest takes. Writes nothing.

internal import Foundation
internal import LearningHistories
internal import TensorFiles

extension SweepStage {
  /// Lists a share of the points.
  public func list(_ share: Share = .whole) throws {
    let given = try givenManifest()
    let runs = share.of(sweep.runs)
    let line = console.progress(
      "measuring samples of the work:", total: runs.count, unit: "points")
    var shared: [SharedHistories] = []
    var points: [PlanRow] = []
    for described in runs {
      let experiment = experiment(of: described, given)
      let estimator = Estimator(experiment, workers: workers)
      let parts = try parts(of: described, experiment)
      if learnsFromHistories(described) {
        let isGiven = given.map { uses($0, described, experiment) } ?? false
        let name = isGiven ? "" : experiment.historiesFingerprint
        if let index = shared.firstIndex(where: { $0.name == name }) {
          shared[index].points += 1
        } else {
          shared.append(
            SharedHistories(
              name: name, points: 1,
              row: try row(ofHistories: name, parts.filter(isOfTraining), estimator)))
        }
      }
      points.append(try row(of: described, parts.filter { !isOfTraining($0) }, estimator))
      line.advance()
    }
    line.finish()
    say(shared.map(\.wholeRow) + points)
    for point in sweep.points {
      guard let first = sweep.points.first(where: { $0.folder == point.folder }),
        first.label != point.label
      else { continue }
      console.say("'\(point.label)' has the settings of '\(first.label)' and is the same run")
    }
  }

  private func say(_ rows: [PlanRow]) {
    let all = rows.compactMap(\.rest).reduce(PartEstimate(), +)
    PlanRow.say(rows + [PlanRow(name: "all that is missing", state: "", rest: all)], on: console)
    if rows.allSatisfy({ $0.rest == nil }) { console.say("nothing is missing") }
  }

  /// Whether a part is of the histories that models learn from.
  private func isOfTraining(_ part: any Part) -> Bool {
    (part as? HistoriesPart).map { !$0.isOfSource } ?? false
  }

  private func row(
    ofHistories name: String, _ parts: [any Part], _ estimator: Estimator
  ) throws -> PlanRow {
    guard !name.isEmpty else { return PlanRow(name: "histories given", state: "done", rest: nil) }
    let isWhole = FileManager.default.fileExists(
      atPath: "\(folder.histories(name))/\(ShardSchema.manifestName)")
    let missing = parts.filter { part in
      !isWhole
        && !FileManager.default.fileExists(
          atPath: folder.histories(name) + part.files[0].dropFirst("histories".count))
    }
    return PlanRow(
      name: "histories/\(name)",
      state: state(parts.count - missing.count, of: parts.count, "tasks"),
      rest: try rest(missing, estimator))
  }

  private func row(
    of described: SweepRun, _ parts: [any Part], _ estimator: Estimator
  ) throws -> PlanRow {
    let point = folder.point(described.folder)
    let missing = parts.filter { $0.state(in: point) != .done }
    return PlanRow(
      name: "points/\(described.folder)",
      state: state(parts.count - missing.count, of: parts.count, "parts"),
      rest: try rest(missing, estimator))
  }

  private func state(_ done: Int, of count: Int, _ what: String) -> String {
    done == count ? "done" : done == 0 ? "missing" : "\(done) of \(count) \(what)"
  }

  private func rest(_ missing: [any Part], _ estimator: Estimator) throws -> PartEstimate? {
    try missing.reduce(nil as PartEstimate?) { sum, part in
      try (sum ?? PartEstimate()) + part.estimate(by: estimator)
    }
  }
}

/// Histories that several points learn from.
private struct SharedHistories {
  /// What their settings come down to; empty of those that were given.
  let name: String
  var points: Int
  let row: PlanRow

  /// The row, with the number of points.
  var wholeRow: PlanRow {
    PlanRow(
      name: "\(row.name) (of \(points) \(points == 1 ? "point" : "points"))", state: row.state,
      rest: row.rest)
  }
}
