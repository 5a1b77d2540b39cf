// distill export: histories for others to read.

public import ArgumentParser
public import Experiments

extension ExportFormat: ExpressibleByArgument {}

/// `distill export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write learning histories in a layout that other programs read.",
    discussion: """
      FORMAT is npz (arrays of steps, as data/schema.md describes them), or minari, which needs a Python \
      with h5py. 'distill import' reads both again.

      Examples:
        distill export npz runs/dark-room --out dark-room.npz
        distill export minari runs/dark-room --out data/dark-room/histories-v0
      """)

  @Argument(help: "The format.")
  var format: ExportFormat

  @Argument(help: "A run folder, or a folder of histories.", completion: .directory)
  var path: String

  @Option(help: ArgumentHelp("The file or folder to make.", valueName: "path"))
  var out: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    try ExportStage(format, path, to: out, console: common.console).perform()
  }
}
