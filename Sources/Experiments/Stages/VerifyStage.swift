// verify: every file of a run is looked at again, and compared with whatever says what it should be: checksums, settings,
// splits, the tables with the parts that they were joined from. What is broken is named and, if that is asked for, put
// aside and made anew.

internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Models
internal import Randomness
internal import Tasks
internal import TensorFiles

/// Looks through a run folder.
public struct VerifyStage {
  private let run: Run
  private var console: Console { run.console }
  private var folder: RunFolder { run.folder }

  /// The stage of a run.
  public init(_ run: Run) { self.run = run }

  /// Something that is not as it should be.
  private struct Fault {
    /// The file that is put aside to be made anew; nil if nothing makes it.
    let file: String?
    let reason: String
    let remedy: Remedy
  }

  /// What makes a file again.
  private enum Remedy {
    case collect
    /// The source's own learning on the tasks of a split.
    case recordSource(EvaluatedSplit)
    case train(any Method, seed: Int)
    case evaluate(EvaluatedMethod, EvaluatedSplit)
    case join
    /// Nothing here does, such as of imported histories: why.
    case none(String)
  }

  /// Looks at everything that is there, and says what is whole and what is broken.
  /// - Parameters:
  ///   - count: How many recorded histories, drawn anew each time, are lived again and compared.
  ///   - repairing: Whether what is broken is moved to the folder `broken` of the run, and made anew.
  /// - Throws: `VerifyError` if something is broken and stays so.
  public func perform(replaying count: Int = 0, repairing: Bool = false) throws {
    try folder.noteKernels(telling: console)
    var faults = try histories() + models() + returns()
    if faults.isEmpty && count > 0 { faults += try replay(count) }
    for fault in faults { console.say("broken \(fault.reason)") }
    guard !faults.isEmpty else {
      console.say("whole  \(folder.path)")
      return
    }
    guard repairing else {
      throw VerifyError.broken(path: folder.path, count: faults.count)
    }
    try repair(faults)
    let left = try histories() + models() + returns()
    for fault in left { console.say("broken \(fault.reason)") }
    guard left.isEmpty else { throw VerifyError.notRepaired(path: folder.path, count: left.count) }
    console.say("whole  \(folder.path)")
  }

  // MARK: Histories

  private func histories() throws -> [Fault] {
    var faults: [Fault] = []
    if FileManager.default.fileExists(atPath: folder.histories) {
      faults += found(in: folder.histories, remedy: recordedRemedy) {
        guard FileManager.default.fileExists(atPath: folder.manifest) else { return nil }
        return "\(try run.histories().histories.count) histories"
      }
    } else {
      try run.requireNoDeadLink()
    }
    for split in run.experiment.evaluatedSplits.map(\.split) {
      let source = folder.sourceHistories(on: split)
      guard FileManager.default.fileExists(atPath: source) else { continue }
      faults += found(in: source, remedy: .recordSource(split)) {
        guard
          FileManager.default.fileExists(atPath: "\(source)/\(ShardSchema.manifestName)")
        else { return nil }
        let set = try run.checkedSet(in: source)
        return "\(set.histories.count) histories"
      }
    }
    return faults
  }

  private var recordedRemedy: Remedy {
    run.configuration.source.isImported
      ? .none("they were imported: import them again into another folder") : .collect
  }

  /// What is wrong with a set. Of one that is not finished, its shards alone are looked at.
  private func found(
    in histories: String, remedy: Remedy, _ whole: () throws -> String?
  ) -> [Fault] {
    do {
      guard let what = try whole() else {
        return shards(in: histories).compactMap { shard in
          reason { try HistoryShard(reading: URL(fileURLWithPath: shard)).verifyChecksum() }
            .map { Fault(file: shard, reason: $0, remedy: remedy) }
        }
      }
      console.say("whole  \(histories) (\(what))")
      return []
    } catch {
      let problems = HistorySet.problems(in: URL(fileURLWithPath: histories))
      if problems.isEmpty {
        // Settings that do not fit are nobody's damage: nothing is put aside for them.
        return [Fault(file: nil, reason: "\(error)", remedy: .none("its settings are others"))]
      }
      return problems.map {
        Fault(file: $0.path, reason: $0.problem, remedy: remedy)
      }
    }
  }

  private func shards(in histories: String) -> [String] {
    folder.contents(of: histories).filter { $0.hasSuffix(".safetensors") }
      .map { "\(histories)/\($0)" }
  }

