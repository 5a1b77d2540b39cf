// distill export: histories and models for others to read.

public import ArgumentParser
public import Experiments

extension ExportFormat: ExpressibleByArgument {}

/// `distill export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write learning histories, or a model, in a layout that other programs read.",
    discussion: """
      FORMAT is npz (arrays of steps, as data/schema.md describes them), or minari, which needs a Python \
      with h5py. 'distill import' reads both again. hub makes a folder that can be uploaded to Hugging Face as it is: of a \
      run or a set, its histories with a dataset card; of a model, the model with a model card and all that \
      'distill evaluate --model' needs. A card says what the files say, and nothing else.

      Examples:
        distill export npz runs/dark-room --out dark-room.npz
        distill export minari runs/dark-room --out data/dark-room/histories-v0
        distill export hub runs/dark-room --out hub/histories --license cc-by-4.0
        distill export hub runs/dark-room/models/ad/seed-0 --out hub/model
      """)

  @Argument(help: "The format.")
  var format: ExportFormat

  @Argument(
    help: "A run folder, or a folder of histories; for hub also a model.", completion: .directory)
  var path: String

  @Option(help: ArgumentHelp("The file or folder to make.", valueName: "path"))
  var out: String

  @Option(
    help: ArgumentHelp(
      "The licence that the card of hub names, by the hub's identifier, such as cc-by-4.0.",
      valueName: "licence"))
  var license: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if license != nil && format != .hub {
      throw ValidationError("--license belongs to hub; no other format has a card.")
    }
    if let license, license.isEmpty || license.contains(where: \.isWhitespace) {
      throw ValidationError("--license must be one word, such as cc-by-4.0, not '\(license)'.")
    }
  }

  func run() throws {
    try ExportStage(format, path, to: out, license: license, console: common.console).perform()
  }
}
