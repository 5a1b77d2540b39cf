// `distill import` and `distill export`: what others recorded becomes a run, and what is bad leaves nothing behind.

import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TensorFiles
import TestSupport
import Testing

@Suite struct `Histories from elsewhere` {
  private let scratch: ScratchFolder
  private let small = [
    "--set", "context.steps=6", "--set", "model.width=8", "--set", "train.updates=2", "--set",
    "train.warm_up_updates=1", "--set", "train.seeds=[0]",
  ]

  init() throws { scratch = try ScratchFolder() }

  private func program(_ arguments: [String]) throws -> Outcome { try run(arguments) }

  /// A set of ten tasks, two histories of four episodes each.
  private func writeSet(_ kind: StepKind, family: String = "mine") throws -> String {
    let tasks = (0..<10).map { TaskID($0) }
    let folder = scratch.file("set-\(kind)")
    let writer = try HistoryWriter(
      HistorySetDescription(
        family: .init(name: family, settings: [:]), interface: kind.interface, tasks: tasks,
        split: TaskSplit(training: Array(tasks[2...]), validation: [tasks[1]], heldOut: [tasks[0]]),
        learner: .init(name: "me", settings: [:]), origin: .imported),
      to: URL(fileURLWithPath: folder))
    for task in tasks {
      var random = Seed(1).random(for: "lives", task.index)
      try writer.write(
        (0..<2).map { learner in
          var history = RecordedHistory(of: task, kind.interface, learner: learner)
          for length in [3, 8, 5, 8] {
            try history.append(
              kind.episode(
                steps: length, isTerminated: length == 5, asksExpert: true, using: &random))
          }
          return history
        })
    }
    try writer.finish()
    return folder
  }

