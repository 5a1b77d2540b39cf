// A model that acts against the same model that reads a whole window at once.

import Contexts
import LinearAlgebra
import Models
import Tasks
import TestSupport
import Testing

@Suite struct `Acting in context` {
  static let forms = [(1, false), (1, true), (3, false), (3, true)]

  /// A life of steps, three to an episode.
  private static func life(_ count: Int, of settings: ReferenceSettings, key: UInt32)
    -> [ContextStep]
  {
    var long = settings
    long.steps = count
    let batch = ReferenceBatch(windows: 1, of: long, key: key).contextBatch(of: long)
    return (0..<count).map { step in
      ContextStep(
        observation: batch.observations[step], action: Int(batch.actions[step]),
        reward: batch.rewards[step], startsEpisode: step % 3 == 0)
    }
  }

  @Test(arguments: forms)
  func `every prediction is to the bit that of a full pass over the stream's window`(
    form: (tokensPerStep: Int, isPostNorm: Bool)
  ) {
    let settings = ModelLaws.settings(form.tokensPerStep, form.isPostNorm)
    let model = ModelLaws.model(settings)
    let lives = (0..<3).map { Self.life(25, of: settings, key: 40 + $0) }
    let context = RollingContext(model.parameters, streamCount: 3)
    for step in 0..<25 {
      context.predict(lives.map { $0[step].observation })
      for (stream, life) in lives.enumerated() {
        let expected = model.parameters.predicted(
          after: context.steps(of: stream), now: life[step].observation)
        #expect(context.logits(of: stream) == expected, "step \(step)")
        context.append(life[step], to: stream)
      }
    }
  }

  @Test(arguments: forms)
  func `a stream with a demonstration and one without predict as if alone`(
    form: (tokensPerStep: Int, isPostNorm: Bool)
  ) {
    let settings = ModelLaws.settings(form.tokensPerStep, form.isPostNorm)
    let model = ModelLaws.model(settings)
    let life = Self.life(12, of: settings, key: 40)
    let shown = Self.life(6, of: settings, key: 50)
    let context = RollingContext(model.parameters, streamCount: 2)
    context.prefill(1, with: shown)
    for step in 0..<12 {
      context.predict([life[step].observation, life[step].observation])
      for stream in 0..<2 {
        let expected = model.parameters.predicted(
          after: context.steps(of: stream), now: life[step].observation)
        #expect(
          context.logits(of: stream) == expected, "stream \(stream), step \(step)")
        context.append(life[step], to: stream)
      }
    }
  }

  @Test func `a full window keeps at least its newer half, from an episode's start on`() {
    let settings = ModelLaws.settings(1, false)
    let life = Self.life(10, of: settings, key: 40)
    let context = RollingContext(ModelLaws.model(settings).parameters, streamCount: 1)
    for step in life.dropLast() {
      context.predict([step.observation])
      context.append(step, to: 0)
    }
    #expect(context.steps(of: 0) == Array(life[..<9]))
    context.predict([life[9].observation])
    #expect(context.steps(of: 0) == Array(life[3..<9]))
  }

  @Test(arguments: [(0.4, 3), (0.34, 3), (0.3, 3), (0.2, 2), (0.01, 1)])
  func `a full window drops no more than it is told to`(fraction: Double, dropped: Int) {
    let settings = ModelLaws.settings(1, false)
    let life = Self.life(10, of: settings, key: 40)
    let context = RollingContext(
      ModelLaws.model(settings).parameters, streamCount: 1, droppedFraction: fraction)
    for step in life.dropLast() {
      context.predict([step.observation])
      context.append(step, to: 0)
    }
    context.predict([life[9].observation])
    #expect(context.steps(of: 0) == Array(life[dropped..<9]))
  }

  @Test func `of too long a demonstration the end is kept`() {
    let settings = ModelLaws.settings(1, false)
    let life = Self.life(20, of: settings, key: 40)
    let context = RollingContext(ModelLaws.model(settings).parameters, streamCount: 1)
    context.prefill(0, with: life)
    #expect(context.steps(of: 0) == Array(life[11...]))
  }
}
