// The look of every figure: one list of styles, used by the page and by figures that stand alone.
// Colours of lines are those of Okabe & Ito (2008), which stay apart for colour-blind readers; on a
// dark page they are lightened.

/// The styles that figures are drawn with.
enum FigureStyle {
  /// The colours of series, on light and on dark pages: blue, vermilion, green, purple, ochre, slate, violet, olive.
  static let colours: [(light: String, dark: String)] = [
    ("#0072b2", "#56b4e9"), ("#d55e00", "#f08a45"), ("#008a63", "#2fc79a"),
    ("#b8548f", "#e08fc0"), ("#a06a00", "#e6b04a"), ("#3c7f9e", "#8fc7de"),
    ("#5b4bb8", "#a99cf0"), ("#6f7300", "#c9cf4a"),
  ]
  /// The colours that lines have in turn if none is said of them: those that are furthest apart.
  static let turnCount = 6

  /// The look of the line of a number among others, from 0; after the last colour the same ones dashed.
  static func style(_ index: Int) -> String {
    "c\(index % turnCount)" + (index < turnCount ? "" : " dashed")
  }

  /// The colour of what is not known.
  private static let grey = (light: "#7b828a", dark: "#8a939d")

  /// The variables that hold the colours of a kind of page.
  static func variables(_ colour: ((light: String, dark: String)) -> String) -> String {
    (colours.enumerated().map { "--c\($0.offset): \(colour($0.element));" }
      + ["--grey: \(colour(grey));"]).joined(separator: " ")
  }

  /// The classes of colours.
  private static let names = colours.indices.map { "c\($0)" } + ["grey"]

  /// Rules for the small squares that stand before names in tables.
  static let swatches = """
    :root { \(variables(\.light)) }
    @media (prefers-color-scheme: dark) { :root { \(variables(\.dark)) } }
    td i { background: currentcolor; }
    td i.dashed { background: repeating-linear-gradient(90deg, currentcolor 0 3px, transparent 3px 5px); }
    \(names.map { "td i.\($0) { color: var(--\($0)); }" }.joined(separator: "\n"))
    \(shades("td i"))

    """

  /// The colours of what is no series, on light pages.
  private static let light = [
    ("paper", "#ffffff"), ("ink", "#1f2328"), ("quiet", "#656d76"), ("grid", "#e4e7eb"),
    ("training", "#eceef1"), ("hatch", "#b9c0c8"),
  ]

  /// Says before each colour that is a variable what it is on light pages: programs that draw figures and know no variables
  /// would draw them black, and leave out what they cannot read.
  private static func withFallbacks(_ rules: String) -> String {
    let series =
      colours.enumerated().map { ("c\($0.offset)", $0.element.light) } + [("grey", grey.light)]
    let onLight = Dictionary(uniqueKeysWithValues: light + series)
    return rules.replacing(/([a-z]+): var\(--(\w+)\)/) { rule in
      let colour = onLight[String(rule.2)].map { "\(rule.1): \($0); " } ?? ""
      return colour + rule.0
    }
  }

  /// Rules for `svg.figure` and its parts, for light and dark pages.
  static let css = withFallbacks(
    """
    svg.figure { \(light.map { "--\($0.0): \($0.1);" }.joined(separator: " "))
      \(variables(\.light))
      font-family: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
      font-size: 13px; font-variant-numeric: tabular-nums; }
    @media (prefers-color-scheme: dark) { svg.figure { --paper: #12161c; --ink: #e6e9ed;
      --quiet: #98a2ad; --grid: #2a313a; --training: #232a33; --hatch: #505b67;
      \(variables(\.dark)) } }
    svg.figure .paper { fill: var(--paper); }
    svg.figure text { fill: var(--ink); }
    svg.figure .quiet { fill: var(--quiet); font-weight: 400; }
    svg.figure .heading { font-size: 15px; font-weight: 600; }
    svg.figure .grid { stroke: var(--grid); stroke-width: 1; }
    svg.figure .axis { stroke: var(--quiet); stroke-width: 1; }
    svg.figure .reference { stroke: var(--quiet); stroke-width: 1.3; stroke-dasharray: 6 4; }
    svg.figure .leader { stroke: var(--quiet); stroke-width: 0.8; fill: none; }
    svg.figure .line { fill: none; stroke-width: 2.2; stroke-linejoin: round;
      stroke-linecap: round; }
    svg.figure .thin { stroke-width: 1.3; }
    \(shades("svg.figure .line"))
    svg.figure .dotted { stroke-width: 1.8; stroke-dasharray: 1 4.5; }
    svg.figure .line.dashed { stroke-dasharray: 7 5; }
    svg.figure .band { stroke: none; opacity: 0.17; }
    svg.figure .name { font-weight: 600; }
    svg.figure .place { stroke: var(--paper); stroke-width: 1.5; }
    svg.figure .training { fill: var(--training); }
    svg.figure .hatch { stroke: var(--hatch); stroke-width: 1.2; }
    svg.figure .world { fill: var(--training); stroke: var(--hatch); stroke-width: 1; }
    svg.figure .goal { fill: var(--quiet); opacity: 0.55; }
    svg.figure .start { fill: var(--paper); stroke: var(--ink); stroke-width: 1.2; }
    svg.figure .small { font-size: 12px; }
    svg.figure .onDark { fill: #ffffff; font-size: 12.5px; }
    svg.figure .onLight { fill: #15181c; font-size: 12.5px; }
    \(names.map(colourRules).joined(separator: "\n"))
    svg.figure .line.explorer { stroke: var(--ink); }

    """)

  /// The shades of prompts, from a small share of the optimum to a great one.
  private static func shades(_ selector: String) -> String {
    (0...4).map { "\(selector).shade\($0) { opacity: \(fixed(0.3 + 0.175 * Double($0), 3)); }" }
      .joined(separator: "\n")
  }

  private static func colourRules(_ name: String) -> String {
    """
    svg.figure .line.\(name) { stroke: var(--\(name)); }
    svg.figure .band.\(name), svg.figure .dot.\(name), svg.figure text.\(name) {
      fill: var(--\(name)); }
    """
  }

  /// The colour of a share from 0 to 1 on maps: cividis (Nuñez, Anderton & Renslow 2018,
  /// doi:10.1371/journal.pone.0199239), which is even in lightness for all readers.
  static func mapColour(_ share: Double) -> (fill: String, isDark: Bool) {
    let position = (share.isNaN ? 0 : min(max(share, 0), 1)) * Double(cividis.count - 1)
    let below = min(Int(position), cividis.count - 2)
    let fraction = position - Double(below)
    let channels = (0..<3).map { channel in
      Int(
        (cividis[below][channel] * (1 - fraction) + cividis[below + 1][channel] * fraction)
          .rounded())
    }
    let fill = "#" + channels.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return (fill, position < 0.55 * Double(cividis.count - 1))
  }

  /// Red, green and blue at even distances from the scale's dark to its bright end.
  private static let cividis: [[Double]] = [
    [0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120],
    [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56],
  ]
}
