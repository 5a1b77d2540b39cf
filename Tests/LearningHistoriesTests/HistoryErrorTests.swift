import Foundation
import LearningHistories
import Randomness
import Tasks
import TensorFiles
import TestSupport
import Testing

private let makeAgain =
  "If it was recorded here, move it away and run the same `distill collect`; otherwise write or copy it again."

@Suite struct `Reading histories, refused` {
  /// Collects a set, lets it be damaged, and gives what reading it says.
  private func complaint(
    after damage: (_ folder: URL, _ manifest: URL, _ shard: URL) throws -> Void
  ) throws -> (message: String?, folder: String) {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      try damage(
        folder, folder.appendingPathComponent("manifest.json"),
        folder.appendingPathComponent("shard-00001.safetensors"))
      let error = #expect(throws: HistoryError.self) {
        try HistorySet(reading: folder, verifyingChecksums: true)
      }
      #expect(HistorySet.problems(in: folder).map(\.description) == [error?.description])
      return (error?.description, folder.path)
    }
  }

  private func replace(_ old: String, with new: String, in url: URL) throws {
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(text.contains(old))
    try AtomicFile.write(text.replacingOccurrences(of: old, with: new), to: url, replacing: true)
  }

  /// Replaces bytes of the same length within a shard.
  private func patch(_ old: String, with new: String, in url: URL) throws {
    var data = try Data(contentsOf: url)
    let range = try #require(data.range(of: Data(old.utf8)))
    data.replaceSubrange(range, with: Data(new.utf8))
    try AtomicFile.write(Array(data), to: url, replacing: true)
  }

  @Test func `a missing folder`() throws {
    let result = try complaint { folder, _, _ in try FileManager.default.removeItem(at: folder) }
    #expect(
      result.message == "\(result.folder) does not exist. Make it with `distill collect`.")
  }

  @Test func `a missing manifest`() throws {
    let result = try complaint { _, manifest, _ in
      try FileManager.default.removeItem(at: manifest)
    }
    #expect(
      result.message
        == "\(result.folder) has no manifest.json, so its collection is unfinished. "
        + "Run the same `distill collect` to finish it; a set from elsewhere needs one as data/schema.md says."
    )
  }

  @Test(arguments: [
    ("{", "[", "it is not JSON"),
    ("\"shards\"", "\"sherds\"", "'shards' is missing"),
    ("\"seed\" : 7", "\"seed\" : \"7\"", "'seed' has the wrong type"),
    (
      "algorithm-distillation.histories", "a-shopping-list",
      "it names the schema 'a-shopping-list'"
    ),
    (
      "\"learners_per_task\"", "\"learners\"",
      "'learners_per_task' is missing. Histories that another program wrote have \"origin\": \"imported\""
    ),
    ("\"fingerprint\"", "\"finger\"", "'fingerprint' is missing"),
    (
      "\"action_count\" : 5", "\"action_count\" : 0",
      "no task can have its interface: actions of [0] choices"
    ),
  ]) func `a manifest that is none`(old: String, new: String, reason: String) throws {
    let result = try complaint { _, manifest, _ in try replace(old, with: new, in: manifest) }
    #expect(
      result.message
        == "\(result.folder)/manifest.json is not a manifest of histories: \(reason). \(makeAgain)")
  }

  @Test func `a manifest of another version`() throws {
    let result = try complaint { _, manifest, _ in
      try replace("\"schema_version\" : 2", with: "\"schema_version\" : 3", in: manifest)
    }
    #expect(
      result.message
        == "\(result.folder)/manifest.json has version 3 of the schema, this program reads 1 to 2. "
        + "Collect the histories again with this program, or read them with the one that wrote "
        + "them.")
  }

  @Test func `a shard of another version`() throws {
    let result = try complaint { _, _, shard in
      try patch("\"schema_version\":\"2\"", with: "\"schema_version\":\"3\"", in: shard)
    }
    #expect(
      result.message
        == "\(result.folder)/shard-00001.safetensors has version 3 of the schema, this program "
        + "reads 1 to 2. Collect the histories again with this program, or read them with the one that "
        + "wrote them.")
  }

  @Test func `a missing shard`() throws {
    let result = try complaint { _, _, shard in try FileManager.default.removeItem(at: shard) }
    #expect(
      result.message
        == "\(result.folder)/shard-00001.safetensors is missing. "
        + "Run the same `distill collect` to make it again.")
  }

  @Test func `a half-written shard`() throws {
    let result = try complaint { _, _, shard in
      let bytes = Array(try Data(contentsOf: shard))
      try AtomicFile.write(Array(bytes.prefix(2000)), to: shard, replacing: true)
    }
    #expect(
      result.message
        == "\(result.folder)/shard-00001.safetensors is cut short: its header promises 2,512 bytes, "
        + "the file has 2,000. \(makeAgain)")
  }

  @Test func `a shard with a changed byte`() throws {
    var sums = ("", "")
    let result = try complaint { _, _, shard in
      sums.0 = try Checksum.sha256(ofFile: shard)
      var bytes = Array(try Data(contentsOf: shard))
      bytes[bytes.count - 1] ^= 0x80
      try AtomicFile.write(bytes, to: shard, replacing: true)
      sums.1 = Checksum.sha256(of: bytes)
    }
    #expect(
      result.message
        == "\(result.folder)/shard-00001.safetensors has the SHA-256 \(sums.1), the manifest says "
        + "\(sums.0). \(makeAgain)")
  }

  @Test func `a shard of other settings`() throws {
    let result = try complaint { _, _, shard in
      try patch("\"fingerprint\":\"abc\"", with: "\"fingerprint\":\"xyz\"", in: shard)
    }
    #expect(
      result.message
        == "\(result.folder)/shard-00001.safetensors was made with other settings (xyz, now abc). "
        + "Collect into another folder.")
  }

  @Test func `a shard of another task`() throws {
    let result = try complaint { folder, _, shard in
      try FileManager.default.removeItem(at: shard)
      try FileManager.default.copyItem(
        at: folder.appendingPathComponent("shard-00000.safetensors"), to: shard)
    }
    #expect(
      result.message
        == "\(result.folder)/shard-00001.safetensors has the task \(split.training[0]), the manifest "
        + "says \(split.training[1]). \(makeAgain)")
  }

  @Test func `another file in a shard's place`() throws {
    let result = try complaint { _, _, shard in
      try TensorFile.write([], metadata: ["schema": "other"], to: shard, replacing: true)
    }
    #expect(
      result.message
        == "\(result.folder)/shard-00001.safetensors is not a shard of histories: "
        + "it names the schema 'other'. \(makeAgain)")
  }

  @Test func `a manifest that gives a task two roles`() throws {
    let task = split.training[0]
    let result = try complaint { _, manifest, _ in
      try replace("\"validation\" : [", with: "\"validation\" : [ \(task),", in: manifest)
    }
    #expect(
      result.message
        == "\(result.folder)/manifest.json does not give task \(task) exactly one role: "
        + "training, validation or held-out. \(makeAgain)")
  }

  @Test(arguments: ["-1", "1000000000", "9223372036854775807"])
  func `a manifest with a task that no family has`(task: String) throws {
    let result = try complaint { _, manifest, _ in
      try replace("\"validation\" : [", with: "\"validation\" : [ \(task),", in: manifest)
    }
    #expect(
      result.message?.contains("it names the task \(task), not one from 0 to 999999999") == true,
      "\(result.message ?? "nothing is said")")
  }

  @Test func `a set of another split, where that matters`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      let set = try HistorySet(reading: folder)
      try set.require(split)
      let other = TaskSplit(of: rooms, heldOut: 4, validation: 2, seed: Seed(7))
      let error = #expect(throws: HistoryError.self) { try set.require(other) }
      #expect(
        error?.description
          == "\(folder.path)/manifest.json was written for another split of the tasks. "
          + "Use the settings it was collected with, or collect into another folder.")
    }
  }
}

