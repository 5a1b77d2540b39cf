// Environments of Gymnasium from the command line: what they show, what they do wrong, and that nothing is lost or left.

import Experiments
import Foundation
import LearningHistories
import Tasks
import TestSupport
import Testing

@Suite(
  .enabled(
    if: Python.canImport("gymnasium", "numpy"),
    "python3 cannot import gymnasium; name one that can in PYTHON"))
struct `Environments of Gymnasium` {
  private let scratch: ScratchFolder

  /// A corridor whose goal is at one of its ends, with whatever else a task asks for.
  private static let worlds = """
    import os, sys, time
    import gymnasium
    import numpy as np
    from gymnasium import spaces

    class Corridor(gymnasium.Env):
        def __init__(self, goal=0, fault="", at=30, shows="place"):
            self.goal, self.fault, self.at, self.shows, self.count = goal, fault, at, shows, 0
            self.action_space = spaces.Discrete(2, start=3)
            self.observation_space = {
                "place": spaces.Discrete(5, start=-2),
                "many": spaces.Discrete(70_000),
                "choices": spaces.MultiDiscrete([5, 3]),
                "bits": spaces.MultiBinary(6),
                "floats": spaces.Box(-2, 2, (2,), np.float32),
                "picture": spaces.Box(0, 255, (3, 4, 1), np.uint8),
                "pair": spaces.Tuple((spaces.Discrete(5, start=-2), spaces.MultiBinary(3))),
                "dict": spaces.Dict(place=spaces.Discrete(5, start=-2), speed=spaces.Box(-1, 1, (2,)),
                                    word=spaces.Text(5)),
            }[shows]
            if fault == "space" and goal == 3:
                self.observation_space = spaces.Discrete(7, start=-2)
        def seen(self):
            place = self.place
            return {
                "place": place, "many": 69_990 + place, "choices": np.array([place + 2, abs(place)]),
                "bits": np.arange(6) % 2, "floats": np.array([place, 0.5], np.float32),
                "picture": np.full((3, 4, 1), 100 + place, np.uint8),
                "pair": (place, np.array([1, 0, 1], np.int8)),
                "dict": {"place": place, "speed": np.array([0.25, -0.5], np.float32), "word": "abc"},
            }[self.shows]
        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.place = int(self.np_random.integers(-1, 2))
            return self.seen(), {}
        def step(self, action):
            assert action in (3, 4), action
            self.count += 1
            self.place = max(-2, min(2, self.place + (1 if action == 4 else -1)))
            ends = self.place == (2 if self.goal % 2 else -2)
            reward = 1.0 if ends else 0.0
            seen = self.seen()
            if self.goal == 3 and self.count == self.at:
                if self.fault == "raise": raise KeyError("door")
                if self.fault == "die": os._exit(7)
                if self.fault == "kill": os.kill(os.getpid(), 9)
                if self.fault == "hang":
                    open(os.path.join(os.path.dirname(__file__), "hanging"), "w").close()
                    time.sleep(1000)
                if self.fault == "print": print("hello from the environment", flush=True)
                if self.fault == "reward": reward = float("nan")
                if self.fault == "nan": seen = np.array([np.nan, 0], np.float32)
                if self.fault == "shape": seen = np.zeros(3, np.float32)
                if self.fault == "outside": seen = 3
            if self.fault == "chance" and np.random.random() < 0.5: reward += 0.5
            return seen, reward, ends, False, {}

    gymnasium.register("Corridor-v0", entry_point=Corridor, max_episode_steps=12)
    """

  init() throws {
    scratch = try ScratchFolder()
    try scratch.write(Self.worlds, to: "corridor.py")
    try scratch.write("product:\n  goal: {from: 0, count: 8}\n", to: "tasks.yaml")
  }

