import Contexts
import Evaluation
import Experiments
import Models
import SourceAlgorithms
import Tasks
import Testing
import Training

private func read(_ yaml: String, set: [String] = []) throws -> ExperimentConfiguration {
  try ExperimentConfiguration(
    from: ConfigurationFile(name: "a.yaml", text: yaml),
    overrides: set.map(SettingOverride.init(set:)),
    planning: [AlgorithmDistillation(), ExpertDistillation()])
}

@Suite struct `Reading a configuration` {
  @Test func `an empty file gives the defaults`() throws {
    #expect(try read("") == ExperimentConfiguration())
  }

  @Test func `a value is laid over its default`() throws {
    let configuration = try read("train:\n  warm_up_updates: 7\n  learning_rate: 1e-3\n")
    #expect(configuration.train.warmUpUpdates == 7)
    #expect(configuration.train.learningRate == 0.001)
    #expect(configuration.train.updates == ExperimentConfiguration().train.updates)
  }

  @Test func `an option is laid over the file`() throws {
    let configuration = try read("seed: 1\n", set: ["seed=2", "train.seeds=[0, 1, 2]"])
    #expect(configuration.seed == 2)
    #expect(configuration.train.seeds == [0, 1, 2])
  }

  @Test func `the settings of the learner stand beside its name`() throws {
    let configuration = try read("source:\n  algorithm: a3c\n  actors: 4\n")
    #expect(configuration.source[A3CSettings.self].actors == 4)
  }

  @Test func `the keys of the learner follow its name`() throws {
    let yaml = "source:\n  algorithm: q-learning\n  exploration_fraction: 0.5\n"
    let configuration = try read(yaml)
    #expect(configuration.source.makeLearner().name == "q-learning")
    #expect(configuration.source[TabularQLearningSettings.self].explorationFraction == 0.5)
    #expect(try read(configuration.yaml) == configuration)
  }

  @Test func `another learner than the file's takes its own defaults`() throws {
    let yaml = "source:\n  algorithm: a3c\n  actors: 4\n"
    let configuration = try read(yaml, set: ["source.algorithm=q-learning", "source.episodes=700"])
    #expect(configuration.source.algorithm == "q-learning")
    #expect(configuration.source[TabularQLearningSettings.self].episodes == 700)
    #expect(configuration.source[A3CSettings.self] == A3CSettings())
  }

  @Test func `a section without content changes nothing`() throws {
    #expect(try read("train:\n") == ExperimentConfiguration())
  }

  @Test func `fewer shown tasks are among more, and all of them to train on`() throws {
    let configuration = try read("")
    let split = configuration.makeSplit()
    #expect(configuration.shownTasks(of: split) == split.training)
    let shown = try [3, 9, 20, split.training.count].map { count in
      try read("", set: ["context.tasks=\(count)"]).shownTasks(of: split)
    }
    #expect(shown.map(\.count) == [3, 9, 20, split.training.count])
    for (fewer, more) in zip(shown, shown.dropFirst()) {
      #expect(Set(fewer).isSubset(of: more))
    }
    #expect(shown.last == split.training)
    #expect(shown[0] != Array(split.training.prefix(3)))
  }