  @Test func `are inspected, imported and trained on, without a fingerprint`() throws {
    let set = try writeSet(.floats)
    let manifest = try String(contentsOfFile: "\(set)/manifest.json", encoding: .utf8)
    #expect(!manifest.contains("fingerprint"))
    let inspected = try distill("inspect", set)
    #expect(inspected.output.hasSuffix("next   distill import set \(set) --out runs/NAME\n"))
    let run = scratch.file("run")
    let imported = try program(["import", "set", set, "--out", run] + small)
    #expect(imported.errors == "")
    #expect(imported.output.contains("next   distill train --run \(run) --method ad\n"))
    let trained = try distill("train", "--run", run, "--method", "ad")
    #expect(trained.errors.contains("Error") == false)
    #expect(
      FileManager.default.fileExists(atPath: "\(run)/models/ad/seed-0/model.safetensors"))
    // Its validation task has histories, which are measured after the last update.
    #expect(trained.output.contains("validate on 2 of 2 histories of other tasks\n"))
    let log = try String(
      contentsOfFile: "\(run)/models/ad/seed-0/training.csv", encoding: .utf8
    ).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(log[0].suffix(2) == ["validation_loss", "validation_accuracy"])
    #expect(log[1].suffix(2) == ["", ""])
    #expect(log[2].suffix(2).allSatisfy { Double($0) != nil })
    let evaluated = try distill("evaluate", "--run", run)
    #expect(evaluated.status == 64)
    #expect(
      evaluated.errors.hasPrefix(
        "Error: this program has no worlds of 'mine', so no model can act in them."))
    let planned = try distill("plan", run)
    #expect(planned.status == 64)
    #expect(
      planned.errors.hasPrefix("Error: the histories of 'me' come from elsewhere, so none of its"))
    let online = try distill("train", "--run", run, "--method", "rl2")
    #expect(online.errors.contains("so rl2 has nothing to act in"))
  }

  @Test func `are not taken for what a preset would record`() throws {
    let set = try writeSet(.cells)
    let outcome = try distill(
      "collect", "--preset", "tiny", "--out", scratch.file("x"), "--histories", set)
    #expect(
      outcome.errors.hasPrefix("Error: \(set) was imported, not recorded with these settings."))
    #expect(outcome.errors.contains("distill import set"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("x")))
    #expect(FileManager.default.fileExists(atPath: "\(set)/manifest.json"))
  }

  @Test func `of one file need no manifest`() throws {
    let set = try writeSet(.tensor)
    let file = scratch.file("alone.safetensors")
    try FileManager.default.copyItem(atPath: "\(set)/shard-00003.safetensors", toPath: file)
    let outcome = try distill("inspect", file)
    #expect(outcome.errors == "")
    #expect(
      outcome.output.contains("a whole shard of 2 histories of task 3\n  alone      me on mine\n"))
    #expect(outcome.output.contains("\nnext   distill evaluate --run RUN --prompt \(file)\n"))
  }

  @Test(arguments: StepKind.allCases)
  func `are the same after export and import`(kind: StepKind) throws {
    let set = try writeSet(kind)
    let file = scratch.file("arrays.npz")
    #expect(try distill("export", "npz", set, "--out", file).errors == "")
    let again = try distill("export", "npz", set, "--out", file)
    #expect(again.errors.hasPrefix("Error: \(file) exists already and is left as it is."))
    let run = scratch.file("run")
    let imported = try program(["import", "npz", file, "--out", run] + small)
    #expect(imported.errors == "")
    let before = try HistorySet(reading: URL(fileURLWithPath: set))
    let after = try HistorySet(reading: URL(fileURLWithPath: "\(run)/histories"))
    #expect(after.manifest.interface == before.manifest.interface)
    #expect(after.manifest.tasks == before.manifest.tasks)
    #expect(after.histories.count == before.histories.count)
    for (old, new) in zip(before.histories, after.histories) {
      #expect(old.stepCount == new.stepCount && old.episodeCount == new.episodeCount)
      for step in 0..<old.stepCount {
        #expect(old.observation(at: step) == new.observation(at: step))
        #expect(old.action(at: step) == new.action(at: step))
        #expect(old.reward(at: step) == new.reward(at: step))
        #expect(old.expertAction(at: step) == new.expertAction(at: step))
      }
      for episode in 0..<old.episodeCount {
        #expect(old.steps(ofEpisode: episode) == new.steps(ofEpisode: episode))
        #expect(old.isTerminated(episode) == new.isTerminated(episode))
      }
    }
  }

  @Test func `that are cut short or something else leave nothing`() throws {
    let set = try writeSet(.anyReward)
    let file = scratch.file("arrays.npz")
    _ = try distill("export", "npz", set, "--out", file)
    let whole = try Data(contentsOf: URL(fileURLWithPath: file))
    let bad = scratch.file("bad.npz")
    var changed = whole
    changed[whole.count / 2] ^= 1
    let contents = [
      whole.prefix(10), whole.prefix(whole.count / 2), whole.dropLast(1), Data("something".utf8),
      changed,
      try Data(contentsOf: URL(fileURLWithPath: "\(set)/shard-00000.safetensors")),
    ]
    for content in contents {
      try Data(content).write(to: URL(fileURLWithPath: bad))
      let outcome = try distill("import", "npz", bad, "--out", scratch.file("none"))
      #expect(outcome.status == 65)
      #expect(outcome.errors.hasPrefix("Error: \(bad) "))
      #expect(outcome.errors.split(separator: "\n").count == 1)
      #expect(!FileManager.default.fileExists(atPath: scratch.file("none")))
    }
    let missing = try distill(
      "import", "npz", scratch.file("no.npz"), "--out", scratch.file("none"))
    #expect(missing.errors.contains("no.npz does not exist."))
    let taken = try distill("import", "set", set, "--out", set)
    #expect(taken.status != 0)
  }

  @Test func `without improvement are warned about`() throws {
    let set = try writeSet(.cells)
    let outcome = try program(
      ["import", "set", set, "--out", scratch.file("run")] + small)
    let tenths = LearningCurve.returnByTenth(
      of: try HistorySet(reading: URL(fileURLWithPath: set)).histories)
    #expect(
      outcome.output.contains("warning: the source does not improve") == (tenths[9] <= tenths[0]))
  }
}

@Suite(
  .enabled(
    if: Python.canImport("numpy", "h5py", "pytest"),
    "python3 cannot import numpy, h5py and pytest; name one that can in PYTHON"))
struct `Histories in the layouts of others` {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Makes a source with a function of the Python package's tests.
  private func make(_ call: String) throws {
    let script = """
      import pathlib, sys
      sys.path[:0] = ["scripts/python", "scripts/python/tests"]
      import conftest
      folder = pathlib.Path(sys.argv[1])
      conftest.\(call)
      """
    let result = try Python.run(
      "import os; os.chdir('\(repository)')\n" + script, scratch.path)
    #expect(result.status == 0, "\(result.output)")
  }

