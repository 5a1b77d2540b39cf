// The exit statuses of the errors of other modules: which kind of failure each cause is.

internal import Contexts
internal import Evaluation
internal import LearningHistories
internal import Models
internal import Reports
internal import SourceAlgorithms
internal import TensorFiles
internal import Training

extension TensorFileError: CommandError {
  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    case .unreadable, .noSpace: .inputOutput
    case .alreadyExists, .unwritable: .cannotCreate
    case .cutShort, .notSafetensors, .missingTensor, .wrongType, .wrongShape: .badData
    }
  }
}

extension HistoryError: CommandError {
  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .missingFolder, .missingManifest, .missingShard: .missingInput
    case .damagedShard(let error), .unwritable(let error): error.exitStatus
    case .unreadableManifest, .wrongVersion, .notAShard, .wrongSize, .wrongChecksum, .otherSettings,
      .contradiction, .foreign, .impossibleSplit, .otherSplit:
      .badData
    }
  }
}

extension CheckpointError: CommandError {
  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .file(let error): error.exitStatus
    case .notAModel, .otherConfiguration: .badData
    }
  }
}

extension TrainingError: CommandError {
  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .diverged, .policyDiverged: .failure
    case .otherCheckpoint, .logCutShort: .badData
    }
  }
}

extension LearnerDivergence: CommandError {
  /// A learner that failed.
  package var exitStatus: ExitStatus { .failure }
}

extension ComparisonError: CommandError {
  /// All are files that are not what they should be.
  package var exitStatus: ExitStatus { .badData }
}

extension ReportError: CommandError {
  /// All are files that are not what they should be.
  package var exitStatus: ExitStatus { .badData }
}

extension ContextError: CommandError {
  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .noHistories, .historyTooShort: .badData
    }
  }
}

extension PathError: CommandError {
  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    case .unwritable: .cannotCreate
    case .wrongHeader, .wrongRow: .badData
    }
  }
}

extension ReturnsError: CommandError {
  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .unreadable: .missingInput
    case .unwritable, .exists: .cannotCreate
    case .wrongHeader, .wrongFieldCount, .wrongValue, .cutShort, .incomplete, .noReference,
      .otherTasks:
      .badData
    case .noSource: .missingInput
    }
  }
}