  /// Lives some recorded histories again.
  private func replay(_ count: Int) throws -> [Fault] {
    guard FileManager.default.fileExists(atPath: folder.manifest) else { return [] }
    let set = try run.histories()
    if set.manifest.origin == .imported {
      throw ImportError.cannotLearnAgain(learner: set.manifest.learner.name)
    }
    var random = Seed(UInt64(Date().timeIntervalSince1970)).random(for: "verified histories")
    var learners = Set(
      set.histories.map { HistoryPlace(task: $0.task, learner: $0.learner, stream: 0) }
    )
    .sorted { ($0.task, $0.learner) < ($1.task, $1.learner) }
    random.shuffle(&learners)
    let chosen = Array(learners.prefix(count))
    let collector = run.trainingCollector(into: folder.histories)
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-verify-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let line = console.progress("replaying", total: chosen.count, unit: "learners")
    defer { line.finish() }
    var compared = 0
    for place in chosen {
      let again = try collector.liveAgain(place.task, learner: place.learner, into: scratch)
      for now in again {
        let recorded = set.histories(of: [place.task]).first {
          $0.learner == place.learner && $0.stream == now.stream
        }
        guard let recorded else { continue }
        if let difference = ReplayDifference.first(of: now, from: recorded, in: run.family.name) {
          return [
            Fault(
              file: nil, reason: "\(difference)",
              remedy: .none("this machine or program lives them otherwise"))
          ]
        }
        compared += 1
      }
      line.advance(by: 1)
    }
    console.say("whole  \(compared) histories, lived again, are as they were recorded")
    return []
  }

  // MARK: Models

  private func models() throws -> [Fault] {
    try Registry.methods.flatMap { method in
      try folder.begunSeeds(of: method).flatMap { seed in try models(of: method, seed) }
    }
  }

  private func models(of method: any Method, _ seed: Int) throws -> [Fault] {
    let files = folder.model(method, trainSeed: seed)
    let remedy = Remedy.train(method, seed: seed)
    var faults: [Fault] = []
    if files.isComplete {
      let quiet = Run(
        folder: folder, configuration: run.configuration, console: Console(isQuiet: true),
        workers: run.workers)
      if let reason = reason({ _ = try quiet.parameters(of: method, trainSeed: seed) }) {
        faults.append(Fault(file: files.model, reason: reason, remedy: remedy))
      } else {
        console.say("whole  \(files.model)")
      }
    }
    let others = folder.contents(of: files.path).filter {
      $0.hasSuffix(".safetensors") && "\(files.path)/\($0)" != files.model
    }
    for name in others {
      let path = "\(files.path)/\(name)"
      let isCheckpoint = path == files.checkpoint
      // A model that was kept on the way is made by training alone, from the beginning.
      let made = isCheckpoint ? remedy : .none("training from the beginning makes it")
      if let reason = reason({ _ = try Checkpoint.read(URL(fileURLWithPath: path)) }) {
        faults.append(Fault(file: isCheckpoint ? path : nil, reason: reason, remedy: made))
      } else {
        console.say("whole  \(path)")
      }
    }
    return faults
  }

  // MARK: Returns

  private func returns() throws -> [Fault] {
    guard FileManager.default.fileExists(atPath: folder.returns) else { return [] }
    var faults: [Fault] = []
    var joined: ReturnsTable?
    do {
      joined = try ReturnsTable(contentsOf: URL(fileURLWithPath: folder.returns))
    } catch {
      faults.append(Fault(file: folder.returns, reason: "\(error)", remedy: .join))
    }
    var rows: [ReturnsTable.Row] = []
    for method in folder.contents(of: folder.evaluationParts) {
      for split in folder.contents(of: "\(folder.evaluationParts)/\(method)") {
        let place = "\(folder.evaluationParts)/\(method)/\(split)"
        for name in folder.contents(of: place)
        where name.hasSuffix(".csv") && !name.hasSuffix(".paths.csv") {
          let path = "\(place)/\(name)"
          let remedy =
            EvaluatedMethod(named: method).map {
              Remedy.evaluate($0, EvaluatedSplit(rawValue: split))
            } ?? .none("'distill evaluate' with the prompt that it was made with makes it")
          do {
            let part = try ReturnsTable(contentsOf: URL(fileURLWithPath: path))
            let seed = part.rows.first?.trainSeed
            let there = joined?.rows(method: method, split: split).filter { $0.trainSeed == seed }
            if let there, there != part.rows {
              faults.append(
                Fault(
                  file: path, reason: "\(path) and \(folder.returns) have different returns",
                  remedy: remedy))
            }
            rows += part.rows
          } catch {
            faults.append(Fault(file: path, reason: "\(error)", remedy: remedy))
          }
        }
      }
    }
    if let stranger = joined?.selections.first(where: { selection in
      EvaluatedMethod(named: selection.method) == nil
        && !rows.contains { $0.method == selection.method }
    }) {
      faults.append(
        Fault(
          file: nil,
          reason: "\(folder.returns) has returns of '\(stranger.method)', which nothing here makes",
          remedy: .join))
    }
    guard faults.isEmpty else { return faults }
    if joined != ReturnsTable(rows) {
      return [
        Fault(
          file: folder.returns,
          reason: "\(folder.returns) has not the returns of \(folder.evaluationParts)",
          remedy: .join)
      ]
    }
    if let joined, FileManager.default.fileExists(atPath: folder.summary) {
      let expected = try run.summary(of: joined).json()
      let found = try WholeFile.bytes(of: URL(fileURLWithPath: folder.summary))
      guard Array(expected) == found else {
        return [
          Fault(
            file: folder.summary, reason: "\(folder.summary) does not follow from the returns",
            remedy: .join)
        ]
      }
    }
    console.say("whole  \(folder.returns) (\(grouped(rows.count)) episodes)")
    return []
  }

