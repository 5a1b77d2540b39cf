// What can be wrong with histories from elsewhere before they are a set, and what cannot be done without their worlds.

/// Why histories cannot be imported, or a run of imported ones cannot go on.
public enum ImportError: CommandError, Equatable {
  /// Something an array should hold, and what it holds.
  case impossible(path: String, array: String, step: Int, expected: String, found: String)
  /// Arrays that do not fit one another, or lack what is needed.
  case unusable(path: String, reason: String)
  /// Something that the file does not say, and the option that says it.
  case notSaid(path: String, what: String, option: String)
  /// The run folder has histories already.
  case exists(path: String)
  /// A set that this program recorded.
  case recorded(path: String)
  /// The worlds of a run are not known.
  case noWorlds(family: String, what: String)
  /// The learner of imported histories was to learn.
  case cannotLearnAgain(learner: String)
  /// What the learner of imported histories would take was to be estimated.
  case cannotBeSampled(learner: String)
  /// A set that a preset's learner did not make was to stand for what it would record.
  case notOfThePreset(path: String)
  /// The Python program that converts a format failed.
  case converter(message: String)

  /// What was expected, what was found and what to do.
  public var description: String {
    switch self {
    case .impossible(let path, let array, let step, let expected, let found):
      "\(path) has in '\(array)' at step \(step) \(found), expected \(expected). "
        + "Nothing was written; mend the file and import it again."
    case .unusable(let path, let reason): "\(path) cannot be imported: \(reason)."
    case .notSaid(let path, let what, let option):
      "\(path) does not say \(what). Say it with \(option)."
    case .exists(let path):
      "\(path) exists already and is left as it is. Choose another folder with --out."
    case .recorded(let path):
      "\(path) was recorded by this program. Use it with "
        + "'\(commandText("collect", "--preset", "PRESET", "--out", "RUN", "--histories", path))'."
    case .noWorlds(let family, let what):
      "this program has no worlds of '\(family)', so \(what). Import the histories with --family if it has them "
        + "under another name, or add the family as CONTRIBUTING.md says."
    case .cannotLearnAgain(let learner):
      "the histories of '\(learner)' come from elsewhere, so it cannot be run again here. Leave the source and its "
        + "prompts out with --methods, or import histories of these tasks too."
    case .cannotBeSampled(let learner):
      "the histories of '\(learner)' come from elsewhere, so none of its work can be sampled for an estimate. "
        + "'distill inspect RUN' lists what is there of the run."
    case .notOfThePreset(let path):
      "\(path) was imported, not recorded with these settings. Train on it with "
        + "'\(commandText("import", "set", path, "--out", "RUN"))', where --preset PRESET takes the other settings of a preset."
    case .converter(let message): message
    }
  }

  /// By cause.
  public var exitStatus: ExitStatus {
    switch self {
    case .impossible, .unusable, .converter: .badData
    case .notSaid, .noWorlds, .cannotLearnAgain, .cannotBeSampled, .recorded, .notOfThePreset:
      .usage
    case .exists: .cannotCreate
    }
  }
}
