// How the recurrent learner of many tasks is trained.

internal import Learning
public import Models
public import Tasks

/// What RL² learns by.
public enum RL2Algorithm: String, Codable, Sendable, CaseIterable {
  /// A policy and its value.
  case actorCritic = "actor-critic"
  /// The values of actions, by Q(λ).
  case qLambda = "q-lambda"

  /// What its models predict.
  public var prediction: Prediction {
    switch self {
    case .actorCritic: .actionsAndReturn
    case .qLambda: .actionValues
    }
  }
}

/// RL² (Duan et al. 2016, arXiv:1611.02779; Wang et al. 2016, arXiv:1611.05763): a recurrent learner that
/// learns online on the training tasks to learn within a trial of several episodes.
public struct RL2Settings: SettingsSection {
  /// What it learns by.
  public var algorithm = RL2Algorithm.actorCritic
  /// The number of cells of a recurrent layer.
  public var width = 128
  /// The number of recurrent layers, one on the other.
  public var layers = 1
  /// As `model.ordinal_observations`.
  public var ordinalObservations = false
  /// As `model.chrono_initialisation`, with the steps of a trial.
  public var chronoInitialisation = false
  /// The environments that are acted in at once.
  public var environments = 64
  /// The steps of each environment between two updates.
  public var unroll = 20
  /// The episodes of a trial, over which the task stays and the memory is kept.
  public var episodesPerTrial = 10
  /// The environment steps of a training, over all environments; rounded up to whole updates.
  public var steps = 20_000_000
  /// Adam's step size at the beginning.
  public var learningRate = 3e-3
  /// The last step size, as a share of the first; it falls on a straight line.
  public var finalLearningRateFraction = 0.1
  /// The weight of an actor-critic's entropy, in nats, at the beginning.
  public var entropyBonus = 0.02
  /// The last weight of the entropy, as a share of the first; it falls on a straight line.
  public var finalEntropyFraction = 0.1
  /// What learning adds to the reward of coming to see something for the first time since the best return of the
  /// trial's episodes last rose, in an episode that has come to as much: so it searches where no training task has
  /// a goal, and beyond what it has found. The step that makes the best return rise has it, too; what an episode
  /// begins with has not been come to. The model is told the task's rewards.
  public var searchBonus = 0.0
  /// Q(λ)'s ε at the beginning.
  public var initialExploration = 1.0
  /// Q(λ)'s ε from the end of its decay on, and when the model is evaluated.
  public var finalExploration = 0.02
  /// The part of the training over which ε falls on a straight line.
  public var explorationFraction = 0.5
  /// γ, per step, also from one episode of a trial to the next.
  public var discount = 0.99
  /// λ of the returns.
  public var lambda = 0.95
  /// Multiplies rewards where returns are learned from, so that the values of a trial are of order one and their
  /// errors do not drown the policy's in the gradient that they share.
  public var rewardScale = 0.1
  /// The weight of the squared error of an actor-critic's value.
  public var valueWeight = 0.5
  /// Decoupled weight decay (AdamW); 0 gives Adam.
  public var weightDecay = 0.1
  /// The greatest global norm of the gradient; larger ones are scaled down to it.
  public var gradientClipNorm = 0.5
  /// As `train.keep_every`.
  public var keepEvery = 0

  public init() {}

  /// What is impossible about these settings.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    for (key, value) in [
      ("width", width), ("layers", layers), ("environments", environments), ("unroll", unroll),
      ("episodesPerTrial", episodesPerTrial), ("steps", steps),
    ] where value < 1 {
      problems.append((key, "must be 1 or more, not \(value)"))
    }
    if keepEvery < 0 { problems.append(("keepEvery", "must be 0 or more, not \(keepEvery)")) }
    for (key, value) in [
      ("learningRate", learningRate), ("gradientClipNorm", gradientClipNorm),
      ("rewardScale", rewardScale),
    ]
    where !(value > 0) {
      problems.append((key, "must be positive, not \(value)"))
    }
    for (key, value) in [
      ("entropyBonus", entropyBonus), ("valueWeight", valueWeight), ("weightDecay", weightDecay),
      ("searchBonus", searchBonus),
    ]
    where !(value >= 0) {
      problems.append((key, "must not be negative, but is \(value)"))
    }
    for (key, value) in [
      ("finalLearningRateFraction", finalLearningRateFraction),
      ("finalEntropyFraction", finalEntropyFraction), ("discount", discount), ("lambda", lambda),
      ("initialExploration", initialExploration), ("finalExploration", finalExploration),
      ("explorationFraction", explorationFraction),
    ] where !(0...1).contains(value) {
      problems.append((key, "must be in 0 ... 1, not \(value)"))
    }
    return problems
      + self.problems(above: [
        ("width", width, ModelSettings.greatestWidth),
        ("layers", layers, ModelSettings.greatestLayerCount),
        ("environments", environments, 100_000), ("unroll", unroll, 100_000),
        ("episodesPerTrial", episodesPerTrial, 100_000), ("steps", steps, 1_000_000_000_000),
        ("keepEvery", keepEvery, 1_000_000_000),
      ])
  }

  /// The steps of one update, over all environments.
  public var stepsPerUpdate: Int { environments * unroll }
  public var updates: Int { (steps + stepsPerUpdate - 1) / stepsPerUpdate }

  /// Adam's step size in an update, from 0.
  public func learningRate(at update: Int) -> Double {
    learningRate * remaining(finalLearningRateFraction, at: update)
  }

  /// How to act in an update, from 0, and what is learned from it.
  package func objective(at update: Int) -> any RL2Objective {
    switch algorithm {
    case .actorCritic:
      let bonus = entropyBonus * remaining(finalEntropyFraction, at: update)
      return PolicyObjective(
        ProbabilityActorCriticLoss(
          entropyBonus: Float(bonus), valueWeight: Float(valueWeight)))
    case .qLambda:
      let decay = max(explorationFraction * Double(updates), 1)
      let left = max(0, 1 - Double(update) / decay)
      return QLambdaObjective(
        exploration: Float(finalExploration + left * (initialExploration - finalExploration)))
    }
  }

  private func remaining(_ last: Double, at update: Int) -> Double {
    1 - (1 - last) * min(1, Double(update) / Double(max(updates - 1, 1)))
  }
}
