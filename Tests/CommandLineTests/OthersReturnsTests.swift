// Returns that another program wrote: reported by themselves, and drawn beside a run's.

import Foundation
import TestSupport
import Testing

/// Two tasks, two evaluation seeds, three episodes of 15 steps: the return is the episode's number plus the task's.
private func rows(_ columns: String = "task,eval_seed,episode,env_steps,return") -> String {
  var text = columns + "\n"
  for task in 0..<2 {
    for seed in 0..<2 {
      for episode in 1...3 {
        let values = [
          "method": "PPO", "split": "held-out", "task": "\(task)", "eval_seed": "\(seed)",
          "episode": "\(episode)", "env_steps": "\(15 * episode)", "return": "\(task + episode).0",
        ]
        text += columns.split(separator: ",").map { values[String($0)] ?? "" }
          .joined(separator: ",")
        text += "\n"
      }
    }
  }
  return text
}

@Suite struct `Returns of another program` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `stand beside a run's in one table and one figure`() throws {
    let folder = scratch.file("run")
    try expectSuccess(
      ["run", "tiny", "--out", folder, "--methods", "ad"]
        + [
          "source.episodes=40", "train.updates=4", "train.warm_up_updates=1",
          "evaluate.episodes=2", "evaluate.seeds=1",
        ].flatMap { ["--set", $0] })
    let file = try scratch.write(rows(), to: "mine.csv")
    let outcome = try run([
      "compare", "--figure", "both", "--out", scratch.file("r"), "AD=\(folder)", "mine=\(file)",
    ])
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("read   \(file)\n"))
    let table = try scratch.text("r/both.csv").split(separator: "\n")
    #expect(table.count == 6)
    #expect(table[1].hasPrefix("AD,ad,held-out,1,15,"))
    // The means over tasks are 1.5, 2.5, 3.5; two tasks leave intervals from one to the other.
    #expect(table[3].hasPrefix("mine,agent,held-out,1,15,1.5,1,2,3.5,3,4,2,0,2,"))
    #expect(table[5].hasPrefix("mine,agent,held-out,3,45,3.5,3,4,"))
    #expect(try scratch.text("r/both.svg").contains("mine"))
  }

  @Test func `need no steps where episodes are counted`() throws {
    let file = try scratch.write(rows("return,episode,task,eval_seed"), to: "mine.csv")
    let command = ["compare", "--figure", "x", "--out", scratch.file("r"), "mine=\(file)"]
    let refused = try run(command)
    #expect(refused.status == 64)
    #expect(
      refused.errors.hasPrefix(
        "Error: \(file):1: the figure's x axis needs a column “env_steps”, and there is none."))
    #expect(!scratch.files.contains { $0.hasPrefix("r") })
    try expectSuccess(command + ["--episodes"])
    #expect(
      try scratch.text("r/x.csv").split(separator: "\n")[1].hasPrefix("mine,agent,held-out,1,,1.5,")
    )
  }

  @Test func `of several methods are named one by one`() throws {
    let both = rows("method,task,eval_seed,episode,env_steps,return")
    let file = try scratch.write(
      both
        + both.replacing("PPO", with: "DQN").split(separator: "\n").dropFirst().joined(
          separator: "\n"), to: "mine.csv")
    let command = ["compare", "--figure", "x", "--out", scratch.file("r")]
    #expect(
      try run(command + ["mine=\(file)"]).errors == """
        Error: \(file): one method must be chosen, but the file has “DQN”, “PPO”. Write LABEL=FILE:METHOD:SPLIT.

        """)
    #expect(
      try run(command + ["mine=\(file):SAC"]).errors.hasPrefix(
        "Error: \(file): the method “SAC” was asked for, but the file has “DQN”, “PPO”."))
    try expectSuccess(command + ["A=\(file):DQN", "B=\(file):PPO:held-out"])
    #expect(try scratch.text("r/x.csv").contains("\nB,PPO,held-out,3,45,3.5,"))
  }

  @Test func `become a figure and a page with their numbers alone`() throws {
    let file = try scratch.write(
      rows("method,split,task,eval_seed,episode,env_steps,return"), to: "mine.csv")
    let outcome = try run(["report", file])
    #expect(outcome.errors == "")
    for name in ["mine.svg", "mine.html"] {
      #expect(outcome.output.contains("wrote  \(scratch.file(name))\n"))
    }
    let page = try scratch.text("mine.html")
    #expect(
      page.contains(
        "On 2 held-out tasks, PPO earns 1.50 in its first episode and 3.50 over episodes 3–3, as mine.csv says."
      ))
    #expect(page.contains("<td>3.50<span>[3.00, 4.00]</span></td><td>0\u{A0}%</td><td>2 × 2</td>"))
    // Nothing is said that the file does not say.
    for word in ["frozen", "Optimal", "Random", "in-context", "How it was made", "the source"] {
      #expect(!page.contains(word), "\(word)")
    }
    let refused = try run(["report", file])
    #expect(refused.status == 73)
    #expect(refused.errors.hasPrefix("Error: \(scratch.file("mine.svg")) exists already."))
    try expectSuccess(["report", file, "--overwrite"])
    #expect(try scratch.text("mine.html") == page)
    try expectSuccess(["report", file, "--out", scratch.file("pages")])
    #expect(try scratch.text("pages/mine.html") == page)
  }

  @Test func `may end their lines and write whole numbers as other programs do`() throws {
    let plain = try scratch.write(rows(), to: "plain/mine.csv")
    let other = try scratch.write(
      "\u{FEFF}"
        + rows("task,train_seed,eval_seed,episode,env_steps,return").replacing(
          ",1,15,", with: ",\"1.0\",15.0,"
        ).replacing("\n", with: "\r\n").dropLast(2), to: "other/mine.csv")
    for file in [plain, other] { try expectSuccess(["report", file]) }
    #expect(try scratch.text("plain/mine.html") == scratch.text("other/mine.html"))
  }

  /// What is wrong, the file's text, and what is said of it after its name.
  private static let damaged: [(String, String, String)] = [
    ("empty", "", ":1: the first line must name a column “task”, but is “”."),
    (
      "no returns", "task,episode,score\n0,1,2\n",
      ":1: the first line must name a column “return”, "
    ),
    (
      "other columns", rows("task,eval_seed,episode,return").replacing("eval_seed", with: "seed"),
      ":1: the columns must be some of “method,split,task,train_seed,eval_seed,episode,env_steps,return”, but one is “seed”."
    ),
    (
      "two of a name", "task,episode,return,task\n", ":1: each column must have a name of its own, "
    ),
    (
      "no rows", "task,episode,return\n",
      ":2: there must be a row for each episode, but there is none."
    ),
    (
      "a short row", "task,episode,return\n0,1,2\n\n0,2\n",
      ":4: the row must have as many fields as the first line, 3, but has 2."
    ),
    (
      "an open quote", "task,episode,return\n0,1,2\n0,\"2,3\n",
      ":3: every quote must be closed, but one that opens here is not."
    ),
    (
      "no number", "task,episode,return\n0,1,nan\n",
      ":2: return must be a finite number, not “nan”."
    ),
    (
      "an episode 0", "task,episode,return\n0,0,1\n",
      ":2: episode must be a whole number from 1, not “0”."
    ),
    (
      "half a task", "task,episode,return\n0.5,1,1\n",
      ":2: task must be a whole number from 0, not “0.5”."
    ),
    (
      "a name of no line", "method,task,episode,return\n\"A, B\",1,1,1\n",
      ":2: method must be a name without commas, quotes and line breaks, not “\"A, B\"”."
    ),
    (
      "an episode twice", "task,episode,return\n0,1,1\n0,1,2\n",
      ":3: each episode must have one row, but episode 1 of agent on held-out, task 0, evaluation seed 0 stands in line 2 too."
    ),
    (
      "an episode missing", "task,episode,return\n0,1,1\n0,2,1\n1,1,1\n",
      ":4: each task and seed must have the episodes 1 to 2, but episode 2 of agent on held-out, task 1, evaluation seed 0 is missing."
    ),
    (
      "a seed missing", "task,train_seed,episode,return\n0,0,1,1\n0,1,1,1\n1,0,1,1\n",
      ":2: each task and seed must have the episodes 1 to 1, but episode 1 of agent on held-out, task 1, training seed 1, evaluation seed 0 is missing."
    ),
    (
      "steps of single episodes", "task,episode,env_steps,return\n0,1,20,1\n0,2,20,1\n",
      ":3: env_steps must be a whole number above 20, since it counts all steps of the stream, not “20”."
    ),
  ]

  @Test(arguments: damaged.indices)
  func `that cannot be are refused with the line, and nothing is written`(index: Int) throws {
    let (name, text, problem) = Self.damaged[index]
    let file = try scratch.write(text, to: "mine.csv")
    for command in [
      ["report", file],
      ["compare", "--figure", "x", "--episodes", "--out", scratch.file("r"), "mine=\(file)"],
    ] {
      let outcome = try run(command)
      #expect(outcome.status == 65, "\(name)")
      #expect(outcome.errors.hasPrefix("Error: \(file)\(problem)"), "\(name): \(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
      #expect(scratch.files == ["mine.csv"], "\(name)")
    }
  }

  @Test func `that are not there, or come with a run's options, are refused`() throws {
    let missing = try run(["report", scratch.file("none.csv")])
    #expect(missing.status == 66)
    #expect(missing.errors.hasPrefix("Error: \(scratch.file("none.csv")) does not exist. Write it"))
    let file = try scratch.write(rows(), to: "mine.csv")
    for mistake in [
      ["report"], ["report", file, "--run", "x"], ["report", file, "--set", "seed=1"],
      ["report", "--run", "x", "--overwrite"],
    ] {
      #expect(try run(mistake).status == 64, "\(mistake)")
    }
  }
}