@Suite struct `Reading shards, refused` {
  private static let metadata = [
    "schema": "algorithm-distillation.histories", "schema_version": "1", "family": "f",
    "learner": "l", "fingerprint": "", "task": "3",
    "interface":
      #"{"action_count":2,"episode_length":2,"observation_sizes":[2],"rewards":[0,1]}"#,
  ]

  private func tensors(
    observations: Int = 3, episodes: [UInt32] = [0, 2, 3], histories: [UInt32] = [0, 1, 2],
    tasks: [UInt8] = [3, 3], learners: [UInt8] = [0, 0], others: [NewTensor] = []
  ) -> [NewTensor] {
    [
      NewTensor(
        "observations", shape: [observations, 1], [UInt8](repeating: 0, count: observations)),
      NewTensor("actions", [UInt8(0), 1, 0]), NewTensor("rewards", [UInt8(0), 1, 0]),
      NewTensor("episode_offsets", episodes), NewTensor("episode_terminated", [false, true]),
      NewTensor("episode_learner_steps", [UInt32(2), 3]), NewTensor("history_offsets", histories),
      NewTensor("history_task", tasks), NewTensor("history_learner", learners),
      NewTensor("history_stream", [UInt8(0), 1]), NewTensor("history_prior_task", [Int8(-1), 7]),
    ] + others
  }

