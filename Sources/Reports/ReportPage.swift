// The page: one HTML file that needs no network and no script, and the main figure alone.

public import Evaluation
import Foundation
import Mustache

/// A report of a run.
public struct ReportPage {
  private let input: ReportInput
  private let figure: ReturnsFigure

  /// A report of these inputs.
  /// - Throws: If a method's streams are incomplete.
  public init(_ input: ReportInput) throws(ReturnsError) {
    self.input = input
    figure = try ReturnsFigure(input)
  }

  /// The main figure as a file of its own: the same input gives the same bytes.
  public func figureSVG() -> String { figure.svg(isStandalone: true) }

  /// The page: the same input gives the same bytes.
  public func html() throws -> String {
    try pageTemplate("report.mustache", PackageResources.report_mustache).render(try content())
  }

  /// What the template reads, by the names it uses.
  struct Content {
    let title: String
    /// Whether it is of a run of this program, so that the page tells how it was made.
    let isOfRun: Bool
    let lead: String
    let pageStyle: String
    let swatchStyle: String
    let figureStyle: String
    let figureTitle: String
    let figure: String
    let figureCaption: String
    let prompts: [Prompts]
    let tables: [SummaryTable]
    let pace: PaceTable?
    let finding: Finding?
    let split: String
    let hasMaps: Bool
    let maps: [String]
    let mapNote: String
    let paths: Paths?
    let frames: Frames?
    let hasTraining: Bool
    let trainingCharts: [String]
    let modelCount: String
    let trainingNotes: [String]
    let sourceChart: String?
    let historyCount: String
    let hasTimes: Bool
    let times: [TimeRow]
    let configuration: String?
    let timings: String?
  }

  /// The ways from above.
  struct Paths {
    let heading: String
    let svg: String
    let caption: String

    init(_ figure: PathFigure) {
      heading = figure.title
      svg = figure.svg()
      caption = figure.caption
    }
  }

  /// The charts of demonstrations.
  struct Prompts {
    let heading: String
    let charts: [String]
    let caption: String

    init(_ figure: PromptFigure) {
      heading = figure.title
      charts = figure.charts.map(\.svg)
      caption = figure.caption
    }
  }

  /// The charts of finding and keeping.
  struct Finding {
    let heading: String
    let charts: [String]
    let caption: String

    init(_ figure: FindingFigure) {
      heading = figure.title
      charts = figure.charts
      caption = figure.caption
    }
  }

  /// An episode's pictures.
  struct Frames {
    /// Files of pictures, in base 64.
    let files: [String]
    /// The size at which they are shown, by whole pixels.
    let width: Int
    let height: Int
    let caption: String

    /// The width to which pictures are enlarged, or left at.
    private static let shownWidth = 84

    init(_ strip: FrameStrip) {
      let factor = max(1, Self.shownWidth / strip.columns)
      files = strip.files.map { Data($0).base64EncodedString() }
      width = strip.columns * factor
      height = strip.rows * factor
      caption = strip.caption
    }
  }

  private func content() throws(ReturnsError) -> Content {
    let training = TrainingFigure(input)
    let maps = try maps()
    let prompts = try prompts()
    let finding = try FindingFigure(input)
    let charts = [
      ("loss", "Training loss"), ("accuracy", "Training accuracy"),
      ("validation_loss", "Validation loss"), ("validation_accuracy", "Validation accuracy"),
    ].compactMap { training.svg(of: $0.0, label: $0.1) }
    return Content(
      title: input.title,
      isOfRun: input.othersFile == nil,
      lead: lead,
      pageStyle: pageStyle,
      swatchStyle: FigureStyle.swatches,
      figureStyle: FigureStyle.css,
      figureTitle: figure.title,
      figure: figure.isEmpty ? "" : figure.svg(isStandalone: false),
      figureCaption: figure.caption,
      prompts: prompts,
      tables: tables,
      pace: PaceTable(input),
      finding: finding.map(Finding.init),
      split: input.split,
      hasMaps: !maps.isEmpty,
      maps: maps,
      mapNote: mapNote,
      paths: PathFigure(input).map(Paths.init),
      frames: input.frames.map(Frames.init),
      hasTraining: !charts.isEmpty,
      trainingCharts: charts,
      modelCount: training.count == 1 ? "one model" : "\(training.count) models",
      trainingNotes: input.trainingNotes,
      sourceChart: input.sourceCurve?.svg(sourceStyle),
      historyCount: countText(input.sourceCurve?.histories ?? 0),
      hasTimes: !input.times.isEmpty,
      times: TimeRow.rows(input.times),
      configuration: input.configuration.isEmpty ? nil : input.configuration,
      timings: input.timings.isEmpty ? nil : input.timings)
  }

  /// Charts of the split shown, then of others.
  private func prompts() throws(ReturnsError) -> [Prompts] {
    let others = input.summary.splits.keys.sorted().filter { $0 != input.split }
    var prompts: [Prompts] = []
    for split in [input.split] + others {
      let figure = try PromptFigure(input, split: split)
      if !figure.charts.isEmpty { prompts.append(Prompts(figure)) }
    }
    return prompts
  }