  @Test func `are imported, divided and trained on`() throws {
    try make(
      "dicp_room(folder / 'history_darkroom_ppo_alg-seed0.hdf5', [(r, c) for r in range(9) for c in range(9)], 2)"
    )
    let run = scratch.file("run")
    let outcome = try distill(
      "import", "dicp", scratch.path, "--out", run, "--set", "split.held_out=16", "--set",
      "split.validation=8", "--set", "train.updates=2", "--set", "train.warm_up_updates=1", "--set",
      "train.seeds=[0]", "--set", "evaluate.seeds=2", "--set", "evaluate.episodes=3")
    #expect(outcome.errors == "")
    #expect(
      outcome.output.contains("histories: 162 histories of 81 tasks\n  imported   ppo on dark-room")
    )
    #expect(outcome.output.contains("57 training, 8 validation, 16 held-out tasks"))
    #expect(try distill("train", "--run", run, "--method", "ad").status == 0)
    let evaluated = try distill("evaluate", "--run", run, "--methods", "ad,source")
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    // The histories of held-out goals stand for the source.
    let returns = try String(contentsOfFile: "\(run)/evaluation/returns.csv", encoding: .utf8)
    #expect(returns.split(separator: "\n").count { $0.hasPrefix("source,held-out,") } == 16 * 2 * 3)
  }

  @Test func `that are damaged leave nothing but a sentence`() throws {
    let file = try scratch.write("no HDF5", to: "xland.hdf5")
    let outcome = try distill("import", "xland", file, "--out", scratch.file("run"))
    #expect(outcome.status == 65)
    #expect(outcome.errors.hasPrefix("Error: \(file) is not a whole HDF5 file: "))
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run")))
  }

  @Test func `are written for Minari, and read again`() throws {
    try make("dicp_room(folder / 'history_darkroom_ppo_alg-seed0.hdf5', [(0, 3), (8, 8)], 2)")
    let (run, again) = (scratch.file("run"), scratch.file("again"))
    let source = scratch.file("run/histories")
    let imported = try distill(
      "import", "dicp", scratch.path, "--out", run, "--set", "split.held_out=1", "--set",
      "split.validation=0")
    #expect(imported.errors == "")
    let exported = try distill("export", "minari", run, "--out", scratch.file("minari"))
    #expect(exported.errors == "")
    let read = try distill(
      "import", "minari", scratch.file("minari"), "--out", again, "--set", "split.held_out=1",
      "--set", "split.validation=0", "--set", "context.steps=20")
    #expect(read.errors == "")
    let before = try HistorySet(reading: URL(fileURLWithPath: source))
    let after = try HistorySet(reading: URL(fileURLWithPath: "\(again)/histories"))
    #expect(before.stepCount == after.stepCount)
    for (old, new) in zip(before.histories, after.histories) {
      #expect(old.task == new.task)
      for step in 0..<old.stepCount {
        #expect(old.observation(at: step) == new.observation(at: step))
        #expect(old.action(at: step) == new.action(at: step))
        #expect(old.reward(at: step) == new.reward(at: step))
      }
    }
  }
}

@Suite(
  .enabled(
    if: Python.canImport("numpy"), "python3 cannot import numpy; name one that can in PYTHON"))
struct `Arrays of NumPy's` {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Writes ten tasks of 40 steps, with what a script does to the arrays.
  private func save(_ change: String = "", with call: String = "savez_compressed") throws -> String
  {
    let script = """
      import sys, numpy as np
      rng, n = np.random.default_rng(0), 400
      a = {"observations": rng.integers(0, [4, 6], (n, 2)), "actions": rng.integers(0, 3, n),
           "rewards": np.tile(np.arange(40), 10) / 8, "tasks": np.repeat(np.arange(10), 40),
           "histories": np.repeat(np.arange(20), 20), "terminations": np.arange(n) % 10 == 9}
      \(change)
      np.\(call)(sys.argv[1], **a)
      """
    let result = try Python.run(script, scratch.file("arrays.npz"))
    #expect(result.status == 0, "\(result.output)")
    return scratch.file("arrays.npz")
  }

  private func bring(_ file: String, _ options: String...) throws -> Outcome {
    try run(
      ["import", "npz", file, "--out", scratch.file("run"), "--set", "context.steps=10"] + options)
  }