  private func collect(
    _ arguments: String = "", out: String = "run", a3c: Bool = false, set: [String] = [],
    workers: Int = 2, interruptedWhenThereIs sign: String? = nil
  ) throws -> Outcome {
    try scratch.write(
      "product:\n  goal: {from: 0, count: 8}\narguments: {\(arguments)}\n", to: "tasks.yaml")
    return try run(
      [
        "collect", "--gym", "\(scratch.file("corridor.py")):Corridor-v0", "--tasks",
        scratch.file("tasks.yaml"), "--out", scratch.file(out), "--workers", "\(workers)",
        "--set", "split.held_out=2", "--set", "split.validation=1", "--set",
        "source.algorithm=\(a3c ? "a3c" : "q-learning")", "--set", "source.episodes=20", "--set",
        "collect.histories_per_task=2",
      ] + (a3c ? ["--set", "source.actors=2"] : []) + set.flatMap { ["--set", $0] },
      interruptedWhenThereIs: sign)
  }

  private func manifest(_ run: String) throws -> HistoryManifest {
    try HistoryManifest(
      reading: URL(fileURLWithPath: scratch.file("\(run)/histories/manifest.json")))
  }

  @Test func `are learned, and the number of workers changes no byte`() throws {
    #expect(try collect(out: "one", workers: 1).errors.contains("Error") == false)
    #expect(try collect(out: "three", workers: 3).errors.contains("Error") == false)
    let (one, three) = (try manifest("one"), try manifest("three"))
    #expect(one.shards == three.shards)
    #expect(one.interface.observationSizes == [5])
    #expect(one.interface.actionCount == 2)
    #expect(one.interface.episodeLength == 12)
    let shorter = try distill(
      "inspect", scratch.file("one/config.yaml"), "--set", "task.episode_length=7", "--set",
      "context.steps=20")
    let configuration = try ExperimentConfiguration(from: shorter.output)
    #expect(configuration.task.makeFamily().interface.episodeLength == 7)
    // The second time, nothing is left to do.
    #expect(try collect(out: "one", workers: 1).output.contains("kept"))
    let inspected = try distill("inspect", scratch.file("one/histories"))
    #expect(inspected.output.contains("\ngoal "), "\(inspected.errors)")
    let replayed = try distill("inspect", scratch.file("one"), "--replay")
    #expect(replayed.output.contains("lived again, are as they were recorded"))
  }

  @Test(arguments: [
    ("many", "cells", [2, 256, 256]), ("choices", "cells", [5, 3]),
    ("bits", "a tensor of [6] of 2 categories", []), ("floats", "2 floats", []),
    ("picture", "a tensor of [3, 4, 1] bytes", []),
    ("pair", "cells", [5, 2, 2, 2]), ("dict", "7 floats", []),
  ])
  func `show what their spaces say`(shows: String, sight: String, sizes: [Int]) throws {
    let outcome = try collect("shows: \(shows)", a3c: true)
    #expect(outcome.errors.contains("Error") == false, "\(outcome.errors)")
    let manifest = try manifest("run")
    let set = try HistorySet(
      reading: URL(fileURLWithPath: scratch.file("run/histories")), verifyingChecksums: true)
    let seen = try #require(set.histories.first).observation(at: 0)
    switch shows {
    case "many": #expect((69_989...69_991).contains(manifest.interface.index(of: seen)))
    case "choices": #expect(Int(seen[1]) == abs(Int(seen[0]) - 2))
    case "pair": #expect((1..<4).map { seen[$0] } == [1, 0, 1] && (1...3).contains(seen[0]))
    case "bits": #expect(seen.bytes == [0, 1, 0, 1, 0, 1])
    case "floats": #expect(seen.floats[1] == 0.5)
    case "picture": #expect(Set(seen.bytes).count == 1 && (99...101).contains(seen.bytes[0]))
    default:
      #expect(seen.floats.prefix(5).sorted() == [0, 0, 0, 0, 1])
      #expect(seen.floats.suffix(2) == [0.25, -0.5])
      #expect(outcome.output.contains("word"))
    }
    #expect(manifest.interface.observationSizes == sizes)
    let inspected = try distill("inspect", scratch.file("run/histories"))
    #expect(sight == "cells" || inspected.output.contains("observed   \(sight)"))
  }

