// How early methods earn what there is to earn, as rows of a table, with an ideal explorer's beside them.

import Evaluation

/// The table of a split, as the page's template reads it.
struct PaceTable {
  /// One method's numbers as text; intervals are empty where numbers are exact.
  struct Row {
    let label: String
    let colour: String
    let area10: String
    let area10Interval: String
    let area100: String
    let area100Interval: String
    let toHalf: String
    let toHalfInterval: String
    let toThreeQuarters: String
    let toThreeQuartersInterval: String
    let toNineTenths: String
    let toNineTenthsInterval: String
  }

  /// What stands above the table.
  let heading: String
  /// The rows, in the order of methods.
  let rows: [Row]

  /// The table of the methods that start with an empty context, or nothing if the optimum is not known.
  init?(_ input: ReportInput) {
    guard let found = input.summary.splits[input.split] else { return nil }
    let methods = input.ordered(found.methods.keys).filter { !input.style(of: $0).isPrompted }
    let ofMethods = methods.compactMap { method in
      found.methods[method].flatMap { Row(input.style(of: method), $0) }
    }
    guard !ofMethods.isEmpty else { return nil }
    rows = ofMethods + (found.ideal.map { [Row(ideal: $0)] } ?? [])
    heading = "How early, on \(input.split) tasks"
  }
}

extension PaceTable.Row {
  /// A method's; nil if nothing is known of its pace.
  init?(_ style: SeriesStyle, _ summary: EvaluationSummary.MethodSummary) {
    guard let area10 = summary.area10, let area100 = summary.area100,
      let toHalf = summary.episodesTo50Percent, let toThreeQuarters = summary.episodesTo75Percent,
      let toNineTenths = summary.episodesTo90Percent
    else { return nil }
    label = style.label
    colour = style.classes
    self.area10 = fixed(area10.mean, 3)
    area10Interval = Self.interval(area10)
    self.area100 = fixed(area100.mean, 3)
    area100Interval = Self.interval(area100)
    self.toHalf = Self.episode(toHalf.episode)
    toHalfInterval = Self.interval(toHalf)
    self.toThreeQuarters = Self.episode(toThreeQuarters.episode)
    toThreeQuartersInterval = Self.interval(toThreeQuarters)
    self.toNineTenths = Self.episode(toNineTenths.episode)
    toNineTenthsInterval = Self.interval(toNineTenths)
  }

  /// An ideal explorer's.
  init(ideal: IdealPace) {
    label = "Ideal explorer"
    colour = "explorer"
    area10 = fixed(ideal.area10, 3)
    area100 = fixed(ideal.area100, 3)
    toHalf = Self.episode(ideal.episodesTo50Percent)
    toThreeQuarters = Self.episode(ideal.episodesTo75Percent)
    toNineTenths = Self.episode(ideal.episodesTo90Percent)
    area10Interval = ""
    area100Interval = ""
    toHalfInterval = ""
    toThreeQuartersInterval = ""
    toNineTenthsInterval = ""
  }

  private static func episode(_ episode: Int?) -> String { episode.map(countText) ?? "–" }

  private static func interval(_ share: ShareEstimate) -> String {
    "[" + share.ci95.map { fixed($0, 3) }.joined(separator: ", ") + "]"
  }

  private static func interval(_ estimate: EpisodeEstimate) -> String {
    "[" + estimate.ci95.map(episode).joined(separator: ", ") + "]"
  }
}
