// distill attention: what a model attends to.

internal import ArgumentParser
internal import Experiments

/// `distill attention`.
struct AttentionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attention",
    abstract: "What AD's transformers attend to in their lives in tasks that they never saw.",
    discussion: """
      Lets the AD models of a run act, and reads what they lived through again as two windows of their context: from the \
      first step on, and from --late on. Writes NAME.csv, for each head the share of its attention that goes to earlier \
      episodes, to tokens that tell of a reward and to the first tokens of episodes, beside the share of all tokens that \
      those are; and NAME.png, the attention of the first model in the first task: a row for each window, a square for \
      each layer, from each token (downwards) to those before it (rightwards); above the diagonal every second episode is \
      grey and rewards are red.

      Example:
        distill attention --run runs/key-to-door --figure attention --out figures
      """)

  @OptionGroup var existing: ExistingRunOptions

  @Option(help: ArgumentHelp("The name of the files.", valueName: "name"))
  var figure = "attention"

  @Option(help: ArgumentHelp("The folder of figures.", valueName: "folder"))
  var out = "figures"

  @Flag(help: "Replace files that another command made.")
  var overwrite = false

  @Option(help: "How many tasks to act in, the first held-out ones or of the first test set.")
  var tasks = 5

  @Option(help: "The environment step from which on the late window is looked for.")
  var late = 1700

  @Option(help: ArgumentHelp("What the files say made them. (default: this command line)"))
  var command: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if tasks < 1 { throw ValidationError("--tasks must be 1 or more, not \(tasks).") }
    if !(1...100_000).contains(late) {
      throw ValidationError("--late must be 1 to 100000, not \(late).")
    }
  }

  func run() throws {
    let run = try existing.open(common)
    try AttentionStage(
      run, taskCount: tasks, lateStep: late, command: command ?? thisCommandLine
    ).perform(figure, into: out, overwriting: overwrite)
  }
}