  @Test(arguments: [
    ("raise", "", "KeyError: 'door'"),
    ("die", "", "its Python process ended (status 7)"),
    ("kill", "", "its Python process ended (signal 9)"),
    ("hang", "", "it has not answered for 0.5 seconds, which is task.seconds_per_step"),
    ("reward", "", "it gave the reward nan, which is no finite number"),
    ("nan", "shows: floats", "it showed the number nan in an observation, which is not finite"),
    ("shape", "shows: floats", "ValueError: an observation of 3 numbers is not of the space"),
    ("outside", "", "ValueError: the observation 3 is not in the space"),
    ("space", "", "ValueError: its spaces Discrete(7, start=-2)"),
  ])
  func `that fail are named in a sentence, and nothing half-recorded is left`(
    fault: String, shows: String, sentence: String
  ) throws {
    var set = fault == "hang" ? ["task.seconds_per_step=0.5"] : []
    // Every task is learned, the one that fails among them.
    set += ["split.held_out=1", "split.validation=0", "seed=\(fault.count)"]
    let outcome = try collect(
      ["fault: '\(fault)'", shows].filter { !$0.isEmpty }.joined(separator: ", "),
      a3c: !shows.isEmpty, set: set)
    let last = outcome.errors.split(separator: "\n").last ?? ""
    #expect(outcome.status != 0)
    #expect(last.contains(sentence), "\(outcome.errors)")
    if fault != "space" {
      #expect(last.contains("task 3 (goal 3), episode "), "\(last)")
      #expect(last.contains(", step "), "\(last)")
    } else {
      #expect(last.contains("task 3 (goal 3), episode 0, at its beginning"), "\(last)")
    }
    let histories = scratch.file("run/histories")
    let left = (try? FileManager.default.contentsOfDirectory(atPath: histories)) ?? []
    #expect(!left.contains("manifest.json") && !left.contains { $0.hasSuffix(".tmp") })
    #expect(try orphanCount() == 0)
  }

  @Test func `that hang are left at once by an interrupt`() throws {
    let outcome = try collect(
      "fault: hang", set: ["split.held_out=1", "split.validation=0", "seed=4"],
      interruptedWhenThereIs: scratch.file("hanging"))
    #expect(outcome.status == SIGINT, "\(outcome.errors)")
    #expect(try orphanCount() == 0)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run/histories/manifest.json")))
  }

  @Test func `may print what they like`() throws {
    let outcome = try collect("fault: print", set: ["split.held_out=1", "split.validation=0"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.output.contains("hello"))
    #expect(outcome.errors.contains("hello from the environment"))
  }

  @Test func `that do not follow from their seeds are told so`() throws {
    #expect(try collect("fault: chance").status == 0)
    let replayed = try distill("inspect", scratch.file("run"), "--replay")
    #expect(replayed.status == 1)
    #expect(replayed.errors.contains("does not follow from its seed"))
  }

  @Test(arguments: [
    ("nowhere.py:Corridor-v0", "FileNotFoundError: there is no file nowhere.py"),
    ("Nowhere-v0", "Environment `Nowhere` doesn't exist"),
    ("corridor.py:Elsewhere-v0", "Environment `Elsewhere` doesn't exist"),
    ("no_such_module:Corridor-v0", "no_such_module"),
  ])
  func `that are not there are told of`(name: String, sentence: String) throws {
    let outcome = try run(
      ["collect", "--gym", name, "--out", scratch.file("run")], in: scratch.path)
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run")))
  }

  @Test(arguments: [
    ("tasks: [{argument: {}}]", "has its task 0's key 'argument', where there are arguments"),
    ("product: {goal: {from: 0, count: 2}}\ntasks: []", "has tasks beside product or seeds"),
    ("seeds: {from: -1, count: 2}", "has seeds from -1"), ("product: 5", "at 'product'"),
    ("- a", "must have keys"), ("product: {goal: []}", "has 0.0 tasks"),
    ("product: [", "is not YAML"),
    ("a: &a [\(String(repeating: "*a, ", count: 13))]", "has 13 aliases such as '*name'"),
  ])
  func `are refused a bad list of tasks`(text: String, sentence: String) throws {
    try scratch.write(text, to: "bad.yaml")
    let outcome = try run(
      [
        "collect", "--gym", "\(scratch.file("corridor.py")):Corridor-v0", "--tasks",
        scratch.file("bad.yaml"), "--out", scratch.file("run"),
      ])
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains("'task.tasks': names a file that"), "\(outcome.errors)")
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }

  @Test func `train a model that is evaluated in them, from a run folder that needs no file`()
    throws
  {
    #expect(
      try collect(set: ["context.steps=36", "train.updates=3", "train.warm_up_updates=1"]).status
        == 0)
    try scratch.write("", to: "tasks.yaml")
    let small = [
      "--set", "model.width=8", "--set", "train.seeds=[0]",
      "--set", "evaluate.episodes=3", "--set", "evaluate.seeds=2",
    ]
    let ran = try run(
      ["train", "--run", scratch.file("run"), "--method", "ad"] + Array(small.prefix(4)))
    #expect(ran.errors.contains("Error") == false, "\(ran.errors)")
    let evaluated = try run(["evaluate", "--run", scratch.file("run")] + small)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let reported = try distill("report", "--run", scratch.file("run"))
    #expect(reported.status == 0, "\(reported.errors)")
    #expect(try orphanCount() == 0)
  }

  @Test func `are the worlds of histories from elsewhere`() throws {
    #expect(try collect().status == 0)
    let arrays = scratch.file("mine.npz")
    #expect(try distill("export", "npz", scratch.file("run"), "--out", arrays).status == 0)
    let imported = try run(
      ["import", "npz", arrays, "--family", "gymnasium", "--out", scratch.file("mine")]
        + [
          "task.environment=\(scratch.file("corridor.py")):Corridor-v0",
          "task.tasks=\(scratch.file("tasks.yaml"))", "split.held_out=2", "split.validation=1",
          "context.steps=36", "train.updates=2", "train.warm_up_updates=1", "train.seeds=[0]",
          "model.width=8", "evaluate.episodes=2", "evaluate.seeds=1",
        ].flatMap { ["--set", $0] })
    #expect(imported.status == 0, "\(imported.errors)")
    #expect(try distill("train", "--run", scratch.file("mine"), "--method", "ad").status == 0)
    let evaluated = try distill("evaluate", "--run", scratch.file("mine"), "--methods", "ad")
    #expect(evaluated.status == 0, "\(evaluated.errors)")
  }

  /// The workers that are alive without a program that started them, after a moment to end in.
  private func orphanCount() throws -> Int {
    let count = """
      import os, time
      def orphans():
          for name in filter(str.isdigit, os.listdir("/proc")):
              try:
                  with open(f"/proc/{name}/cmdline") as file: command = file.read()
                  with open(f"/proc/{name}/stat") as file: state, parent = file.read().rsplit(")", 1)[1].split()[:2]
                  with open(f"/proc/{parent}/comm") as file: starter = file.read()
              except OSError: continue
              if "class Worker:" in command and "def orphans" not in command and state != "Z" and not starter.startswith("distill"):
                  yield name
      # Those of tests that run beside this one come and go.
      left = set(orphans())
      for _ in range(80):
          if not left: break
          time.sleep(0.1)
          left &= set(orphans())
      print(len(left))
      """
    let printed = try Python.run(count).output
    return try #require(Int(printed.trimmingCharacters(in: .whitespacesAndNewlines)), "\(printed)")
  }
}