  @Test func `tasks that validate are not shown, and the same whatever else is shown`() throws {
    let configuration = try read("", set: ["train.validation_tasks=5"])
    let split = configuration.makeSplit()
    let validation = configuration.validationTasks(of: split)
    #expect(Array(validation.prefix(8)) == split.validation)
    let keptBack = Set(validation.dropFirst(8))
    #expect(keptBack.count == 5 && keptBack.isSubset(of: split.training))
    #expect(
      configuration.shownTasks(of: split) == split.training.filter { !keptBack.contains($0) })
    let fewer = try read("", set: ["train.validation_tasks=5", "context.tasks=52"])
    #expect(fewer.validationTasks(of: split) == validation)
    #expect(fewer.shownTasks(of: split) == configuration.shownTasks(of: split))
  }

  @Test(arguments: [
    (["train.validation_tasks=57"], "must be fewer than 57, the training tasks, not 57"),
    (["train.validation_tasks=-1"], "must be 0 or more, not -1"),
    (["train.validation_every=0"], "must be 1 or more, not 0"),
    (["train.keep_every=-1"], "must be 0 or more, not -1"),
    (["rl2.keep_every=-1"], "must be 0 or more, not -1"),
    (
      ["train.validation_tasks=5", "context.tasks=53"],
      "must be at most 52, the training tasks without train.validation_tasks, not 53"
    ),
  ])
  func `no impossible tasks validate, and no impossible models are kept`(
    assignments: [String], message: String
  ) {
    #expect {
      try read("", set: assignments)
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test(arguments: [
    ("-1", "must be 0 or more, not -1"), ("58", "must be at most 57, the training tasks, not 58"),
  ])
  func `no more tasks are shown than there are to train on`(count: String, message: String) {
    #expect {
      try read("", set: ["context.tasks=\(count)"])
    } throws: {
      "\($0)".contains("'context.tasks': \(message)")
    }
  }

  @Test(arguments: [(20, 1.0, 20), (20, 0.25, 5), (2, 0.25, 1), (1, 1.0, 1)])
  func `controls have a part of the evaluation seeds, at least one`(
    seeds: Int, fraction: Double, controls: Int
  ) throws {
    let set = ["evaluate.seeds=\(seeds)", "evaluate.control_fraction=\(fraction)"]
    #expect(try read("", set: set).evaluate.controlSeeds == controls)
  }

  @Test func `a whole number is a number`() throws {
    #expect(try read("evaluate:\n  temperature: 2\n").evaluate.temperature == 2)
  }
}

@Suite struct `A resolved configuration` {
  @Test func `reads back as it was`() throws {
    var configuration = ExperimentConfiguration()
    configuration.seed = .max
    configuration.train.learningRate = 1.0 / 3
    configuration.train.epsilon = 1e-300
    configuration.train.seeds = [3, 1, 2]
    configuration.model.normPlacement = .post
    configuration.context.windows = .uniform
    configuration.source[A3CSettings.self].actors = 16
    #expect(try read(configuration.yaml) == configuration)
  }

  @Test func `says the version, then every setting in order`() throws {
    let lines = try ExperimentConfiguration().yaml.split(separator: "\n")
    #expect(
      lines.prefix(9) == [
        "# The resolved configuration of this run, written by distill. It can serve as a preset.",
        "version: \(programVersion)", "kernels: \(kernelVersion)", "seed: 0", "task:",
        "  family: dark-room", "  size: 9", "  episode_length: 20", "split:",
      ])
    #expect(lines.contains("  seeds: [0]"))
  }

  @Test func `differs from another in the settings that differ`() throws {
    let other = try read("seed: 4\nmodel:\n  norm_placement: post\n")
    #expect(
      ExperimentConfiguration().differences(from: other) == [
        SettingDifference(path: "seed", first: "0", second: "4"),
        SettingDifference(path: "model.norm_placement", first: "pre", second: "post"),
      ])
  }
}