  /// The numbers of the split shown, of prompted methods, then of other splits.
  private var tables: [SummaryTable] {
    let hasOptimum = input.summary.splits[input.split]?.optimal != nil
    let shares =
      "Share of optimum: of the same tasks’ optimum, over the last tenth of the episodes. "
    let steps = """
      Steps: environment steps until a task’s mean return first covers 50 % or 75 % of the way from random to optimal, \
      median over the tasks that do.\u{20}
      """
    let main = SummaryTable(
      input, split: input.split, heading: "Returns on \(input.split) tasks",
      note: """
        Mean return per episode with its 95 % interval, bootstrapped over tasks and training seeds. \
        \(hasOptimum ? shares : "")Never found: streams whose return is 0 in all their episodes. \
        \(hasOptimum ? steps : "")Streams: tasks × training seeds × evaluation seeds (no training seeds where \
        nothing is trained).\(input.othersFile == nil ? " An episode of the source is one of each of its actors." : "")
        """, where: { !$0.isPrompted })
    let prompted = SummaryTable(
      input, split: input.split, heading: "Started with converged episodes in the context",
      note: """
        The context begins with converged episodes of the same \(input.split) task: how much of \
        their return a method keeps when it need not find it. They fill half of the context and leave it when \
        it first rolls over; what follows shows whether a method that loses its way finds it again.
        """, where: { $0.isPrompted && $0.promptedMethod == nil })
    let atShares = SummaryTable(
      input, split: input.split, heading: "Started at a share of the optimum",
      note: """
        The context begins with episodes of the source on the same \(input.split) task, at the place of its \
        history where they first earn that share of the task’s optimal return: does a method go on \
        from there, or stay?
        """, where: { $0.promptPercent != nil })
    let ofFiles = SummaryTable(
      input, split: input.split, heading: "Started with episodes of a file",
      note: "The context begins with the last episodes of the histories of a file.",
      where: { $0.promptedMethod != nil && $0.promptPercent == nil })
    let others = input.summary.splits.keys.sorted().filter { $0 != input.split }.map { split in
      SummaryTable(
        input, split: split, heading: "Returns on \(split) tasks",
        note: "As above, on tasks of the split “\(split)”.", where: { _ in true })
    }
    return ([main, prompted, atShares, ofFiles] + others).compactMap { $0 }
  }

  /// Maps of the methods that learn in context with all they observe.
  private func maps() throws(ReturnsError) -> [String] {
    let methods = input.methods(on: input.split).filter {
      input.style(of: $0).role == .inContext
    }
    var maps: [String] = []
    for method in methods {
      if let map = try TaskMap(input, method: method) { maps.append(map.svg()) }
    }
    return maps
  }

  private var mapNote: String {
    let unit = TaskMap.showsShares(input) ? " in percent of that task’s own optimum" : ""
    return """
      Each coloured cell is a \(input.split) task at its place on the family’s map. Its number is the mean return of the \
      last tenth of the episodes\(unit), over all seeds. Other cells are tasks that trained the models or tuned them.
      """
  }

  /// The style of the recorded learners.
  private var sourceStyle: SeriesStyle {
    let sources = input.styles.keys.sorted().filter { input.style(of: $0).role == .source }
    return sources.first.map(input.style) ?? SeriesStyle(unknown: "source")
  }

  /// The finding in words: of the first method that acts in context, then of the others and of its control.
  private var lead: String {
    guard let split = input.summary.splits[input.split] else { return "" }
    let methods = input.ordered(split.methods.keys)
    let inContext = methods.filter { input.style(of: $0).role == .inContext }
    guard let first = inContext.first, let found = split.methods[first] else { return "" }
    let last = "\(ReturnsGrid.lastTenth(of: found.episodes).lowerBound)–\(found.episodes)"
    var text = "On \(found.tasks) \(input.split) tasks, \(input.style(of: first).label) earns "
    text += "\(returnText(found.firstEpisode.mean)) in its first episode and "
    text += "\(returnText(found.lastTenth.mean)) over episodes \(last)"
    if let share = found.lastTenth.shareOfOptimal, let optimal = split.optimal {
      text += ", \(percentText(share)) of the optimum of \(returnText(optimal))"
    }
    text += input.othersFile.map { ", as \($0) says." } ?? ", with frozen weights."
    let others =
      inContext.dropFirst()
      + methods.filter {
        input.style(of: $0).role == .rewardsHidden(of: first)
      }
    for method in others {
      guard let summary = split.methods[method] else { continue }
      let style = input.style(of: method)
      text += " \(style.label)" + (style.remark.map { ", \($0)," } ?? "")
      text += " earns \(returnText(summary.lastTenth.mean)) over its last tenth."
    }
    return text
  }
}

/// The rules of every page.
var pageStyle: String { String(decoding: PackageResources.page_css, as: UTF8.self) }

/// The template of a page.
/// - Parameter name: Its file, for errors.
func pageTemplate(_ name: String, _ bytes: [UInt8]) throws(ReportError) -> MustacheTemplate {
  do {
    return try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
  } catch {
    throw .wrongTemplate(file: name, reason: "\(error)")
  }
}
