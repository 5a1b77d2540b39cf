// What the settings of several sections come to together: what contradicts what, and the family,
// the split and the fingerprint that follow.

internal import Contexts
internal import Evaluation
internal import LearningHistories
internal import Randomness
internal import SourceAlgorithms
public import Tasks
internal import TensorFiles
internal import Training

extension ExperimentConfiguration {
  /// What is impossible about settings that are possible alone.
  var problemsBetweenSections: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    let family = task.makeFamily()
    let count = family.taskCount - family.testSets.reduce(0) { $0 + $1.tasks.count }
    let trainable = count - split.heldOut - split.validation
    if trainable < 1 {
      let message =
        "\(split.heldOut) held-out and \(split.validation) validation tasks leave none of \(count) "
        + "to train on"
      problems.append((key: "split.heldOut", message: message))
    } else if split.training > trainable {
      let message = "must be at most \(trainable), the tasks that are left, not \(split.training)"
      problems.append((key: "split.training", message: message))
    } else {
      let training = split.training == 0 ? trainable : split.training
      if train.validationTasks >= training {
        let message =
          "must be fewer than \(training), the training tasks, not \(train.validationTasks)"
        problems.append((key: "train.validationTasks", message: message))
      } else if train.validationTasks > 0 && context.tasks > training - train.validationTasks {
        let message =
          "must be at most \(training - train.validationTasks), the training tasks without "
          + "train.validation_tasks, not \(context.tasks)"
        problems.append((key: "context.tasks", message: message))
      } else if context.tasks > training {
        let message = "must be at most \(training), the training tasks, not \(context.tasks)"
        problems.append((key: "context.tasks", message: message))
      }
    }
    problems += problemsOfLearning(family)
    let learner = source.makeLearner()
    problems += collect.problems(streamCount: learner.streamCount).map {
      (key: "collect.\($0.key)", message: $0.message)
    }
    let length = family.interface.episodeLength
    let recorded = [
      family.taskCount, collect.historiesPerTask, learner.episodesPerStream, length,
    ]
    problems += amountProblem("collect.historiesPerTask", "recorded", recorded)
    problems += amountProblem(
      "evaluate.seeds", "evaluated", [family.taskCount, evaluate.seeds, evaluate.episodes, length])
    return problems + contextProblems(episodes: learner.episodesPerStream, episodeLength: length)
  }

  /// More steps than could ever be lived, which sums of bytes and rows could not hold.
  private func amountProblem(
    _ key: String, _ what: String, _ factors: [Int]
  ) -> [(key: String, message: String)] {
    let steps = factors.reduce(1) { $0 * Double($1) }
    guard steps > 1e15 else { return [] }
    let message =
      "must be smaller: on all tasks together as many as \(steps) steps would be \(what), of at most 10¹⁵"
    return [(key, message)]
  }

  /// What the learner cannot learn of a family, with its memory and without.
  private func problemsOfLearning(
    _ family: any TaskFamily
  ) -> [(key: String, message: String)] {
    func problem(of learner: any SourceLearner) -> String? {
      // Learners do not know the family's name.
      learner.problem(with: family.interface, isListed: family.hasListedStates)?
        .replacing("the task", with: family.name)
    }
    var forgetful = source
    forgetful.remembersRewards = false
    let ofLearner = problem(of: forgetful.makeLearner())
    let ofMemory = source.remembersRewards ? problem(of: source.makeLearner()) : nil
    return (ofLearner.map { [("source.algorithm", $0)] } ?? [])
      + (ofMemory == ofLearner ? [] : ofMemory.map { [("source.remembersRewards", $0)] } ?? [])
  }

  /// Windows that no history of so many episodes can fill.
  private func contextProblems(
    episodes: Int, episodeLength: Int
  ) -> [(key: String, message: String)] {
    let lived = episodes * episodeLength
    if lived < context.steps {
      let message =
        "must be at most \(lived), the steps of a history of \(episodes) episodes, not "
        + "\(context.steps)"
      return [(key: "context.steps", message: message)]
    }
    return []
  }

  /// The seed of all chance.
  var experimentSeed: Seed { Seed(seed) }

  /// Which tasks train, tune and test.
  public func makeSplit() -> TaskSplit { makeSplit(of: task.makeFamily()) }

  /// What users should know before anything is computed, a sentence each.
  public var notes: [String] { task.settings.notes }

  /// Of the training tasks those whose histories models are shown.
  public func shownTasks(of split: TaskSplit) -> [TaskID] {
    let keptBack = keptBackTasks(of: split)
    var tasks = split.training.filter { !keptBack.contains($0) }
    guard context.tasks > 0 else { return tasks }
    var random = experimentSeed.random(for: "shown tasks")
    random.shuffle(&tasks)
    return tasks.prefix(context.tasks).sorted()
  }

  /// The tasks on whose histories, as far as there are any, models are measured while they are trained.
  public func validationTasks(of split: TaskSplit) -> [TaskID] {
    split.validation + keptBackTasks(of: split)
  }

  /// Of the training tasks those that no model is shown.
  private func keptBackTasks(of split: TaskSplit) -> [TaskID] {
    var random = experimentSeed.random(for: "validation tasks")
    var tasks = split.training
    random.shuffle(&tasks)
    return tasks.prefix(train.validationTasks).sorted()
  }

  /// Which tasks of the family that the settings describe train, tune and test.
  func makeSplit(of family: any TaskFamily) -> TaskSplit {
    TaskSplit(
      of: family, heldOut: split.heldOut, validation: split.validation,
      training: split.training == 0 ? nil : split.training, seed: experimentSeed)
  }

  /// What a recording follows from, in short: equal for equal recordings.
  func fingerprint(
    recording tasks: [TaskID], historiesPerTask: Int, priorTaskFraction: Double
  ) -> String {
    let sections: Set = ["seed", "task", "split", "source"]
    let settings = SettingsTree(reflecting: self).settings()
      .filter {
        sections.contains(String($0.path.prefix { $0 != "." })) && task.hasResult(ofPath: $0.path)
      }
      .map { "\($0.path): \(settingText(of: $0.value))\n" }
    let text =
      settings.joined()
      + "\(historiesPerTask) histories of \(tasks), after others: \(priorTaskFraction)"
    return String(Checksum.sha256(of: Array(text.utf8)).prefix(16))
  }
}

/// A section's settings as texts, by their names in files.
/// - Parameter name: The setting that names the section, which is left out.
func describedSettings(_ section: Any, except name: String) -> [String: String] {
  let settings = SettingsTree(reflecting: section).settings().filter { $0.path != name }
  return Dictionary(uniqueKeysWithValues: settings.map { ($0.path, settingText(of: $0.value)) })
}