@Suite struct `A configuration mistake` {
  @Test(arguments: [
    (
      "seed: 1\ntrain:\n  learning_rat: 1\n",
      "a.yaml:3:3: unknown key 'train.learning_rat'; did you mean 'train.learning_rate'?"
    ),
    ("trian:\n  updates: 1\n", "a.yaml:1:1: unknown key 'trian'; did you mean 'train'?"),
    ("updates: 1\n", "a.yaml:1:1: unknown key 'updates'; did you mean 'train.updates'?"),
    (
      "split:\n  something: 1\n",
      "a.yaml:2:3: unknown key 'split.something'; there are held_out, validation, training"
    ),
    (
      "train:\n  updates: many\n",
      "a.yaml:2:12: 'train.updates' must be a whole number, not 'many'"
    ),
    ("train:\n  updates: 1.5\n", "a.yaml:2:12: 'train.updates' must be a whole number, not '1.5'"),
    ("train:\n  updates:\n", "a.yaml:2:11: 'train.updates' must be a whole number, not nothing"),
    ("train:\n  updates: [1]\n", "a.yaml:2:12: 'train.updates' must be a whole number, not a list"),
    (
      "train:\n  learning_rate: .nan\n",
      "a.yaml:2:18: 'train.learning_rate' must be a number, not '.nan'"
    ),
    ("seed: -1\n", "a.yaml:1:7: 'seed' must be a whole number, 0 or more, not '-1'"),
    (
      "train:\n  seeds: 3\n",
      "a.yaml:2:10: 'train.seeds' must be a list of whole numbers, such as [0, 1, 2], not '3'"
    ),
    (
      "model:\n  norm_placement: pots\n",
      "a.yaml:2:19: 'model.norm_placement' must be one of pre, post, not 'pots'; did you mean 'post'?"
    ),
    ("train: 3\n", "a.yaml:1:8: 'train' must be a section with keys such as 'seeds', not '3'"),
    (
      "train:\n  windows_per_update: 0\n",
      "a.yaml:2:23: 'train.windows_per_update': must be 1 or more, not 0"
    ),
    (
      "evaluate:\n  control_fraction: 0\n",
      "a.yaml:2:21: 'evaluate.control_fraction': must be above 0 and up to 1, not 0.0"
    ),
    (
      "split:\n  held_out: 80\n",
      "a.yaml:2:13: 'split.held_out': 80 held-out and 8 validation tasks leave none of 81 to train on"
    ),
    (
      "source:\n  actors: 6\n",
      "'collect.histories_per_task': must be a multiple of the learner's 6 streams, not 64"
    ),
    (
      "context:\n  steps: 5000\n",
      "a.yaml:2:10: 'context.steps': must be at most 4000, the steps of a history of 200 episodes, "
        + "not 5000"
    ),
    (
      "ed:\n  last_fraction: 0.01\n",
      "a.yaml:2:18: 'ed.last_fraction': must be larger: the last 0.01 of 200 episodes have 40 steps, "
        + "a window needs 200"
    ),
    ("seed: 1\nseed: 2\n", "a.yaml:1:1: the key 'seed' is given more than once"),
    (
      "seed: 1\n task: 2\n",
      "a.yaml:2:6: this is not YAML: mapping values are not allowed in this context"
    ),
    ("- 1\n", "a.yaml:1:1: expected keys with values, such as 'seed: 1'"),
    (
      "a: &a [x]\nb: &b [\(Array(repeating: "*a", count: 13).joined(separator: ", "))]\n? *b\n: 1\n",
      "a.yaml: the file has 14 aliases such as '*name', expected at most 12; write out what they stand for"
    ),
  ])
  func `in a file is shown with its place and what would be right`(yaml: String, message: String) {
    #expect {
      try read(yaml)
    } throws: {
      "\($0)" == message
    }
  }

  @Test(arguments: [
    (
      "train.updats=1",
      "--set train.updats=1: unknown key 'train.updats'; did you mean 'train.updates'?"
    ),
    ("train.updates=x", "--set train.updates=x: 'train.updates' must be a whole number, not 'x'"),
    ("train.updates", "--set train.updates: expected KEY=VALUE, such as train.updates=800"),
    ("train.updates=", "--set train.updates=: expected KEY=VALUE, such as train.updates=800"),
    ("seed.value=1", "--set seed.value=1: 'seed' must be a whole number, 0 or more, not a section"),
    (
      "train.windows_per_update=0",
      "--set train.windows_per_update=0: 'train.windows_per_update': must be 1 or more, not 0"
    ),
  ])
  func `in an option is shown with the option`(assignment: String, message: String) {
    #expect {
      try read("", set: [assignment])
    } throws: {
      "\($0)" == message
    }
  }

  @Test(arguments: [
    (
      "watermaze", "a3c", false,
      "'source.algorithm': a3c learns from cells, but watermaze shows pictures or vectors; choose dqn"
    ),
    (
      "watermaze", "ucb", false,
      "'source.algorithm': ucb learns from cells, but watermaze shows pictures or vectors; choose dqn"
    ),
    (
      "watermaze", "noise-curriculum", false,
      "'source.algorithm': an oracle plans over listed states, which watermaze has not; choose another learner"
    ),
    (
      "watermaze", "dqn", true,
      "'source.remembers_rewards': needs observations of three cells at most, not image(rows: "
    ),
    (
      "dark-room", "noise-curriculum", true,
      "'source.remembers_rewards': noise-curriculum has no use for it, since it does not look at what it is shown"
    ),
    (
      "bandit", "ucb", true,
      "'source.remembers_rewards': ucb has no use for it, since it does not look at what it is shown"
    ),
  ])
  func `of a learner for a family that it cannot learn is said by the learner`(
    family: String, algorithm: String, remembers: Bool, message: String
  ) {
    #expect {
      try read(
        "task:\n  family: \(family)\nsource:\n  remembers_rewards: \(remembers)\n  algorithm: \(algorithm)\n"
      )
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test(arguments: ["010", "07", "1:30", "-08", "1:+14611686018427387904:+33"])
  func `is a number that YAML reads otherwise than people do`(text: String) {
    for path in ["seed", "train.updates", "train.seeds"] {
      let value = path == "train.seeds" ? "[1, \(text)]" : text
      #expect {
        try read("", set: ["\(path)=\(value)"])
      } throws: {
        "\($0)".contains("'\(path)' must be ")
          && "\($0)".hasSuffix(
            "not '\(text)'; write it in decimal digits, without zeros in front and without colons")
      }
    }
  }

  @Test(arguments: [
    ("evaluate.temperature=1:30", "write it in decimal digits"),
    ("evaluate.temperature=1e-40", "must be at least 1e-06, not 1e-40"),
    ("train.updates=0.5", "must be a whole number, not '0.5'"),
    ("train.updates=-1", "'train.updates': must be 1 or more, not -1"),
  ])
  func `is told by what would be right`(assignment: String, message: String) {
    #expect {
      try read("", set: [assignment])
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test func `is each whole number that no machine could count to`() throws {
    for choice in Registry.builtInFamilies.map({ "task.family=\($0.family)" })
      + Registry.builtInLearners.map({ "source.algorithm=\($0.algorithm)" })
    {
      var defaults = ExperimentConfiguration()
      if let family = TaskSettings(family: String(choice.dropFirst("task.family=".count))) {
        defaults.task = family
      }
      if let learner = SourceSettings(
        algorithm: String(choice.dropFirst("source.algorithm=".count)))
      {
        defaults.source = learner
      }
      for path in try wholeNumbers(of: defaults) where path != "seed" {
        for value in [Int.max, Int.min] {
          #expect {
            try read("", set: [choice, "\(path)=\(value)"])
          } throws: {
            "\($0)".contains("'\(path)'") && "\($0)".contains("\(value)")
          }
        }
      }
    }
  }

  @Test(arguments: [
    (
      ["source.episodes=10000000", "collect.histories_per_task=1000000"],
      "'collect.histories_per_task': must be smaller"
    ),
    (
      ["evaluate.episodes=1000000", "evaluate.seeds=1000000"], "'evaluate.seeds': must be smaller"
    ),
  ])
  func `is work that no machine could do`(set: [String], message: String) {
    #expect {
      try read("", set: set)
    } throws: {
      "\($0)".contains(message)
    }
  }

  /// The paths of all settings that are whole numbers.
  private func wholeNumbers(of configuration: ExperimentConfiguration) throws -> [String] {
    var sections: [Substring] = []
    let settings = try configuration.yaml.split(separator: "\n").drop { !$0.hasPrefix("seed:") }
    return settings.compactMap { line in
      let depth = line.prefix { $0 == " " }.count / 2
      let parts = line.dropFirst(2 * depth).split(separator: ":", maxSplits: 1)
      sections = sections.prefix(depth) + [parts[0]]
      let isWhole = parts.count == 2 && Int(parts[1].dropFirst()) != nil
      return isWhole ? sections.joined(separator: ".") : nil
    }
  }

  @Test func `does not hide another`() {
    #expect {
      try read("sed: 1\ntrain:\n  updates: x\n", set: ["split.held_out=y"])
    } throws: {
      "\($0)" == """
        a.yaml:1:1: unknown key 'sed'; did you mean 'seed'?
        a.yaml:3:12: 'train.updates' must be a whole number, not 'x'
        --set split.held_out=y: 'split.held_out' must be a whole number, not 'y'
        """
    }
  }

  @Test func `in an option of its own is shown as that option`() throws {
    #expect {
      try ExperimentConfiguration().with([
        SettingOverride("--episodes", 0, for: "evaluate.episodes")
      ])
    } throws: {
      "\($0)"
        == "--episodes 0: 'evaluate.episodes': must be 1 or more, not 0"
    }
  }
}
