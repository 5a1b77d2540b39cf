// An agent for any loop against the rollouts that evaluate.

import Contexts
import Evaluation
import Foundation
import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `An agent` {
  private let rooms = DarkRoomFamily(size: 5, episodeLength: 6)

  /// Small untrained models of both architectures, which read a context of 12 steps.
  private static let architectures = Architecture.allCases

  private func parameters(_ architecture: Architecture) -> Parameters {
    guard architecture == .lstm else { return model(for: rooms) }
    var settings = ModelSettings()
    settings.architecture = .lstm
    (settings.width, settings.layers) = (8, 2)
    return Parameters(
      ModelConfiguration(model: settings, interface: rooms.interface, contextSteps: 12),
      seed: Seed(3))
  }

  private func agent(_ architecture: Architecture, streams: Int) -> InContextAgent {
    InContextAgent(
      parameters(architecture), randoms: (0..<streams).map { Seed(9).random(for: "agent", $0) })
  }

  @Test(arguments: architectures) func `in a loop of one's own earns what a rollout does`(
    architecture: Architecture
  ) throws {
    let (seed, tasks) = (Seed(5), [TaskID(3), TaskID(17)])
    let expected = try InContextRollout(
      episodes: 8, seedsPerTask: 2, conditions: RolloutConditions(), seed: seed
    ).run(parameters(architecture), in: rooms, tasks: tasks, workers: 1)
    for stream in expected {
      let (task, number) = (stream.task, stream.evaluationSeed)
      var chance = seed.random(for: "environment", task.index, number)
      let agent = InContextAgent(
        parameters(architecture), randoms: [seed.random(for: "action", task.index, number)])
      var life = Life(in: rooms.task(task), using: &chance)
      var returns: [Double] = []
      while returns.count < 8 {
        let step = life.step(try agent.act(on: life.observation), using: &chance)
        try agent.observe(reward: step.reward, endsEpisode: step.endsEpisode)
        if step.endsEpisode {
          returns.append(life.returnOfEpisode)
          life.beginEpisode(using: &chance)
        }
      }
      #expect(returns == stream.returns)
    }
  }

  /// What an agent predicts in a stream, and does, as the stream lives in a room.
  private func live(
    _ agent: InContextAgent, _ stream: Int, _ life: inout Life<DarkRoom>, _ chance: inout Random
  ) throws -> [Float] {
    let action = try agent.act(on: [life.observation], in: [stream])[0]
    let predicted = agent.predictions(of: stream)
    let step = life.step(action, using: &chance)
    try agent.observe(reward: step.reward, endsEpisode: step.endsEpisode, in: stream)
    if step.endsEpisode { life.beginEpisode(using: &chance) }
    return predicted
  }

  @Test(arguments: architectures) func `predicts for a stream as if there were no other`(
    architecture: Architecture
  ) throws {
    let several = agent(architecture, streams: 3)
    // Streams act by turns that differ, beyond a full context.
    var order = Random(seed: 4)
    let turns = (0..<120).map { _ in order.below(3) }
    var predicted: [[[Float]]] = [[], [], []]
    var chances = (0..<3).map { Seed(7).random(for: "room", $0) }
    var lives = (0..<3).map { Life(in: rooms.task(TaskID($0)), using: &chances[$0]) }
    for stream in turns {
      predicted[stream].append(
        try live(several, stream, &lives[stream], &chances[stream]))
    }
    for stream in 0..<3 {
      let alone = InContextAgent(
        parameters(architecture), randoms: [Seed(9).random(for: "agent", stream)])
      var chance = Seed(7).random(for: "room", stream)
      var life = Life(in: rooms.task(TaskID(stream)), using: &chance)
      for expected in predicted[stream] {
        #expect(try live(alone, 0, &life, &chance) == expected)
      }
    }
  }

  @Test(arguments: architectures) func `that is reset predicts as a new one does`(
    architecture: Architecture
  ) throws {
    let agent = agent(architecture, streams: 2)
    var chance = Seed(7).random(for: "room")
    var life = Life(in: rooms.task(TaskID(2)), using: &chance)
    let first = try live(agent, 1, &life, &chance)
    for _ in 0..<20 { _ = try live(agent, 1, &life, &chance) }
    let other = try live(agent, 0, &life, &chance)
    agent.reset(1)
    life.beginEpisode(using: &chance)
    #expect(try live(agent, 1, &life, &chance) == first)
    #expect(agent.predictions(of: 0) == other)
  }

  @Test(arguments: architectures) func `with a prompt predicts as if it had lived that`(
    architecture: Architecture
  ) throws {
    let agent = agent(architecture, streams: 2)
    var chance = Seed(7).random(for: "room")
    var life = Life(in: rooms.task(TaskID(2)), using: &chance)
    var lived: [ContextStep] = []
    for _ in 0..<5 {
      let (seen, starts) = (life.observation, life.stepsInEpisode == 0)
      let action = try agent.act(on: [seen], in: [0])[0]
      let step = life.step(action, using: &chance)
      try agent.observe(reward: step.reward, endsEpisode: step.endsEpisode)
      lived.append(
        ContextStep(observation: seen, action: action, reward: step.reward, startsEpisode: starts))
    }
    try agent.prompt(with: lived, in: 1)
    _ = try agent.act(on: [life.observation, life.observation])
    #expect(agent.predictions(of: 0) == agent.predictions(of: 1))
  }

  @Test func `refuses what its tasks do not show, and is as it was`() throws {
    let agent = agent(.transformer, streams: 2)
    let error = #expect(throws: AgentError.self) {
      try agent.act(on: [Observation(0, 0), Observation(1, 5)])
    }
    #expect(
      error?.description
        == "Stream 1 was told the observed component 1 with 5, expected a value from 0 to 4. "
        + "Give what the tasks give that the model was trained on.")
    #expect(!agent.isWaiting(0) && !agent.isWaiting(1))
    _ = try agent.act(on: [Observation(0, 0), Observation(1, 4)])
    #expect(throws: AgentError.self) { try agent.observe(reward: .nan, endsEpisode: false) }
    #expect(agent.isWaiting(0))
    let other = ContextStep(
      observation: Observation(0, 0), action: 5, reward: 0, startsEpisode: true)
    agent.reset(1)
    #expect(throws: AgentError.self) { try agent.prompt(with: [other], in: 1) }
  }

  @Test func `reads its model from a file`() throws {
    let scratch = try ScratchFolder()
    let url = URL(fileURLWithPath: scratch.file("model.safetensors"))
    try Checkpoint.write(parameters(.transformer), to: url)
    let read = try InContextAgent(reading: url, seed: Seed(9))
    let made = agent(.transformer, streams: 1)
    #expect(try read.act(on: Observation(2, 2)) == made.act(on: Observation(2, 2)))
    #expect(read.predictions() == made.predictions())
    #expect(throws: CheckpointError.self) {
      try InContextAgent(reading: URL(fileURLWithPath: scratch.file("none.safetensors")))
    }
  }
}
