// distill inspect: what a file is.

internal import ArgumentParser
internal import Experiments

/// `distill inspect`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "A shard, a history set or a checkpoint: what it is, is it whole, how it learned.",
    discussion: """
      Of a configuration, prints every setting as it is resolved; of a run folder, what is there.

      Examples:
        distill inspect runs/dark-room/histories
        distill inspect runs/dark-room/models/ad/seed-0/model.safetensors
        distill inspect data/presets/dark-room.yaml --set train.updates=800
      """)

  @Argument(help: "A file or folder that distill wrote, or a YAML file.", completion: .file())
  var path: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    try InspectStage(path, overrides: common.overrides, console: common.console).perform()
  }
}
