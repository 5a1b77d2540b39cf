import Foundation
import TestSupport
import Testing

@Suite struct `A wrong command line` {
  @Test(arguments: [
    (["frobnicate"], "Error: there is no command 'frobnicate'. 'distill --help' lists the"),
    (["trian", "--run", "x"], "Error: there is no command 'trian'; did you mean 'train'?"),
    (["run", "tiny"], "Error: Missing expected argument '--out <folder>'"),
    (["run", "tiny", "--out", "x", "--colour"], "Error: Unknown option '--colour'"),
    (["train", "--run", "x", "--method", "rl"], "Error: The value 'rl' is invalid for '--method"),
    (["evaluate", "--run", "x", "--methods", "ad,me"], "Error: The value 'ad,me' is invalid"),
    (
      ["evaluate", "--run", "x", "--prompt", "5,101"],
      """
      Error: The value '5,101' is invalid for '--prompt <percent or file>': '101' is no prompt. Give a share \
      of the optimum in percent, from 1 to 100, or the path of a file of histories that ends in .safetensors, \
      or of arrays of steps that ends in .npz.
      """
    ),
    (
      ["evaluate", "--run", "x", "--prompt", "50%"],
      "Error: The value '50%' is invalid for '--prompt <percent or file>': '50%' is no prompt."
    ),
    (
      ["evaluate", "--run", "x", "--prompt", "a.safetensors", "--split", "train"],
      "Error: --split chooses the tasks of a share; a file is of one task. Leave --split out."
    ),
    (
      ["run", "tiny", "--out", "x", "--workers", "0"], "Error: --workers must be 1 to 64, not 0."
    ),
    (["compare"], "Error: Give either --figure with some SERIES, or --main with some --run."),
    (
      ["compare", "--figure", "x", "--main", "y", "A=z"],
      "Error: Give either --figure with some SERIES, or --main with some --run."
    ),
    (
      ["compare", "--figure", "x"],
      "Error: --figure takes LABEL=RUN or LABEL=FILE.csv, one at least, and no --run."
    ),
    (
      ["compare", "--main", "x", "--command", "y"],
      "Error: --main takes --run, one at least, and no series."
    ),
    (
      ["compare", "--main", "x", "--run", "y"], "Error: --main needs --command: what made the rows."
    ),
    (
      ["compare", "--figure", "x", "runs/y"], "Error: The value 'runs/y' is invalid for '<series>'"
    ),
    (["compare", "--figure", "x", "A=y:ad:odd:0"], "Error: The value 'A=y:ad:odd:0' is invalid"),
    (
      ["inspect", "x", "--strip"],
      "Error: --strip says how to draw. Name a file to draw into with --render."
    ),
  ])
  func `ends with the status of usage`(arguments: [String], message: String) throws {
    let outcome = try run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.hasPrefix(message))
  }

  @Test func `ends with that status if it is not in UTF-8`() throws {
    let process = try program(["inspect"])
    let errors = Pipe()
    process.arguments = [
      "-c", #"exec "$0" inspect "$(printf 'n\377')""#, try #require(process.executableURL).path,
    ]
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.standardError = errors
    try process.run()
    let said = String(
      decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    #expect(said.hasPrefix("Error: the argument 'n\u{FFFD}' is not text in UTF-8"), "\(said)")
  }

  @Test func `starts several ranks of a program that knows nothing of them`() throws {
    let outcome = try run(
      ["train", "--run", "x", "--method", "ad"],
      environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"])
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.hasPrefix("Error: this program was started as one of several ranks"),
      "\(outcome.errors)")
  }

  @Test func `is answered with commands that a shell takes`() throws {
    let scratch = try ScratchFolder()
    let missing = try distill("train", "--run", "a b", "--method", "ad", in: scratch.file(""))
    #expect(missing.errors.contains("'distill collect --preset dark-room --out 'a b''"))
    let settings = [
      "source.episodes=10", "ed.last_fraction=1", "context.steps=30",
      "context.episode_subsampling=1",
    ]
    let made = try run(
      ["collect", "--preset", "\(repository)/data/presets/tiny.yaml", "--out", "a b"]
        + settings.flatMap { ["--set", $0] }, in: scratch.file(""))
    #expect(made.output.hasSuffix("next   distill inspect 'a b/histories'\n"), "\(made.errors)")
  }

  @Test func `or file says nothing that a terminal would obey`() throws {
    let scratch = try ScratchFolder()
    let header = #"{"a\u001b[31m":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#
    let bytes = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)
    try Data(bytes).write(to: URL(fileURLWithPath: scratch.file("odd.safetensors")))
    let outcome = try distill("inspect", "odd.safetensors", in: scratch.file(""))
    #expect(outcome.output.contains(#"a\u{1b}[31m"#), "\(outcome.output)\(outcome.errors)")
    let missing = try distill("inspect", "\u{1B}[2J", in: scratch.file(""))
    #expect(missing.errors.hasPrefix(#"Error: \u{1b}[2J"#), "\(missing.errors)")
  }
}

