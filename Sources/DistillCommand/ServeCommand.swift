// distill serve: a model acts in another program.

internal import ArgumentParser
internal import Experiments

/// `distill serve`.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Let a model act in another program: observations in, actions out.",
    discussion: """
      Reads one JSON value a line and answers each with a line, on the standard input and output or on a Unix socket. \
      The first line that it writes describes the model. A line asks one stream for an action, or, as a list, several; \
      each stream has a context of its own. \
      A program that sends large observations, or many, goes on in binary frames after {"binary": 1}.

      Examples:
        distill serve runs/dark-room/models/ad/seed-0
        distill serve model.safetensors --socket /tmp/model.socket

      A conversation, with what is answered:
        {"stream": 0, "observation": [4, 4]}                {"action":3,"stream":0}
        {"stream": 0, "reward": 1, "observation": [4, 5]}   {"action":4,"stream":0}

      The page ServingAModel.md of the documentation is the protocol.
      """)

  @Argument(
    help: ArgumentHelp(
      "A model file, or a folder that holds model.safetensors.", valueName: "model"),
    completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp(
      "Serve all who connect to this socket, in place of the standard streams.",
      valueName: "path"))
  var socket: String?

  @Option(help: "What the draws of actions follow from, with a stream's name.")
  var seed: UInt64 = 0

  @Option(help: "Divides the logits before an action is drawn.")
  var temperature = 1.0

  @Option(help: "The probability of a random action, of a model that predicts values.")
  var exploration = 0.0

  func validate() throws {
    if !(1e-6...1e6).contains(temperature) {
      throw ValidationError("--temperature must be 1e-06 to 1e+06, not \(temperature).")
    }
    if !(0...1).contains(exploration) {
      throw ValidationError("--exploration must be 0 to 1, not \(exploration).")
    }
  }

  func run() throws {
    let stage = try ServeStage(
      model: model, seed: seed, temperature: temperature, exploration: exploration)
    if let socket {
      try stage.perform(onSocket: socket, telling: Console())
    } else {
      try stage.perform()
    }
  }
}
