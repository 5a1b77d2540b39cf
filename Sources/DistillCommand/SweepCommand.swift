// distill sweep: many runs that differ in some settings, and one table of them.

internal import ArgumentParser
internal import Experiments

/// `distill sweep`.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract:
      "Train and evaluate over a grid or a list of settings, into one table and one figure.",
    discussion: """
      FILE says what all points share and what each of them sets:

        preset: dark-room                 # and base: settings laid over it
        methods: [ad]
        grid:
          context.steps: [100, 200, 400]

      or, in place of the grid, 'list' with points such as {name: short, set: {context.steps: 100}}. Every point is a \
      run folder OUT/points/LABEL, on which all other subcommands work. Histories are recorded once for all points whose \
      settings agree on them. OUT/sweep.csv, sweep.svg and sweep.html show what the points earn. What is \
      there already is kept, so that the same command goes on after an interruption.

      With --part the points are divided among several programs, such as the tasks of an array of Slurm. \
      Whichever comes first records the histories, and the others wait for them. Without --part the same command \
      then puts all together.

      Examples:
        distill sweep sweep.yaml --out runs/sweep
        distill sweep sweep.yaml --out runs/sweep --split validation
        distill sweep sweep.yaml --out runs/sweep --part 2/5
      """)

  @Argument(
    help: ArgumentHelp("The YAML file of the sweep.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Option(
    help: ArgumentHelp("Begin from this preset, in place of the file's.", valueName: "preset"))
  var preset: String?

  @Option(
    help: ArgumentHelp(
      """
      The tasks to act in: held-out, train, validation, or a test set of the family. Choose settings by validation, \
      not by what tests them. (default: the test sets of the family if it has some, otherwise held-out)
      """,
      valueName: "tasks"))
  var split: EvaluatedSplit?

  @OptionGroup var parts: PartOptions

  @Option(
    help: ArgumentHelp("The folder of the sweep, to make or continue.", valueName: "folder"),
    completion: .directory)
  var out: String

  @Flag(help: "Make again whatever was made with other settings.")
  var overwrite = false

  @OptionGroup var shared: SharedHistoriesOptions
  @OptionGroup var dry: DryRunOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let share = try parts.share() ?? .whole
    let text = try readText(file, ifMissing: "Give the path of a sweep's YAML file.")
    let sweep = try Sweep(
      from: ConfigurationFile(name: file, text: text), preset: preset, overrides: common.overrides)
    common.console.read(file)
    let stage = SweepStage(
      sweep, in: out, on: split, histories: shared.histories, console: common.console,
      workers: workers.count)
    if dry.dryRun { return try stage.list(share) }
    try stage.perform(share, overwriting: overwrite)
  }
}