  private func complaint(
    _ tensors: [NewTensor], _ metadata: [String: String] = metadata
  ) throws -> String? {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("shard-00000.safetensors")
      try TensorFile.write(tensors, metadata: metadata, to: url)
      do throws(HistoryError) {
        _ = try HistoryShard(reading: url)
        return nil
      } catch {
        return error.description.replacingOccurrences(of: url.path, with: "SHARD")
      }
    }
  }

  @Test func `nothing, if all fits`() throws {
    #expect(try complaint(tensors()) == nil)
  }

  @Test func `tensors of different lengths`() throws {
    #expect(
      try complaint(tensors(observations: 2))
        == "SHARD holds 'observations' with the shape [2, 1], expected [3, 1]. \(makeAgain)")
  }

  @Test(arguments: [[0, 3, 2], [1, 2, 3], [0, 2, 2], [0, 0, 3]] as [[UInt32]])
  func `episodes that do not divide the steps`(offsets: [UInt32]) throws {
    #expect(
      try complaint(tensors(episodes: offsets))
        == "SHARD is not a shard of histories: its episodes do not divide its steps. \(makeAgain)")
  }

  @Test(arguments: [[0, 1, 3], [], [0]] as [[UInt32]])
  func `histories that do not divide the episodes`(offsets: [UInt32]) throws {
    #expect(
      try complaint(tensors(histories: offsets))
        == "SHARD is not a shard of histories: its histories do not divide its episodes. "
        + makeAgain)
  }

  @Test func `histories of two tasks`() throws {
    #expect(
      try complaint(tensors(tasks: [3, 4]))
        == "SHARD is not a shard of histories: it mixes the tasks 3 and 4. \(makeAgain)")
  }

  @Test func `histories without a learner`() throws {
    #expect(
      try complaint(tensors(learners: [0]))
        == "SHARD holds 'history_learner' with the shape [1], expected [2]. \(makeAgain)")
  }

  @Test func `a role that there is not`() throws {
    #expect(
      try complaint(tensors(others: [NewTensor("history_role", [UInt8(0), 4])]))
        == "SHARD is not a shard of histories: no stream has the role 4. \(makeAgain)")
  }

  @Test(
    arguments: [
      (
        [-1, 2], [-1, 0],
        "before episode 1 history 2 is copied after its episode 0, which it does not have"
      ),
      (
        [1, -1], [1, -1],
        "before episode 0 history 1 is copied after its episode 1, which it does not have"
      ),
      (
        [-1, -1], [0, -1],
        "before episode 0 history -1 is copied after its episode 0, which it does not have"
      ),
    ] as [([Int8], [Int8], String)])
  func `copies of what there is not`(parents: [Int8], episodes: [Int8], reason: String) throws {
    let others = [
      NewTensor("episode_parent", parents), NewTensor("episode_parent_episode", episodes),
    ]
    #expect(
      try complaint(tensors(others: others))
        == "SHARD is not a shard of histories: \(reason). \(makeAgain)")
  }

  @Test func `an expert's actions of another number of steps`() throws {
    #expect(
      try complaint(tensors(others: [NewTensor("expert_actions", [UInt8(0), 1])]))
        == "SHARD holds 'expert_actions' with the shape [2], expected [3]. \(makeAgain)")
  }

  @Test func `observations that lie in another way than the interface says`() throws {
    var metadata = Self.metadata
    metadata["interface"] =
      #"{"action_count":2,"episode_length":2,"observation_sizes":[],"sight":["floats",1]}"#
    #expect(
      try complaint(tensors(), metadata)
        == "SHARD holds 'observations' as U8, expected F32. \(makeAgain)")
  }

  @Test func `an interface whose factors are other actions`() throws {
    var metadata = Self.metadata
    metadata["interface"] =
      #"{"action_count":2,"action_factors":[2,2],"episode_length":2,"observation_sizes":[2]}"#
    #expect(
      try complaint(tensors(), metadata)
        == "SHARD is not a shard of histories: no task can have its interface: "
        + "2 actions of [2, 2] choices. \(makeAgain)")
  }

  @Test(arguments: ["schema", "family", "interface", "learner", "task"])
  func `metadata that lack something`(key: String) throws {
    var metadata = Self.metadata
    metadata[key] = nil
    #expect(
      try complaint(tensors(), metadata)
        == "SHARD is not a shard of histories: its metadata lack '\(key)'. \(makeAgain)")
  }

  @Test func `an interface that no task can have`() throws {
    var metadata = Self.metadata
    metadata["interface"] = "{}"
    #expect(
      try complaint(tensors(), metadata)
        == "SHARD is not a shard of histories: no task can have its interface: "
        + "'observation_sizes' is missing. \(makeAgain)")
  }
}
