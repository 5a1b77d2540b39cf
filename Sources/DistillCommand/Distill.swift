// The program: its subcommands, and how it ends. One file for each subcommand.

public import ArgumentParser
internal import Experiments
internal import Foundation

/// `distill`, with whatever families, learners and methods were added before.
public struct Distill: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "Train a transformer on learning histories, so that it learns new tasks in context.",
    discussion: """
      Algorithm distillation (Laskin et al. 2022) over one run folder: collect the learning histories of \
      reinforcement-learning agents, train models on them, evaluate the models with frozen weights, and report \
      what they earn.

      Examples:
        distill run tiny --out runs/tiny
        distill run dark-room --out runs/dark-room --set seed=1
        distill inspect runs/dark-room/histories

      Presets are YAML files under data/presets; PRESET is the name of one or the path of a file.
      """,
    version: "distill \(programVersion)",
    subcommands: [
      RunCommand.self, PlanCommand.self, CollectCommand.self, ImportCommand.self,
      ExportCommand.self,
      InspectCommand.self, VerifyCommand.self, TrainCommand.self, EvaluateCommand.self,
      ReportCommand.self,
      CompareCommand.self, SweepCommand.self, AttentionCommand.self, ServeCommand.self,
      SettingsCommand.self,
    ])

  /// The command without arguments, which says what there is.
  public init() {}

  /// Runs the command line; errors end in one line on the standard error and an exit status of
  /// their kind.
  public static func main() {
    Interruption.watch()
    do {
      try requireCommand()
      var command = try parseAsRoot()
      try command.run()
      guard Console.hasSaidAll else { throw ConsoleError() }
      Job.leave()
      endProgram(0)
    } catch is CancellationError {
      Job.leave()
      Interruption.end()
    } catch let error as any CommandError {
      Job.fail(printable("Error: \(error)\n"), status: error.exitStatus.rawValue)
    } catch {
      // ArgumentParser's own way to the end would wait for threads; see `endProgram`.
      let (text, status) = (printable(fullMessage(for: error)), exitCode(for: error).rawValue)
      if Job.hasOthers { Job.fail(text + "\n", status: status) }
      if status != 0 && !text.isEmpty { writeToStandardError(text + "\n") }
      if status == 0 { Console().say(text) }
      guard Console.hasSaidAll else {
        writeToStandardError("Error: \(ConsoleError())\n")
        endProgram(ConsoleError().exitStatus.rawValue)
      }
      endProgram(status)
    }
  }
  /// Refuses a command line that cannot be read, and a command that there is not.
  private static func requireCommand() throws(CommandLineError) {
    if let argument = firstArgumentNotInUTF8() { throw .notInUTF8(argument) }
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard let name = CommandLine.arguments.dropFirst().first, !name.hasPrefix("-"),
      !names.contains(name)
    else { return }
    throw .noCommand(name, commands: names)
  }
}

/// What is wrong with the command line as a whole.
private enum CommandLineError: CommandError {
  case noCommand(String, commands: [String])
  case notInUTF8(String)

  var description: String {
    switch self {
    case .noCommand(let name, let commands):
      "there is no command '\(name)'"
        + (nearestName(to: name, among: commands).map { "; did you mean '\($0)'?" } ?? ".")
        + " 'distill --help' lists the commands."
    case .notInUTF8(let argument):
      "the argument '\(argument)' is not text in UTF-8, so no file is found under its name. Rename the file."
    }
  }

  var exitStatus: ExitStatus { .usage }
}
