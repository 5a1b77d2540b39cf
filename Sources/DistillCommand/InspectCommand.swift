// distill inspect: what a file is.

internal import ArgumentParser
internal import Experiments

/// `distill inspect`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "A shard, a history set or a checkpoint: what it is, is it whole, how it learned.",
    discussion: """
      Of a configuration, prints every setting as it is resolved; of a run folder, what is there. With \
      --render, draws what an agent saw in an episode of a shard. With --replay, the histories of a run are lived \
      again, and every step is compared.

      Examples:
        distill inspect runs/dark-room/histories
        distill inspect runs/dark-room/models/ad/seed-0/model.safetensors
        distill inspect data/presets/dark-room.yaml --set train.updates=800
        distill inspect runs/frozen-lake --replay
        distill inspect runs/pool/histories/shard-00000.safetensors --render a.png
      """)

  @Argument(help: "A file or folder that distill wrote, or a YAML file.", completion: .file())
  var path: String

  @Option(
    help: ArgumentHelp("Draw an episode of a shard as an animated PNG.", valueName: "file"),
    completion: .file(extensions: ["png"]))
  var render: String?

  @Option(help: ArgumentHelp("The history to draw, from 1. (default: 1)", valueName: "number"))
  var history: Int?

  @Option(
    help: ArgumentHelp(
      "Its episode to draw, from 1. (default: 1)", valueName: "number"))
  var episode: Int?

  @Flag(help: "Draw the steps side by side, ten in a row, instead of one after another.")
  var strip = false

  @Flag(help: "Replace the file that is drawn into.")
  var overwrite = false

  @Flag(help: "Live a run's histories again, and say where they differ, if they do.")
  var replay = false

  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if replay && render != nil {
      throw ValidationError("--replay and --render are two commands. Give one of them.")
    }
    if workers.workers != nil && !replay {
      throw ValidationError("--workers belongs to --replay. Leave it out.")
    }
    guard render == nil else { return }
    let useless = [
      ("--history", history != nil), ("--episode", episode != nil), ("--strip", strip),
      ("--overwrite", overwrite),
    ]
    for (option, isGiven) in useless where isGiven {
      throw ValidationError("\(option) says how to draw. Name a file to draw into with --render.")
    }
  }

  func run() throws {
    let stage = InspectStage(path, overrides: common.overrides, console: common.console)
    if replay { return try stage.replay(workers: workers.count) }
    guard let render else { return try stage.perform() }
    var pictures = EpisodePictures(file: render)
    pictures.history = history ?? 1
    pictures.episode = episode ?? 1
    pictures.isStrip = strip
    pictures.replacing = overwrite
    try stage.render(pictures)
  }
}