  @Test(arguments: ["savez", "savez_compressed"])
  func `are read, stored or packed`(call: String) throws {
    let outcome = try bring(try save(with: call))
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("20 histories of 10 tasks\n"))
    #expect(outcome.output.contains("40 episodes, 400 steps"))
    #expect(outcome.output.contains("7 training, 1 validation, 2 held-out tasks"))
    let set = try HistorySet(reading: URL(fileURLWithPath: scratch.file("run/histories")))
    #expect(set.manifest.interface.observationSizes == [4, 6])
    #expect(set.histories[1].reward(at: 3) == 23.0 / 8)
    #expect(set.histories[0].isTerminated(1))
  }

  @Test(arguments: [
    ("a['rewards'][123] = np.inf", "'rewards' at step 123 inf, expected a finite number"),
    ("a['actions'][7] = -1", "'actions' at step 7 -1.0, expected a whole number from 0"),
    ("a['actions'] = a['actions'] / 2", "in 'actions' at step"),
    ("a['tasks'][399] = 0", "the steps of task 0 stand in several places"),
    ("a['histories'][18] = 5", "history 0 of task 0 stands in several places"),
    ("a['rewards'] = a['rewards'][:-1]", "'rewards' has 399 steps and 'actions' 400"),
    (
      "del a['tasks']",
      "does not say which task each step is of (an array 'tasks'). Say it with --task"
    ),
    ("del a['terminations']", "does not say where episodes end"),
    ("del a['actions']", "but 'actions' and 'rewards' are needed"),
    ("a['observations'] = a['observations'] + 300", "observations of sizes"),
    ("a['observations'] = np.asfortranarray(a['observations'])", "stands column by column"),
    ("a['actions'] = a['actions'].astype(object)", "holds pickled objects"),
    ("a['actions'] = a['actions'].astype('>i4')", "has the type >i4"),
  ]) func `that are not what they should be are told of`(change: String, words: String) throws {
    let outcome = try bring(try save(change))
    #expect(outcome.status != 0)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run")))
  }

  @Test func `take what they do not say from options`() throws {
    let file = try save("del a['tasks'], a['terminations'], a['histories']")
    let outcome = try bring(file, "--task", "3", "--episode-length", "20", "--actions", "5")
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("20 episodes, 400 steps"))
    let set = try HistorySet(reading: URL(fileURLWithPath: scratch.file("run/histories")))
    #expect(set.manifest.tasks == [TaskID(3)])
    #expect(set.manifest.interface.actionCount == 5)
  }

  @Test func `of a family that is here can be acted in, and begin contexts`() throws {
    let change = """
      a["observations"] = a["observations"] % 5
      a["rewards"] = np.tile(np.arange(40) > 30, 10).astype(np.int8)
      """
    let file = try save(change)
    let outcome = try bring(
      file, "--preset", "tiny", "--family", "dark-room", "--set", "task.size=6", "--set",
      "train.updates=2", "--set", "train.warm_up_updates=1", "--set", "train.seeds=[0]", "--set",
      "evaluate.episodes=3")
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("of the best possible return"))
    let run = scratch.file("run")
    #expect(try distill("train", "--run", run, "--method", "ad").status == 0)
    let evaluated = try distill("evaluate", "--run", run)
    #expect(evaluated.status == 0)
    #expect(evaluated.output.contains("the source is left out"))
    #expect(try distill("report", "--run", run).status == 0)
    // A prompt is made of the same arrays.
    let set = try HistorySet(reading: URL(fileURLWithPath: "\(run)/histories"))
    let task = try #require(
      set.manifest.tasks.first { set.manifest.split.training.contains($0) })
    let prompt = try Python.run(
      """
      import sys, numpy as np
      a = np.load(sys.argv[1])
      own = a["tasks"] == int(sys.argv[3])
      np.savez(sys.argv[2], **{n: a[n][own] for n in a})
      """, file, scratch.file("mine.npz"), "\(task)")
    #expect(prompt.status == 0, "\(prompt.output)")
    let prompted = try distill("evaluate", "--run", run, "--prompt", scratch.file("mine.npz"))
    #expect(prompted.status == 0, "\(prompted.errors)")
    #expect(prompted.output.contains("of task \(task), one of the training tasks"))
  }
}
