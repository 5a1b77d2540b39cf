// The exit statuses of the errors of other modules: which kind of failure each cause is.

public import Contexts
public import Evaluation
public import Gymnasium
public import Interprocess
public import LearningHistories
public import Models
public import Ranks
public import Reports
public import SourceAlgorithms
public import TensorFiles
public import Training

extension SystemFailure: CommandError {
  public var exitStatus: ExitStatus { .inputOutput }
}

extension ChannelFailure: CommandError {
  public var exitStatus: ExitStatus { .inputOutput }
}

extension TensorFileError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    case .unreadable, .noSpace: .inputOutput
    case .alreadyExists, .unwritable: .cannotCreate
    case .cutShort, .damaged, .notSafetensors, .notAnArrayFile, .missingTensor, .wrongType,
      .wrongShape:
      .badData
    }
  }
}

extension HistoryError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .missingFolder, .missingManifest, .missingShard: .missingInput
    case .damagedShard(let error), .unwritable(let error): error.exitStatus
    case .unreadableManifest, .wrongVersion, .notAShard, .wrongSize, .wrongChecksum, .otherSettings,
      .madeWith, .contradiction, .foreign, .impossibleSplit, .otherSplit, .emptyEpisode,
      .longEpisode,
      .impossibleStep, .impossibleEpisode, .impossibleShard, .impossibleSet, .unfinished:
      .badData
    }
  }
}

extension CheckpointError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .file(let error): error.exitStatus
    case .notAModel, .notFinite, .otherConfiguration: .badData
    }
  }
}

extension TrainingError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .diverged: .failure
    case .otherCheckpoint, .logCutShort, .logDamaged: .badData
    }
  }
}

extension RanksError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .tooMany, .undivided: .usage
    case .otherBeginning: .badData
    case .noThreads: .configuration
    }
  }
}

extension AgentError: CommandError {
  public var exitStatus: ExitStatus { .badData }
}

extension GymnasiumError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .cannotStart: .configuration
    case .failed: .failure
    case .tooMany: .usage
    }
  }
}

extension LearnerDivergence: CommandError {
  /// A learner that failed.
  public var exitStatus: ExitStatus { .failure }
}

extension ComparisonError: CommandError {
  /// All are files that are not what they should be.
  public var exitStatus: ExitStatus { .badData }
}

extension ReportError: CommandError {
  /// All are files that are not what they should be.
  public var exitStatus: ExitStatus { .badData }
}

extension ContextError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .noHistories, .historyTooShort: .badData
    }
  }
}

extension PathError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    case .unwritable: .cannotCreate
    case .wrongHeader, .wrongRow: .badData
    }
  }
}

extension ReturnsError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    case .unwritable, .exists: .cannotCreate
    case .wrongHeader, .wrongFieldCount, .wrongValue, .cutShort, .incomplete, .noReference,
      .otherTasks, .notASummary:
      .badData
    case .noSource: .missingInput
    }
  }
}

extension OthersReturnsError: CommandError {
  public var exitStatus: ExitStatus {
    switch self {
    case .missingColumn, .unknownColumn, .repeatedColumn, .noRows, .wrongFieldCount, .openQuote,
      .wrongValue, .twice, .missing, .otherTasks:
      .badData
    case .notThere, .notSaid, .noEnvSteps: .usage
    }
  }
}
