// How a method is named and drawn, the same on every figure. The styles of a report come in from outside, by the
// methods' names in files; nothing here reads a name.

internal import Evaluation

/// A method's name for people, its place among others, how its line looks and what it shows.
public struct SeriesStyle: Equatable, Sendable {
  /// What returns of a method show.
  public enum Role: Equatable, Sendable {
    /// Acts in context, from an empty context and with all it observes.
    case inContext
    /// The recorded learner, from scratch: its episodes are those of all its actors.
    case source
    /// The control of a method, with its rewards hidden.
    case rewardsHidden(of: String)
    /// A method whose context begins with episodes of a converged learner.
    case converged(of: String)
    /// A method whose context begins with episodes at a share of the optimum, in percent, or of a file where that is
    /// nil.
    case prompted(of: String, percent: Int?)
  }

  /// Such as `AD, rewards hidden`.
  public let label: String
  /// The number of its colour, below `colourCount`; nil is grey.
  public let colour: Int?
  /// Whether its line is dashed.
  public let isDashed: Bool
  /// Lower ones are drawn and listed first; of equal ones, that whose name in files comes first.
  public let rank: Int
  /// What its returns show.
  public let role: Role
  /// What the report's first sentences say of it after its label, such as `trained alike on converged episodes only`.
  public let remark: String?

  /// How many colours there are.
  public static let colourCount = FigureStyle.colours.count

  /// A style.
  /// - Precondition: There is such a colour.
  public init(
    label: String, colour: Int?, isDashed: Bool = false, rank: Int, role: Role = .inContext,
    remark: String? = nil
  ) {
    precondition(
      colour.map { (0..<FigureStyle.colours.count).contains($0) } ?? true,
      "colour \(colour ?? 0) of “\(label)”: there are \(FigureStyle.colours.count)")
    self.label = label
    self.colour = colour
    self.isDashed = isDashed
    self.rank = rank
    self.role = role
    self.remark = remark
  }

  /// The style of a method that is not known: its name as it is, grey, after all others.
  init(unknown method: String) {
    self.init(label: method, colour: nil, rank: .max)
  }
}

extension SeriesStyle {
  /// The control of the method of this style, with its rewards hidden: the same colour, dashed.
  /// - Parameter method: The name in files of the method of this style.
  public func hidingRewards(of method: String) -> SeriesStyle {
    SeriesStyle(
      label: "\(label), rewards hidden", colour: colour, isDashed: true, rank: 1_000 + rank,
      role: .rewardsHidden(of: method))
  }

  /// The method of this style with converged episodes in its context.
  /// - Parameter method: The name in files of the method of this style.
  public func prompted(of method: String) -> SeriesStyle {
    SeriesStyle(
      label: "\(label), prompted", colour: colour, rank: 2_000 + rank, role: .converged(of: method))
  }

  /// The method of this style with a demonstration in its context: the same colour in a shade that shows the share.
  /// - Parameters:
  ///   - method: The name in files of the method of this style.
  ///   - percent: At which share of the optimum; nil for those of a file.
  public func prompted(of method: String, percent: Int?) -> SeriesStyle {
    SeriesStyle(
      label: "\(label), prompt \(percent.map { "at \($0) %" } ?? "of a file")", colour: colour,
      rank: 10_000 + 1_000 * rank + (percent ?? 0), role: .prompted(of: method, percent: percent))
  }
}

extension SeriesStyle {
  /// The classes of `FigureStyle` that its lines have.
  var classes: String {
    let name = colour.map { "c\($0)" } ?? "grey"
    let shade = shade.map { " shade\($0)" } ?? ""
    return name + (isDashed ? " dashed" : "") + shade
  }

  /// A number from 0 to 4 that grows with the share of the optimum in its prompt; nil if it has no prompt.
  private var shade: Int? {
    guard case .prompted(_, let percent) = role else { return nil }
    return min((percent ?? 100) / 20, 4)
  }

  /// What its context begins with, such as `Prompt at 50 %`; nil if it has no prompt.
  var promptLabel: String? {
    guard case .prompted(_, let percent) = role else { return nil }
    return "Prompt \(percent.map { "at \($0) %" } ?? "of a file")"
  }

  /// The share of the optimum in its prompt, in percent; nil if it has none.
  var promptPercent: Int? {
    guard case .prompted(_, let percent) = role else { return nil }
    return percent
  }

  /// The method whose context begins with the prompt; nil if it has no prompt.
  var promptedMethod: String? {
    guard case .prompted(let method, _) = role else { return nil }
    return method
  }

  /// Whether its context begins with another's episodes: its returns are no learning curve.
  var isPrompted: Bool {
    switch role {
    case .converged, .prompted: true
    case .inContext, .source, .rewardsHidden: false
    }
  }
}

extension ReportInput {
  /// The style of a method.
  func style(of method: String) -> SeriesStyle { styles[method] ?? SeriesStyle(unknown: method) }

  /// Methods in the order in which they are listed.
  func ordered(_ methods: some Sequence<String>) -> [String] {
    methods.sorted { (style(of: $0).rank, $0) < (style(of: $1).rank, $1) }
  }

  /// The methods with returns on a split, in that order.
  func methods(on split: String) -> [String] {
    ordered(returns.selections.filter { $0.split == split }.map(\.method))
  }
}