@Suite struct `A mistake` {
  let scratch: ScratchFolder
  let run: String

  init() throws {
    scratch = try ScratchFolder()
    run = scratch.file("run")
  }

  @Test func `in a configuration is shown with file and line before anything is written`() throws {
    let preset = try scratch.write("seed: 1\ntrain:\n  learning_rat: 1\n", to: "my.yaml")
    let outcome = try distill("run", preset, "--out", run)
    #expect(outcome.status == 78)
    #expect(
      outcome.errors == """
        Error: \(preset):3:3: unknown key 'train.learning_rat'; did you mean 'train.learning_rate'?

        """)
    #expect(outcome.output == "")
    #expect(scratch.files == ["my.yaml"])
  }

  @Test(arguments: ["run", "collect"]) func `in --set is shown as it was typed`(
    command: String
  ) throws {
    let preset = command == "run" ? ["tiny"] : ["--preset", "tiny"]
    let outcome = try CommandLineTests.run(
      [command] + preset + ["--out", run, "--set", "train.updates=lots"])
    #expect(outcome.status == 78)
    #expect(
      outcome.errors
        == "Error: --set train.updates=lots: 'train.updates' must be a whole number, not 'lots'\n")
    #expect(scratch.files == [])
  }

  @Test func `in a preset's name is answered with the names there are`() throws {
    let outcome = try distill("run", "dark-rom", "--out", run)
    #expect(outcome.status == 66)
    #expect(
      outcome.errors == """
        Error: there is no preset 'dark-rom'; did you mean 'dark-room'? There are bandit, \
        cart-pole, dark-room, dark-room-hard, dials, early/dark-room, key-to-door, paper/bandit, \
        paper/dark-room, paper/dark-room-hard, paper/key-to-door, paper/watermaze, tiny, watermaze; or give the path of a YAML file.

        """)
  }

  @Test(arguments: [["train", "--method", "ad"], ["evaluate"], ["report"]])
  func `in a run folder's name is answered with how to make one`(command: [String]) throws {
    let outcome = try CommandLineTests.run(command + ["--run", run])
    #expect(outcome.status == 66)
    #expect(
      outcome.errors == """
        Error: \(run) does not exist. Make it with 'distill collect --preset dark-room --out \(run)'.

        """)
  }

  @Test func `in a path to inspect is said in words`() throws {
    let outcome = try distill("inspect", run)
    #expect(outcome.status == 66)
    #expect(
      outcome.errors
        == "Error: \(run) does not exist. Give the path of something that distill wrote.\n")
  }

  @Test func `in where to write is said before any work`() throws {
    try scratch.write("", to: "file")
    let outcome = try distill("run", "tiny", "--out", scratch.file("file/run"))
    #expect(outcome.status == 73)
    #expect(
      outcome.errors == """
        Error: \(scratch.file("file/run")) cannot be written: Not a directory. Choose another \
        place, or change its permissions.

        """)
  }

  @Test func `of settings for a file that has none is refused`() throws {
    let path = try scratch.write("", to: "x.safetensors")
    let outcome = try distill("inspect", path, "--set", "seed=1")
    #expect(outcome.status == 64)
    #expect(
      outcome.errors
        == "Error: \(path) is no configuration, so --set has nothing to change. Leave it out.\n")
  }
}
