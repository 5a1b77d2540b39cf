// How long each part of a run took, as rows of a table.

/// The time that a stage took.
public struct StageTime: Equatable, Sendable {
  /// The stage's name, such as `train/ad/seed-0`.
  public let stage: String
  /// Wall-clock seconds.
  public let seconds: Double
  /// What was made: units, such as `environment_steps`, with their numbers.
  public let amounts: [(unit: String, count: Int)]

  /// The time of a stage.
  public init(stage: String, seconds: Double, amounts: [(unit: String, count: Int)]) {
    self.stage = stage
    self.seconds = seconds
    self.amounts = amounts
  }

  /// Whether all parts are the same.
  public static func == (left: StageTime, right: StageTime) -> Bool {
    left.stage == right.stage && left.seconds == right.seconds
      && left.amounts.elementsEqual(right.amounts) { $0.unit == $1.unit && $0.count == $1.count }
  }
}

/// A row of the table, as the page's template reads it.
struct TimeRow {
  let stage: String
  let time: String
  let amounts: String
  let rates: String

  /// A stage's row; one after the last stage sums the seconds.
  static func rows(_ times: [StageTime]) -> [TimeRow] {
    guard times.count > 1 else { return times.map(TimeRow.init) }
    let sum = times.reduce(0) { $0 + $1.seconds }
    return times.map(TimeRow.init)
      + [TimeRow(StageTime(stage: "all stages", seconds: sum, amounts: []))]
  }

  private init(_ time: StageTime) {
    stage = time.stage
    self.time = Self.text(ofSeconds: time.seconds)
    amounts = Self.list(time) { "\(countText($0.count)) \(Self.name($0.unit))" }
    rates = Self.list(time) {
      let rate = Double($0.count) / time.seconds
      return time.seconds > 0
        ? (rate < 100 ? returnText(rate) : countText(rounded: rate)) : "–"
    }
  }

  private static func list(
    _ time: StageTime, _ text: ((unit: String, count: Int)) -> String
  ) -> String {
    time.amounts.map(text).joined(separator: ", ")
  }

  private static func name(_ unit: String) -> String {
    String(unit.map { $0 == "_" ? " " : $0 })
  }

  /// Such as `8.3 s`, or `2 min 05 s` from a minute on.
  private static func text(ofSeconds seconds: Double) -> String {
    guard seconds >= 60 && seconds < 1e15 else { return fixed(seconds, 1) + "\u{A0}s" }
    let whole = Int(seconds.rounded())
    let rest = whole % 60
    return "\(countText(whole / 60))\u{A0}min\u{A0}\(rest < 10 ? "0" : "")\(rest)\u{A0}s"
  }
}
