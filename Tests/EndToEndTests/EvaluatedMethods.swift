import Experiments

/// What the tests evaluate.
extension EvaluatedMethod {
  static let ad = EvaluatedMethod(AlgorithmDistillation())
  static let ed = EvaluatedMethod(ExpertDistillation())
  static let adRewardsHidden = EvaluatedMethod(AlgorithmDistillation(), .hiddenRewards)
  static let adPrompted = EvaluatedMethod(AlgorithmDistillation(), .prompted)
  static let edPrompted = EvaluatedMethod(ExpertDistillation(), .prompted)
}
