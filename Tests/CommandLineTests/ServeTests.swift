// `distill serve` from the other side: what is said over its lines, and what is not taken.

import Evaluation
import Foundation
import Models
import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `A served model` {
  private let scratch: ScratchFolder
  private let parameters: Parameters
  private let model: String

  init() throws {
    scratch = try ScratchFolder()
    model = scratch.file("model.safetensors")
    parameters = Self.parameters(DarkRoomFamily(size: 5, episodeLength: 6).interface)
    try Checkpoint.write(parameters, to: URL(fileURLWithPath: model))
  }

  /// A small untrained model.
  private static func parameters(_ interface: TaskInterface) -> Parameters {
    var settings = ModelSettings()
    (settings.width, settings.layers, settings.heads, settings.feedForward) = (8, 1, 2, 16)
    return Parameters(
      ModelConfiguration(model: settings, interface: interface, contextSteps: 12), seed: Seed(1))
  }

  /// The lines that come back for some lines, the greeting first.
  private func answers(
    _ lines: [String], _ options: String..., model: String? = nil
  ) throws -> [String] {
    let outcome = try run(
      ["serve", model ?? self.model] + options, input: lines.joined(separator: "\n"))
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
    return outcome.output.split(separator: "\n").map(String.init)
  }

  @Test func `says first what it is`() throws {
    #expect(
      try answers([]) == [
        "{\"context_steps\":12,\"interface\":{\"action_count\":5,\"episode_length\":6,"
          + "\"observation_sizes\":[5,5],\"rewards\":[0,1]},\"program\":\"distill 0.1.0\",\"protocol\":1}"
      ])
  }

  private struct Answer: Decodable {
    let action: Int
    let predictions: [Float]
  }

  @Test func `predicts to the bit what an agent in Swift does, and acts by the seed`() throws {
    let cells: [[UInt8]] = [[2, 2], [2, 3], [1, 3], [2, 2], [0, 0], [4, 4], [3, 3], [1, 1]]
    let requests = cells.enumerated().map { index, cell in
      let told = index == 0 ? "" : "\"reward\":\(index % 2),\"done\":\(index == 3),"
      return "{\(told)\"observation\":\(cell),\"predictions\":true}"
    }
    let found = try answers(requests, "--seed", "7").dropFirst()
      .map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
    let agent = InContextAgent(parameters, randoms: [Seed(7).random(for: "served 0")])
    for (index, (cell, answer)) in zip(cells, found).enumerated() {
      if index > 0 { try agent.observe(reward: Float(index % 2), endsEpisode: index == 3) }
      #expect(try agent.act(on: Observation(cell[0], cell[1])) == answer.action)
      #expect(agent.predictions() == answer.predictions)
    }
    #expect(found.count == cells.count)
  }

  @Test func `keeps a context for each stream, whoever else asks in the same line`() throws {
    let names = (0..<11).map { "\"s\($0)\"" }
    func line(_ names: [String], _ told: String, _ cell: String) -> String {
      let asked = names.map {
        "{\"stream\":\($0),\(told)\"observation\":\(cell),\"predictions\":true}"
      }
      return "[\(asked.joined(separator: ","))]"
    }
    func lines(_ names: [String]) -> [String] {
      [line(names, "", "[2,2]"), line(names, "\"reward\":1,", "[2,3]")]
    }
    let together = try answers(lines(names))
    let alone = try answers(lines(["\"s9\""]))
    for (all, one) in zip(together, alone).dropFirst() {
      #expect(all.contains(one.dropFirst().dropLast()))
    }
  }

  @Test func `is reset and prompted`() throws {
    let prompt =
      "\"prompt\":[{\"observation\":[2,2],\"action\":1,\"reward\":0},"
      + "{\"observation\":[2,3],\"action\":3,\"reward\":1,\"done\":true}]"
    let ask = "\"observation\":[4,4],\"predictions\":true"
    let found = try answers([
      "{\(prompt),\(ask)}", "{\"reset\":true,\(ask)}", "{\"reset\":true,\(prompt),\(ask)}",
      "{\(prompt)}", "{\"reset\":true}", "{\(prompt)}", "{\(ask)}",
    ])
    #expect(found[1] == found[3] && found[1] == found[7])
    #expect(found[2] != found[1])
    #expect(
      found[4]
        == "{\"error\":\"stream 0 has lived steps already, so no prompt can come first; reset it\",\"stream\":0}"
    )
    #expect(found[5] == "{\"stream\":0}" && found[6] == "{\"stream\":0}")
  }

  @Test(arguments: [
    ("nonsense", "the line is no JSON value"),
    ("{\"observation\":[2,2]", "the line is no JSON value"),
    ("5", "expected an object or a list of them"),
    (
      "{\"observation\":\"here\"}",
      "'observation' has another type, expected a number or a list of numbers"
    ),
    ("{\"stream\":1.5}", "'stream' has another type, expected a whole number or a text"),
    ("{\"reward\":\"much\"}", "'reward' has another type, expected a number"),
    ("{\"done\":1}", "'done' has another type, expected true or false"),
    ("{\"prompt\":3}", "'prompt' has another type, expected a list of steps"),
    (
      "{\"prompt\":[3]}",
      "'prompt[0]' has another type, expected an object with an observation, an action and a reward"
    ),
    (
      "{\"prompt\":[{\"observation\":[0,0],\"action\":\"up\",\"reward\":0}]}",
      "'prompt[0].action' has another type, expected a number or a list of numbers"
    ),
    (
      "{\"observatoin\":[2,2]}",
      "'observatoin' is no key of a request, expected stream, observation, "
        + "reward, done, reset, close, prompt, predictions, binary"
    ),
    ("{\"observation\":[2]}", "the observation has 1 numbers, expected 2"),
    (
      "{\"observation\":[2,5]}",
      "the observation's number 1 is 5.0, expected a whole one from 0 to 4"
    ),
    (
      "{\"observation\":[2,1.5]}",
      "the observation's number 1 is 1.5, expected a whole one from 0 to 4"
    ),
    (
      "{\"observation\":[1e300,-1]}",
      "the observation's number 0 is 1e+300, expected a whole one from 0 to 4"
    ),
    ("{\"reward\":1}", "stream 0 has no action whose reward or end it could be told"),
    (
      "{\"prompt\":[{\"observation\":[0,0],\"action\":5,\"reward\":0}]}",
      "the action [5.0] is none of factors of [5] choices"
    ),
    ("{\"prompt\":[{\"observation\":[0,0],\"action\":1}]}", "'prompt[0]' has no 'reward'"),
    ("{\"close\":true}", "there is no stream 0 to close"),
  ])
  func `answers a mistake and goes on`(line: String, error: String) throws {
    let found = try answers([line, "{\"observation\":[2,2]}", "{\"observation\":[2,2]}", line])
    #expect(found[1].hasPrefix("{\"error\":\"\(error)\""), "\(found[1])")
    #expect(found[2].hasPrefix("{\"action\":"))
    #expect(
      found[3] == "{\"error\":\"stream 0 has acted and waits for its reward\",\"stream\":0}")
    #expect(found.count == 5)
  }

  @Test func `does not read lines without end`() throws {
    let found = try answers([
      String(repeating: "[", count: 5_000_000), String(repeating: "[", count: 100_000),
      "{\"observation\":[2,2]}",
    ])
    #expect(found[1] == "{\"error\":\"the line is longer than 4194304 bytes\"}")
    #expect(found[2] == "{\"error\":\"the line is no JSON value\"}")
    #expect(found[3].hasPrefix("{\"action\":"))
  }

  @Test func `takes floats and gives the choices of factors`() throws {
    let file = scratch.file("floats.safetensors")
    let interface = TaskInterface(
      sight: .floats(count: 3), actionFactors: [3, 2], episodeLength: 5, rewards: nil)
    try Checkpoint.write(Self.parameters(interface), to: URL(fileURLWithPath: file))
    let found = try answers(
      ["{\"observation\":[1e39,0,0]}", "{\"observation\":[0.5,-1,2]}"], model: file)
    #expect(found[1].contains("number 0 is no finite number of 32 bits"))
    #expect(found[2].hasPrefix("{\"action\":["))
  }

  @Test func `is no other file`() throws {
    #expect(try distill("serve", scratch.file("none")).status == 66)
    try scratch.write("text", to: "text")
    #expect(try distill("serve", scratch.file("text")).status == 65)
  }

  @Test(
    .enabled(if: Python.canImport("socket"), "python3 is missing; name one in PYTHON"))
  func `talks to several over a socket, and to who comes later`() throws {
    let script = """
      import atexit, json, socket, struct, subprocess, sys
      program, model, path = sys.argv[1:]
      command = [program, "serve", model, "--socket", path]
      def serve():
          server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
          atexit.register(server.kill)  # whatever fails below
          assert server.stdout.readline() == f"serving on {path}\\n"
          return server
      server = serve()
      def connect():
          one = socket.socket(socket.AF_UNIX); one.connect(path)
          lines = one.makefile("rw"); lines.readline()
          return lines
      def ask(lines, **request):
          lines.write(json.dumps(request) + "\\n"); lines.flush()
          return json.loads(lines.readline())
      a, b = connect(), connect()
      first = ask(a, observation=[2, 2], predictions=True)
      assert ask(b, observation=[2, 2], predictions=True) == first
      ask(a, reward=1, observation=[2, 3])
      a.close()
      assert ask(connect(), observation=[2, 2], predictions=True) == first
      frames = socket.socket(socket.AF_UNIX); frames.connect(path)
      both = frames.makefile("rwb"); both.readline()
      def say(data, count):
          both.write(data); both.flush()
          return both.read(count)
      assert b"request_bytes" in say(b'{"binary":1}\\n', 0) + both.readline()
      step = struct.pack("=IIIBBHdBB6x", 1, 24, 0, 1, 0, 0, 0, 2, 2)
      answer = say(step, 20)
      assert struct.unpack("=IIIII", answer) == (1, 0, 0, first["action"], 0), answer
      refusal = say(struct.pack("=II", 1, 25), 8)
      assert refusal[:4] == bytes(4) and b"25 bytes, expected 24" in both.read(), refusal
      again = subprocess.run(command, capture_output=True, text=True)
      assert again.returncode == 73 and "another program serves there" in again.stderr, again
      server.kill(); server.wait()
      serve()
      assert ask(connect(), observation=[2, 2], predictions=True) == first
      """
    let program = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("distill").path
    let result = try Python.run(script, program, model, scratch.file("s"))
    #expect(result.status == 0, "\(result.output)")
  }
}
