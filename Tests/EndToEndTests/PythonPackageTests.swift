// The Python package: its own tests, and its logits against those of models that act here.

import Foundation
import Layers
import LinearAlgebra
import Models
import Randomness
import Tasks
import TensorFiles
import TestSupport
import Testing

private let package = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("scripts/python").path

@Suite struct `The Python package` {
  @Test(
    .enabled(
      if: Python.canImport("numpy", "pytest"),
      "python3 cannot import numpy and pytest; name one that can in PYTHON"))
  func `passes its own tests`() throws {
    let script = """
      import os, sys
      os.chdir(sys.argv[1])
      sys.path.insert(0, sys.argv[1])
      sys.dont_write_bytecode = True
      os.environ["DISTILL"] = sys.argv[2]
      import pytest
      sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "tests"]))
      """
    let program = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("distill").path
    let result = try Python.run(script, package, program)
    #expect(result.status == 0, "\(result.output)")
  }

  /// What a model sees and is made of; pictures are 6 × 7 with one channel.
  private static let pictures = TaskInterface(
    sight: .tensor(shape: [6, 7]), actionCount: 4, episodeLength: 8, rewards: nil)

  @Test(
    .enabled(
      if: Python.canImport("numpy", "torch"),
      "python3 cannot import numpy and torch; name one that can in PYTHON"),
    arguments: StepKind.allCases.map(\.interface) + [pictures])
  func `has the logits of a model that acts`(interface: TaskInterface) throws {
    let scratch = try ScratchFolder()
    var cases: [String] = []
    for (number, form) in Self.forms.enumerated() {
      var model = form
      model.width = 12
      model.layers = 2
      model.heads = 3
      model.feedForward = 20
      model.sight.widths = number % 2 == 0 ? [9] : []
      model.sight.channels = [3, 4]
      model.sight.kernels = [3, 3]
      model.sight.strides = [2, 1]
      let parameters = Parameters(
        ModelConfiguration(model: model, interface: interface, contextSteps: 9),
        seed: Seed(UInt64(number)))
      let file = scratch.file("model-\(number).safetensors")
      try Checkpoint.write(parameters, to: URL(fileURLWithPath: file))
      try act(parameters, interface, lives: scratch.file("lives-\(number).safetensors"))
      cases.append("\(number)")
    }
    let script = """
      import sys
      sys.path.insert(0, sys.argv[1])
      import numpy as np
      from algorithm_distillation import Agent, load_model, read_tensors
      for number in sys.argv[3].split(","):
          agent = Agent(load_model(f"{sys.argv[2]}/model-{number}.safetensors"))
          _, lived = read_tensors(f"{sys.argv[2]}/lives-{number}.safetensors")
          worst = 0
          for step in range(len(lived["actions"])):
              logits = agent.logits(lived["observations"][step])
              worst = max(worst, float(np.abs(logits - lived["logits"][step]).max()))
              agent.append(lived["observations"][step], int(lived["actions"][step]),
                           float(lived["rewards"][step]), bool(lived["ends"][step]))
          print(f"model {number} differs by {worst}")
          assert worst < 1e-5
      """
    let result = try Python.run(script, package, scratch.path, cases.joined(separator: ","))
    #expect(result.status == 0, "\(result.output)")
  }

  /// Transformers of both placements and token counts, and an LSTM; ordinal and not.
  private static var forms: [ModelSettings] {
    var forms = [ModelSettings](repeating: ModelSettings(), count: 4)
    forms[1].normPlacement = .post
    forms[1].ordinalObservations = true
    forms[2].tokensPerStep = 3
    forms[3].architecture = .lstm
    return forms
  }

  /// Lets a model see forty steps by chance, four contexts and more, and keeps them with its logits.
  private func act(_ parameters: Parameters, _ interface: TaskInterface, lives: String) throws {
    var random = Seed(9).random(for: "steps")
    let context = parameters.makeContext(streamCount: 1)
    var observations: [Float] = []
    var (actions, rewards, logits) = ([Int64](), [Float](), [Float]())
    var ends: [Bool] = []
    for _ in 0..<40 {
      let observation = Self.observation(interface, using: &random)
      context.predict([observation])
      logits += context.logits.values
      let action = random.below(interface.actionCount)
      let reward = interface.rewards.map { $0[random.below($0.count)] } ?? random.uniform()
      context.append(
        ContextStep(
          observation: observation, action: action, reward: reward,
          startsEpisode: ends.last ?? true), to: 0)
      observations += Self.numbers(observation, interface)
      actions.append(Int64(action))
      rewards.append(reward)
      ends.append(random.below(5) == 0)
    }
    let shape: [Int] =
      switch interface.sight {
      case .tensor(let shape), .categories(let shape, _): shape
      case .floats(let count): [count]
      default: [interface.observationSizes.count]
      }
    try TensorFile.write(
      [
        NewTensor("observations", shape: [40] + shape, observations),
        NewTensor("actions", actions), NewTensor("rewards", rewards), NewTensor("ends", ends),
        NewTensor("logits", shape: [40, logits.count / 40], logits),
      ], metadata: [:], to: URL(fileURLWithPath: lives))
  }

  private static func observation(
    _ interface: TaskInterface, using random: inout Random
  ) -> Observation {
    switch interface.sight {
    case .floats(let count):
      return Observation(floats: (0..<count).map { _ in random.uniform() - 0.5 })
    case .tensor:
      return Observation(
        bytes: (0..<interface.sight.carriedCount).map { _ in UInt8(random.below(256)) })
    case .categories(_, let values):
      return Observation(
        bytes: (0..<interface.sight.carriedCount).map { _ in UInt8(random.below(values)) })
    default:
      let values = interface.observationSizes.map { UInt8(random.below($0)) }
      return Observation(values[0], values[1])
    }
  }

  private static func numbers(_ observation: Observation, _ interface: TaskInterface) -> [Float] {
    switch interface.sight {
    case .floats: observation.floats
    case .tensor, .categories: observation.bytes.map { Float($0) }
    default: interface.observationSizes.indices.map { Float(observation[$0]) }
    }
  }
}