  // MARK: Repair

  private func repair(_ faults: [Fault]) throws {
    // Returns that earlier programs left in the joined table alone are given files of their own before it goes.
    let file = URL(fileURLWithPath: folder.returns)
    if let table = try? ReturnsTable(contentsOf: file) {
      let known = table.rows.filter { EvaluatedMethod(named: $0.method) != nil }
      try ReturnsTable(known).write(to: file, replacing: true)
      try run.divideEvaluation()
    }
    for fault in faults {
      if case .none(let why) = fault.remedy {
        throw VerifyError.noRemedy(problem: fault.reason, why: why)
      }
      if let file = fault.file { try putAside(file) }
    }
    var trained: Set<String> = []
    var evaluated: Set<String> = []
    if faults.contains(where: { if case .collect = $0.remedy { true } else { false } }) {
      try CollectStage(run).perform()
    }
    for fault in faults {
      switch fault.remedy {
      case .collect, .join, .none: continue
      case .recordSource(let split): try run.recordSource(on: split)
      case .train(let method, let seed):
        guard trained.insert("\(method.name)/\(seed)").inserted else { continue }
        try TrainStage(run, method: method, seeds: [seed]).perform()
      case .evaluate(let method, let split):
        guard evaluated.insert("\(method.name)/\(split.rawValue)").inserted else { continue }
        // Returns that stand in the joined table alone would be taken for the part's.
        try removeIfPresent(folder.returns)
        try EvaluateStage(run, methods: [method], splits: [split]).perform()
      }
    }
    if FileManager.default.fileExists(atPath: folder.evaluationParts) {
      try run.joinEvaluation()
      console.wrote(folder.summary)
    }
    if FileManager.default.fileExists(atPath: folder.report) { try ReportStage(run).perform() }
  }

  /// Moves a file to the folder of what was broken, where nothing is overwritten.
  private func putAside(_ file: String) throws {
    guard FileManager.default.fileExists(atPath: file) else { return }
    let name =
      file.hasPrefix(folder.path + "/") ? String(file.dropFirst(folder.path.count + 1)) : file
    var place = "\(folder.path)/broken/\(name)"
    var number = 2
    while FileManager.default.fileExists(atPath: place) {
      place = "\(folder.path)/broken/\(name)-\(number)"
      number += 1
    }
    try makeFolder(URL(fileURLWithPath: place).deletingLastPathComponent().path)
    try moveFile(file, to: place)
    console.say("moved  \(file) to \(place)")
  }

  private func reason(_ look: () throws -> Void) -> String? {
    do {
      try look()
      return nil
    } catch {
      return "\(error)"
    }
  }
}

/// What a look through a run came to, where it is not whole.
public enum VerifyError: CommandError, Equatable {
  /// Some files are broken, and nothing was asked to be done.
  case broken(path: String, count: Int)
  /// Something is broken that nothing here makes anew.
  case noRemedy(problem: String, why: String)
  /// It is broken still.
  case notRepaired(path: String, count: Int)

  /// What was found and what to do.
  public var description: String {
    switch self {
    case .broken(let path, let count):
      "\(count) of the files of \(path) \(count == 1 ? "is" : "are") broken. '\(commandText("verify", path, "--repair"))' moves \(count == 1 ? "it" : "them") aside and makes \(count == 1 ? "it" : "them") anew."
    case .noRemedy(let problem, let why): "\(problem) It cannot be made anew here: \(why)."
    case .notRepaired(let path, let count):
      "\(count) of the files of \(path) \(count == 1 ? "is" : "are") broken still. What was broken lies in \(path)/broken."
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
