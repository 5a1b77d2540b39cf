// distill compare: several runs side by side.

public import ArgumentParser
public import Experiments

extension SeriesSource: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// `distill compare`.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Put runs side by side: a figure beside the paper's, or the table of all results.",
    discussion: """
      With --figure, writes NAME.csv and NAME.svg: a line for each SERIES, LABEL=RUN[:METHOD[:SPLIT]], beside \
      the paper's curves of data/paper/NAME.csv if there are any. In place of RUN, FILE.csv is a table of returns that \
      another program wrote: columns task, episode and return at least; method, split, train_seed, eval_seed and \
      env_steps if it has them. LABEL=RUN:rl2:training shows how RL² was trained: what \
      the last episodes of its trials earned, as a share of the optimum, by training steps. --sweep has a line for \
      each row of the table of a sweep. With --main, puts the rows of each --run into \
      a table, in place of those of the same family, tasks and method.

      Examples:
        distill compare --figure context '4 episodes=runs/four' '1 episode=runs/one'
        distill compare --figure both 'AD=runs/dark-room' 'my PPO=ppo.csv'
        distill compare --main results.csv --run runs/dark-room --command 'distill run dark-room'
      """)

  @Option(help: ArgumentHelp("Make a figure of this name.", valueName: "name"))
  var figure: String?

  @Option(
    help: ArgumentHelp("Head the figure with this text. (default: its name, or the sweep's title)"))
  var title: String?

  @Option(
    help: ArgumentHelp("The folder of a sweep to make the figure of.", valueName: "folder"),
    completion: .directory)
  var sweep: String?

  @Flag(help: "Count episodes along the figure's x axis, not environment steps.")
  var episodes = false

  @Option(help: ArgumentHelp("The folder of figures.", valueName: "folder"))
  var out = "figures"

  @Flag(help: "Replace files that another command made.")
  var overwrite = false

  @Option(help: ArgumentHelp("The table to put rows into.", valueName: "file"))
  var main: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("A run whose rows go into the table.", valueName: "folder"))
  var runs: [String] = []

  @Option(
    help: ArgumentHelp(
      "The folder of the paper's numbers: NAME.csv for a figure, main.csv for the table.",
      valueName: "folder"))
  var paper = "data/paper"

  @Option(help: ArgumentHelp("What the files say made them. (default: this command line)"))
  var command: String?

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  @Argument(
    help: ArgumentHelp(
      "LABEL=RUN[:METHOD[:SPLIT]], or LABEL=FILE.csv[:METHOD[:SPLIT]].", valueName: "series"))
  var series: [SeriesSource] = []

  func validate() throws {
    guard (figure != nil) != (main != nil) else {
      throw ValidationError("Give either --figure with some SERIES, or --main with some --run.")
    }
    if figure != nil && (series.isEmpty && sweep == nil || !runs.isEmpty) {
      throw ValidationError(
        "--figure takes LABEL=RUN or LABEL=FILE.csv, one at least, and no --run.")
    }
    if sweep != nil && (main != nil || !series.isEmpty) {
      throw ValidationError("--sweep takes the place of the series of a --figure. Leave them out.")
    }
    if series.contains(where: \.isOfTraining) {
      guard series.allSatisfy(\.isOfTraining) && !episodes else {
        throw ValidationError(
          "RUN:rl2:training counts training steps and shares of the optimum: no other series beside it, and no --episodes."
        )
      }
    }
    if main != nil && (runs.isEmpty || !series.isEmpty) {
      throw ValidationError("--main takes --run, one at least, and no series.")
    }
    if main != nil && command == nil {
      throw ValidationError("--main needs --command: what made the rows.")
    }
  }

  func run() throws {
    let console = Console(isQuiet: quiet)
    if let figure {
      let stage = CompareStage(
        command: command ?? thisCommandLine, console: console)
      try stage.makeFigure(
        figure, title: try title ?? sweep.map(CompareStage.title(ofSweep:)) ?? figure,
        of: try sweep.map(CompareStage.series(ofSweep:)) ?? series, paper: "\(paper)/\(figure).csv",
        into: out,
        countsEpisodes: episodes, overwriting: overwrite)
    }
    if let main, let command {
      let stage = CompareStage(command: command, console: console)
      try stage.updateTable(main, with: runs, paper: "\(paper)/main.csv")
    }
  }
}
