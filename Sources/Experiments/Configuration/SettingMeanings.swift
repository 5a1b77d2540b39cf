// The doc comments of settings, for 'distill help settings'. Made by SettingMeaningsTests.swift: run it with
// DISTILL_RECORD_SNAPSHOTS set after a change.

// swift-format-ignore
let settingMeanings: [String: String] = [
  "A3CSettings.actors":
    "The number of actors, each of which makes one history.",
  "A3CSettings.discount":
    "γ, per step.",
  "A3CSettings.entropyBonus":
    "The weight of the policy's entropy, in nats, beside the discounted return.",
  "A3CSettings.episodes":
    "Episodes of each actor.",
  "A3CSettings.fewestPriorEpisodes":
    "The fewest episodes of each actor on a task that is learned before the recorded one.",
  "A3CSettings.hiddenLayers":
    "Hidden layers of the policy's network, and of the value's.",
  "A3CSettings.hiddenWidth":
    "Units of each hidden layer.",
  "A3CSettings.lambda":
    "λ of the returns, from 0 (one step and the value after it) to 1 (to the end of the episode).",
  "A3CSettings.learningRate":
    "Adam's step size.",
  "A3CSettings.mostPriorEpisodes":
    "The most episodes of each actor on such a task; each run draws a number. Too many, and the policy is too sure of itself to be unlearned.",
  "A3CSettings.noveltyBonus":
    "β: what learning adds to the reward of coming to see something for the n-th time on a task, over all actors, is β / √n (Strehl & Littman 2008; Bellemare et al. 2016). Histories keep the task's rewards.",
  "A3CSettings.problems":
    "What makes the settings impossible; empty if nothing does.",
  "A3CSettings.unroll":
    "The environment steps that an actor takes between two updates.",
  "ActingSettings.droppedFraction":
    "The greatest share of a full context that a transformer drops at once, above 0 and up to a half.",
  "ActingSettings.exploration":
    "ε, the probability of an action at random, where a model predicts the values of actions, and not which is taken; otherwise the action of the greatest value.",
  "ActingSettings.temperature":
    "Divides the logits before an action is drawn; 1 acts as the model predicts. Above 0.",
  "BanditSettings.arms":
    "Arms of each bandit.",
  "BanditSettings.bandits":
    "Bandits to learn from.",
  "BanditSettings.oddFraction":
    "The share of the bandits to learn from whose odd arms are the better ones.",
  "BanditSettings.problems":
    "What no bandit can be.",
  "BanditSettings.testBandits":
    "Bandits of each test set: odd, even, uniform.",
  "CartPoleSettings.actions":
    "The number of actions: forces that are evenly apart, half of them to either side.",
  "CartPoleSettings.carts":
    "The number of tasks.",
  "CartPoleSettings.episodeLength":
    "Steps of an episode, at most.",
  "CartPoleSettings.greatestForce":
    "The greatest of the tasks' greatest forces, in newtons.",
  "CartPoleSettings.leastForce":
    "The least of the tasks' greatest forces, in newtons.",
  "CartPoleSettings.longestHalfLength":
    "The longest half of a pole, in metres.",
  "CartPoleSettings.shortestHalfLength":
    "The shortest half of a pole, in metres.",
  "CollectionSettings.historiesPerTask":
    "The number of histories recorded on each task: the learner's streams times the learners.",
  "CollectionSettings.priorTaskFraction":
    "The share of the learners that have learned another of the recorded tasks before, for a while. Their histories begin with what is of no use here any more and show how it is given up.",
  "CollectionSettings.problems":
    "What cannot be done as set; empty if all can.",
  "ContextSettings.episodeSubsampling":
    "Of how many successive episodes of a history one is kept; the first is drawn for every window. Of fewer, where a history would otherwise be too short for a window.",
  "ContextSettings.fromStartFraction":
    "The share of windows that begin with their history, under `from-start-and-sliding`.",
  "ContextSettings.maskProbability":
    "The probability that the content of an input token is hidden in training.",
  "ContextSettings.problems":
    "What is impossible about these settings.",
  "ContextSettings.steps":
    "The length of a context, in environment steps.",
  "ContextSettings.tasks":
    "Of how many training tasks histories are shown, drawn by chance, such that more tasks contain fewer; 0 for all.",
  "ContextSettings.variesSubsampling":
    "Whether each window draws of how many episodes it keeps one, from 1 to episode_subsampling: then models see histories at all speeds, also those in which nothing is found for long.",
  "ContextSettings.windows":
    "Where windows begin, and which of their predictions count.",
  "DQNSettings.actors":
    "The number of actors, each of which makes one history.",
  "DQNSettings.batch":
    "The rollouts of an update.",
  "DQNSettings.discount":
    "γ, per step.",
  "DQNSettings.episodes":
    "Episodes of each actor.",
  "DQNSettings.explorationAfterPrior":
    "ε in an actor's first episode of a task that comes after another, whatever it is in the first: low, so that what was learned there is tried here, and given up.",
  "DQNSettings.explorationFraction":
    "The part of the episodes over which ε falls linearly from the first to the last.",
  "DQNSettings.fewestPriorEpisodes":
    "The fewest episodes of each actor on a task that is learned before the recorded one.",
  "DQNSettings.finalExploration":
    "ε from the end of the decay on.",
  "DQNSettings.gradientClipNorm":
    "The greatest norm of the gradient; larger ones are scaled down to it.",
  "DQNSettings.initialExploration":
    "ε in an actor's first episode.",
  "DQNSettings.lambda":
    "λ of the returns, from 0 (one step and the greatest value after it) to 1.",
  "DQNSettings.learningRate":
    "Adam's step size.",
  "DQNSettings.mostPriorEpisodes":
    "The most episodes of each actor on such a task; each run draws a number.",
  "DQNSettings.problems":
    "What makes the settings impossible; empty if nothing does.",
  "DQNSettings.replayCapacity":
    "The newest steps that the replay draws from, those that are new among them. Older ones are kept, and not drawn.",
  "DQNSettings.replayFraction":
    "The share of an update's rollouts that are drawn from the replay; the others are the newest.",
  "DQNSettings.rollout":
    "The environment steps of a rollout, which learns from the values of one state more.",
  "DQNSettings.rolloutOverlap":
    "The steps that an actor's rollout shares with the one before it.",
  "DQNSettings.targetPeriod":
    "The updates after which the target network copies the other.",
  "DarkRoomHardSettings.endsWhenDone":
    "Whether an episode ends with its reward; if not, it has all its steps.",
  "DarkRoomHardSettings.episodeLength":
    "Steps of an episode.",
  "DarkRoomHardSettings.problems":
    "What no room can be.",
  "DarkRoomHardSettings.size":
    "Rows and columns of the grid.",
  "DarkRoomSettings.episodeLength":
    "Steps of an episode.",
  "DarkRoomSettings.problems":
    "What no room can be.",
  "DarkRoomSettings.size":
    "Rows and columns of the grid.",
  "DialsSettings.dials":
    "The dials of each panel: the factors of an action.",
  "DialsSettings.episodeLength":
    "Steps of an episode.",
  "DialsSettings.modes":
    "The modes of a panel.",
  "DialsSettings.panels":
    "The number of tasks.",
  "DialsSettings.positions":
    "The places where a dial can stand.",
  "EvaluationSettings.controlFraction":
    "The part of the seeds that controls act with: models whose rewards are hidden, or whose context begins with converged episodes. Theirs are the first of the seeds, at least one.",
  "EvaluationSettings.controlSeeds":
    "Streams of each task that controls have.",
  "EvaluationSettings.droppedFraction":
    "The greatest share of a full context that is dropped at once, up to an episode's start, to make room: a model that drops less has more in mind, and reads what is left again more often.",
  "EvaluationSettings.episodes":
    "Episodes in context.",
  "EvaluationSettings.problems":
    "What is impossible about these settings.",
  "EvaluationSettings.seeds":
    "Streams of each task, which differ in the chance of actions and of the world.",
  "EvaluationSettings.temperature":
    "Divides the logits before an action is drawn; 1 acts as the model predicts.",
  "ExperimentConfiguration.collect":
    "How it is recorded.",
  "ExperimentConfiguration.context":
    "What the model sees of the recordings.",
  "ExperimentConfiguration.evaluate":
    "How models are tested.",
  "ExperimentConfiguration.model":
    "The model's shape.",
  "ExperimentConfiguration.problems":
    "What is impossible, with the path of the property to blame; empty if the experiment can run.",
  "ExperimentConfiguration.seed":
    "What everything random follows from.",
  "ExperimentConfiguration.source":
    "The learner whose learning is recorded.",
  "ExperimentConfiguration.split":
    "How many tasks test and how many tune.",
  "ExperimentConfiguration.task":
    "The worlds.",
  "ExperimentConfiguration.train":
    "How the model is trained.",
  "ExperimentConfiguration.trainSeeds":
    "The training seeds: a model of each method for each.",
  "ExpertDistillationSettings.lastFraction":
    "The share of each history, from its end, that counts as expert.",
  "ExpertDistillationSettings.problems":
    "What leaves no expert.",
  "ExpertDistillationSettings.updatesFraction":
    "The share of `train.updates` that its models are trained for: the expert is quickly learned.",
  "GittinsPolicySettings.discount":
    "γ, per pull: an agent that looks 1 / (1 − γ) pulls ahead.",
  "GittinsPolicySettings.episodes":
    "Episodes of the history; in a bandit each is a pull.",
  "GittinsPolicySettings.problems":
    "What makes the settings impossible; empty if nothing does.",
  "GymnasiumSettings.environment":
    "The environment: the name it is registered by, such as FrozenLake-v1, after the module that registers it and a colon, such as minigrid:MiniGrid-Empty-5x5-v0, or after a file of Python, such as my_world.py:MyWorld-v0.",
  "GymnasiumSettings.episodeLength":
    "Steps of an episode, at most; 0 for what the environment says, which is then noted here.",
  "GymnasiumSettings.interface":
    "What is observed and done: JSON with the keys of interface in data/schema.md. Asked of the environment where it is empty, and then noted here.",
  "GymnasiumSettings.rewardScale":
    "What models multiply rewards by before they read them, so that they are of order one.",
  "GymnasiumSettings.secondsPerStep":
    "The seconds after which an environment that does not answer is given up.",
  "GymnasiumSettings.tasks":
    "The tasks: the path of a YAML file, or what it says as JSON.",
  "GymnasiumSettings.unseen":
    "The parts of observations that models and learners do not see, since they are no numbers, such as texts; noted with the interface.",
  "KeyToDoorSettings.endsWhenDone":
    "Whether an episode ends with the door; if not, it has all its steps.",
  "KeyToDoorSettings.episodeLength":
    "Steps of an episode.",
  "KeyToDoorSettings.problems":
    "What no room can be.",
  "KeyToDoorSettings.size":
    "Rows and columns of the grid.",
  "ModelSettings.architecture":
    "What it is made of.",
  "ModelSettings.attentionDropout":
    "The dropout of attention weights, in training.",
  "ModelSettings.chronoInitialisation":
    "Whether the cells of a recurrent model begin to remember for times of one step to those of the context, evenly by their logarithm, by way of the biases of forget and input gates (chrono initialisation; Tallec & Ollivier 2018, arXiv:1804.11188, has them even by the time itself), with input gates of the first layer that a reward opens: what lasts is then what was seen where there was one. If not, all forget gates begin with a bias of 1, which remembers for some four steps.",
  "ModelSettings.dropout":
    "The dropout of embeddings and of what each sublayer adds, in training.",
  "ModelSettings.feedForward":
    "The width inside the feed-forward layer.",
  "ModelSettings.heads":
    "The number of attention heads, which share the width.",
  "ModelSettings.layers":
    "The number of blocks, or of recurrent layers.",
  "ModelSettings.normPlacement":
    "Where layer normalisation stands.",
  "ModelSettings.ordinalObservations":
    "Whether what is seen of a cell is the sum of the embeddings of all numbers up to its column, and to its row: neighbours then resemble each other. If not, each column and each row has an embedding of its own.",
  "ModelSettings.problems":
    "What is impossible about these settings.",
  "ModelSettings.sight":
    "The network that encodes what is seen, if that is not cells, which have embeddings. A picture goes through convolutions, then, as a vector does, through rectified layers of widths and a linear map to the width of the model. Of categories each place and value has an embedding, whose sum goes the same way. With widths empty a vector is embedded by one linear map, and categories are by the sum alone.",
  "ModelSettings.tokensPerStep":
    "1: a token holds the previous action and reward and the observation. 3: observation, action and reward are tokens of their own.",
  "ModelSettings.width":
    "The width of the residual stream, or of the outputs of a recurrent layer.",
  "NoiseCurriculumSettings.episodes":
    "Episodes of the history.",
  "NoiseCurriculumSettings.fadingFraction":
    "The part of the episodes over which ε falls.",
  "NoiseCurriculumSettings.finalNoise":
    "ε from the end of the fading on.",
  "NoiseCurriculumSettings.initialNoise":
    "ε in the first episode.",
  "NoiseCurriculumSettings.problems":
    "What makes the settings impossible; empty if nothing does.",
  "PosteriorSamplingSettings.discount":
    "γ, per step, of what a drawn task promises: below 1 it makes haste.",
  "PosteriorSamplingSettings.episodes":
    "Episodes of the history.",
  "PosteriorSamplingSettings.noise":
    "The probability of any action in the place of the best.",
  "PosteriorSamplingSettings.problems":
    "What makes the settings impossible; empty if nothing does.",
  "PosteriorSamplingSettings.samples":
    "Tasks that are drawn at a time; the one with the greatest value from where the learner is is followed. 1 is posterior sampling; many seek what is nearest.",
  "RL2Settings.algorithm":
    "What it learns by.",
  "RL2Settings.chronoInitialisation":
    "As `model.chrono_initialisation`, with the steps of a trial.",
  "RL2Settings.discount":
    "γ, per step, also from one episode of a trial to the next.",
  "RL2Settings.entropyBonus":
    "The weight of an actor-critic's entropy, in nats, at the beginning.",
  "RL2Settings.environments":
    "The environments that are acted in at once.",
  "RL2Settings.episodesPerTrial":
    "The episodes of a trial, over which the task stays and the memory is kept.",
  "RL2Settings.explorationFraction":
    "The part of the training over which ε falls on a straight line.",
  "RL2Settings.finalEntropyFraction":
    "The last weight of the entropy, as a share of the first; it falls on a straight line.",
  "RL2Settings.finalExploration":
    "Q(λ)'s ε from the end of its decay on, and when the model is evaluated.",
  "RL2Settings.finalLearningRateFraction":
    "The last step size, as a share of the first; it falls on a straight line.",
  "RL2Settings.gradientClipNorm":
    "The greatest global norm of the gradient; larger ones are scaled down to it.",
  "RL2Settings.initialExploration":
    "Q(λ)'s ε at the beginning.",
  "RL2Settings.keepEvery":
    "As `train.keep_every`.",
  "RL2Settings.lambda":
    "λ of the returns.",
  "RL2Settings.layers":
    "The number of recurrent layers, one on the other.",
  "RL2Settings.learningRate":
    "Adam's step size at the beginning.",
  "RL2Settings.ordinalObservations":
    "As `model.ordinal_observations`.",
  "RL2Settings.problems":
    "What is impossible about these settings.",
  "RL2Settings.rewardScale":
    "Multiplies rewards where returns are learned from, so that the values of a trial are of order one and their errors do not drown the policy's in the gradient that they share.",
  "RL2Settings.searchBonus":
    "What learning adds to the reward of coming to see something for the first time since the best return of the trial's episodes last rose, in an episode that has come to as much: so it searches where no training task has a goal, and beyond what it has found. The step that makes the best return rise has it, too; what an episode begins with has not been come to. The model is told the task's rewards.",
  "RL2Settings.steps":
    "The environment steps of a training, over all environments; rounded up to whole updates.",
  "RL2Settings.stepsPerUpdate":
    "The steps of one update, over all environments.",
  "RL2Settings.unroll":
    "The steps of each environment between two updates.",
  "RL2Settings.valueWeight":
    "The weight of the squared error of an actor-critic's value.",
  "RL2Settings.weightDecay":
    "Decoupled weight decay (AdamW); 0 gives Adam.",
  "RL2Settings.width":
    "The number of cells of a recurrent layer.",
  "RecurrentDistillationSettings.layers":
    "The number of layers, one on the other.",
  "RecurrentDistillationSettings.learningRate":
    "The greatest learning rate, in the place of `train.learning_rate`.",
  "RecurrentDistillationSettings.problems":
    "What is no model and no training.",
  "RecurrentDistillationSettings.updatesFraction":
    "The share of `train.updates` that its models are trained for.",
  "RecurrentDistillationSettings.width":
    "The number of cells of a layer.",
  "SightSettings.channels":
    "The channels of each block's convolution.",
  "SightSettings.dropout":
    "The dropout that ends each block, in training.",
  "SightSettings.kernels":
    "The side of each block's convolution, in pixels.",
  "SightSettings.normalises":
    "Whether the channels of each pixel are normalised after each convolution.",
  "SightSettings.poolKernel":
    "The side of the window that is pooled after each convolution; 1 takes every pixel as it is.",
  "SightSettings.poolStride":
    "The stride of that window.",
  "SightSettings.problems":
    "What is impossible about these settings.",
  "SightSettings.residualUnits":
    "Residual units of two 3 × 3 convolutions that end each block (Espeholt et al. 2018, arXiv:1802.01561).",
  "SightSettings.strides":
    "The stride of each block's convolution, in pixels.",
  "SightSettings.widths":
    "The widths of the linear layers after the blocks.",
  "SourceSettings.algorithm":
    "The learner's name.",
  "SourceSettings.customMirror":
    "The name, then the algorithm's settings: the section as files have it.",
  "SourceSettings.problems":
    "What no learner can be made of.",
  "SourceSettings.remembersRewards":
    "Whether the learner sees how many rewards the episode has given, beside what the task shows it. Learners that do not look at what they are shown, an oracle and UCB, refuse it.",
  "SourceSettings.settings":
    "The settings of the learner, whose type says which learner it is.",
  "SplitSettings.heldOut":
    "Tasks that test: in no training shard and no training decision.",
  "SplitSettings.problems":
    "What no split can be.",
  "SplitSettings.training":
    "Tasks that train, as many of every stratum as there are; 0 for all that are left.",
  "SplitSettings.validation":
    "Tasks of the training side that tune.",
  "TabularQLearningSettings.discount":
    "γ, per step.",
  "TabularQLearningSettings.episodes":
    "Episodes of the history.",
  "TabularQLearningSettings.explorationFraction":
    "The part of the episodes over which ε falls linearly from the first to the last.",
  "TabularQLearningSettings.finalExploration":
    "ε from the end of the decay on.",
  "TabularQLearningSettings.initialExploration":
    "ε in the first episode.",
  "TabularQLearningSettings.initialValue":
    "Q of everything before it is tried. Above what is to be earned, the learner seeks what it has not tried.",
  "TabularQLearningSettings.learningRate":
    "α: how far a value moves towards its target.",
  "TabularQLearningSettings.problems":
    "What makes the settings impossible; empty if nothing does.",
  "TaskSettings.customMirror":
    "The name, then the family's settings: the section as files have it.",
  "TaskSettings.family":
    "The family's name.",
  "TaskSettings.problems":
    "What no world can be.",
  "TaskSettings.settings":
    "The settings of the family, whose type says which family it is.",
  "ThompsonSamplingSettings.episodes":
    "Episodes of the history; in a bandit each is a pull.",
  "ThompsonSamplingSettings.problems":
    "What makes the settings impossible; empty if nothing does.",
  "TrainingSettings.beta1":
    "The decay of the first moment.",
  "TrainingSettings.beta2":
    "The decay of the second moment.",
  "TrainingSettings.epsilon":
    "Keeps the step finite where gradients vanish.",
  "TrainingSettings.finalLearningRateFraction":
    "The last learning rate, as a share of the greatest.",
  "TrainingSettings.gradientClipNorm":
    "The greatest global norm of the gradient; larger ones are scaled down to it.",
  "TrainingSettings.initialLearningRate":
    "The learning rate of the first update.",
  "TrainingSettings.keepEvery":
    "After every so many updates the model is kept as it is then, in a file of its own that evaluate and serve take; 0 keeps the trained one alone.",
  "TrainingSettings.labelSmoothing":
    "The share of the target spread evenly over all actions.",
  "TrainingSettings.learningRate":
    "The greatest learning rate.",
  "TrainingSettings.problems":
    "What is impossible about these settings.",
  "TrainingSettings.seeds":
    "The training seeds; each makes a model of its own.",
  "TrainingSettings.updates":
    "The number of optimiser steps.",
  "TrainingSettings.validationEvery":
    "The updates between two such measurements; the last update is always measured.",
  "TrainingSettings.validationTasks":
    "Of how many training tasks, drawn by chance, the histories are kept from training, and measured while models are trained: `training.csv` then has the loss and accuracy of windows of them, without dropout and hidden tokens. Histories of validation tasks, which imported sets can have, are measured as well. RL² trains on all tasks.",
  "TrainingSettings.warmUpUpdates":
    "The updates over which the rate rises; after them it falls along a half cosine.",
  "TrainingSettings.weightDecay":
    "Decoupled weight decay (AdamW); 0 gives Adam.",
  "TrainingSettings.windowsPerUpdate":
    "The windows of histories in one update.",
  "UpperConfidenceBoundSettings.episodes":
    "Episodes of the history; in a bandit each is a pull.",
  "UpperConfidenceBoundSettings.exploration":
    "α: how much what is not known counts. UCB1 has √2.",
  "UpperConfidenceBoundSettings.problems":
    "What makes the settings impossible; empty if nothing does.",
  "WatermazeSettings.episodeLength":
    "Steps of an episode, at most.",
  "WatermazeSettings.frameColumns":
    "The width of a picture, in pixels.",
  "WatermazeSettings.frameRows":
    "The height of a picture, in pixels.",
  "WatermazeSettings.pools":
    "The number of pools, each with its platform elsewhere.",
  "WatermazeSettings.problems":
    "What no pool can be.",
  "WatermazeSettings.restSteps":
    "The steps that an episode goes on after the platform was found, in which it is to be seen; with the episode's length, all that are left.",
  "WatermazeSettings.startHeading":
    "Where the agent looks at the start.",
  "WatermazeSettings.view":
    "What the agent is shown.",
]
