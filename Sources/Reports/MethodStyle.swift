// How a method is named and coloured, the same on every figure.

/// A method's name for people, its place among others and its colour.
struct MethodStyle: Equatable {
  /// Such as `AD, rewards hidden`.
  let label: String
  /// The number of its colour in `FigureStyle`.
  let colour: Int
  /// Lower ones are drawn and listed first.
  let rank: Int
  /// What its context begins with, such as `50 %`; nil if with nothing.
  var promptLabel: String?
  /// The class of `FigureStyle` that shows the share of the optimum in its prompt.
  var shade = ""

  private static let hidden = "-rewards-hidden"
  private static let prompted = "-prompted"
  private static let prompt = "-prompt-"

  /// The style of a method by its name in files; unknown names are shown as they are.
  init(_ method: String) {
    if let model = Self.promptedModel(method) {
      let base = MethodStyle(model)
      let ending = String(method.dropFirst(model.count + Self.prompt.count))
      let percent = Int(ending)
      let place = percent.map { "\($0) %" } ?? ending
      let label = percent == nil ? "of a \(place)" : "at \(place)"
      self.init(
        label: "\(base.label), prompt \(label)",
        colour: base.colour, rank: 100 * (base.rank + 1) + (percent ?? 0))
      promptLabel = "Prompt \(label)"
      shade = "shade\(min((percent ?? 100) / 20, 4))"
      return
    }
    let suffixes = [(Self.hidden, ", rewards hidden", 3), (Self.prompted, ", prompted", 0)]
    for (suffix, label, colour) in suffixes where method.hasSuffix(suffix) {
      let base = MethodStyle(String(method.dropLast(suffix.count)))
      self.init(
        label: base.label + label, colour: colour > 0 ? colour + base.colour : base.colour,
        rank: base.rank + 10)
      return
    }
    switch method {
    case "ad": self.init(label: "AD", colour: 0, rank: 0)
    case "ed": self.init(label: "ED", colour: 1, rank: 1)
    case "ad-lstm": self.init(label: "AD, LSTM", colour: 5, rank: 3)
    case "rl2": self.init(label: "RL²", colour: 3, rank: 3)
    case "source": self.init(label: "Source learner", colour: 2, rank: 2)
    default: self.init(label: method, colour: 5, rank: 4)
    }
  }

  private init(label: String, colour: Int, rank: Int) {
    self.label = label
    self.colour = colour
    self.rank = rank
  }

  /// Whether the method starts with demonstrations in its context: it is no learning curve.
  static func isPrompted(_ method: String) -> Bool {
    method.hasSuffix(prompted) || promptedModel(method) != nil
  }

  /// The method that starts with a share's or a file's demonstrations; nil if it does not.
  static func promptedModel(_ method: String) -> String? {
    guard let range = method.firstRange(of: prompt) else { return nil }
    return String(method[..<range.lowerBound])
  }

  /// Whether the method's context hides the rewards.
  static func hidesRewards(_ method: String) -> Bool { method.hasSuffix(hidden) }

  /// Methods in the order in which they are listed.
  static func ordered(_ methods: [String]) -> [String] {
    methods.sorted { (MethodStyle($0).rank, $0) < (MethodStyle($1).rank, $1) }
  }
}
