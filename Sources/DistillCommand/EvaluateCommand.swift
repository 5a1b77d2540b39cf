// distill evaluate: returns in context.

public import ArgumentParser
public import Experiments

extension EvaluatedSplit: ExpressibleByArgument {}

/// Percentages, separated by commas, or a file.
struct PromptList {
  let prompts: [Prompt]

  init(argument: String) throws {
    do {
      prompts = try Prompt.parsed(argument)
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

/// `distill evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Let models with frozen weights act on an empty context, and write their returns.",
    discussion: """
      Adds to evaluation/returns.csv and summary.json in the run folder. What is there already is kept, \
      unless it was made with other settings and --overwrite is given.

      With --prompt the context is not empty. A share puts in front of it episodes of the source on the same \
      task: as many successive whole ones as half a context holds, the first that together earn that share \
      of the task's optimal return, or come closest to it. A file, of the schema of data/schema.md, puts in \
      front the last episodes of its histories, on their task alone; the same methods act there without \
      them, too. Their rows are called ad-prompt-50 or ad-prompt-file.

      Examples:
        distill evaluate --run runs/dark-room
        distill evaluate --run runs/dark-room --methods ad --split validation
        distill evaluate --run runs/dark-room --prompt 5,25,50,75,95
        distill evaluate --run runs/dark-room --prompt mine.safetensors
        distill evaluate --model data/models/dark-room
      """)

  @Option(
    name: .customLong("run"), help: ArgumentHelp("The run folder.", valueName: "folder"),
    completion: .directory)
  var path: String?

  @Option(
    help: ArgumentHelp(
      """
      In place of a run folder, one model file or a folder that holds model.safetensors, with the config.yaml of its run \
      beside it: prints its curve, and writes nothing but --out.
      """,
      valueName: "model"),
    completion: .file())
  var model: String?

  @Option(
    help: ArgumentHelp("The table of returns to write, with --model.", valueName: "file"),
    completion: .file())
  var out: String?

  @Option(
    help: ArgumentHelp(
      """
      Some of these, with commas between: \
      \(EvaluatedMethod.allCases.map(\.name).joined(separator: ", ")). \
      (default: all of the models that are there, and the source; with --prompt ad and ed)
      """,
      valueName: "list"))
  var methods: MethodList?

  @Option(
    help: ArgumentHelp(
      """
      The tasks to act in: held-out, train, validation, or a test set of the family. (default: its test \
      sets if it has some, such as odd, even and uniform, otherwise held-out)
      """,
      valueName: "tasks"))
  var split: EvaluatedSplit?

  @Option(
    name: .customLong("prompt"),
    help: ArgumentHelp(
      """
      What the context begins with: a percentage of the optimum from 1 to 100, several with commas \
      between, or a file of histories; may be given many times.
      """,
      valueName: "percent or file"),
    transform: PromptList.init(argument:))
  var promptLists: [PromptList] = []

  @Option(help: "Episodes in context. (default: evaluate.episodes; with --model 100)")
  var episodes: Int?

  @Option(help: "Streams of each task. (default: evaluate.seeds; with --model 5)")
  var evalSeeds: Int?

  @Flag(help: "Make again what was made with other settings.")
  var overwrite = false

  @OptionGroup var dry: DryRunOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  private var prompts: [Prompt] {
    var prompts: [Prompt] = []
    for prompt in promptLists.flatMap(\.prompts) where !prompts.contains(prompt) {
      prompts.append(prompt)
    }
    return prompts
  }

  func validate() throws {
    if (path == nil) == (model == nil) {
      throw ValidationError("Give a run folder with --run, or one model with --model.")
    }
    if model == nil && out != nil {
      throw ValidationError("--out belongs to --model; a run folder has its own places.")
    }
    if model != nil && (methods != nil || !promptLists.isEmpty || overwrite || dry.dryRun) {
      throw ValidationError(
        "--methods, --prompt, --overwrite and --dry-run belong to --run. Leave them out.")
    }
    let amounts = [("--episodes", episodes), ("--eval-seeds", evalSeeds)]
    for case (let name, let amount?) in amounts
    where model != nil && !(1...100_000).contains(amount) {
      throw ValidationError("\(name) must be 1 to 100000, not \(amount).")
    }
    let hasPercentage = prompts.contains { if case .percent = $0 { true } else { false } }
    if split != nil && !prompts.isEmpty && !hasPercentage {
      throw ValidationError(
        "--split chooses the tasks of a share; a file is of one task. Leave --split out.")
    }
  }

  func run() throws {
    if let model {
      return try EvaluateModelStage(
        model: model, overrides: common.overrides, console: common.console, workers: workers.count
      ).perform(split: split, episodes: episodes ?? 100, seeds: evalSeeds ?? 5, out: out)
    }
    var existing = ExistingRunOptions()
    existing.path = path ?? ""
    let settings = [
      episodes.map { SettingOverride("--episodes", $0, for: "evaluate.episodes") },
      evalSeeds.map { SettingOverride("--eval-seeds", $0, for: "evaluate.seeds") },
    ]
    let changed = settings.compactMap { $0 }
    let run =
      dry.dryRun
      ? try existing.look(common, and: changed, workers: workers.count)
      : try existing.open(
        common, and: changed, overwriting: overwrite, workers: workers.count)
    let trained = run.folder.trainedMethods
    let chosen =
      methods?.methods
      ?? (prompts.isEmpty
        ? EvaluatedMethod.all(of: trained) : EvaluatedMethod.prompted(of: trained))
    let stage = EvaluateStage(
      run, methods: chosen, splits: split.map { [$0] } ?? run.experiment.testedSplits,
      prompts: prompts)
    if dry.dryRun { return try PlanStage(run, parts: try stage.parts()).perform() }
    try stage.perform()
    run.console.next("report", "--run", run.folder.path)
  }
}
