// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to these: language mode 6 with explicit imports, and no unsafe construct
/// that is not marked as such.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

/// A module of the package. `dependencies` are the modules to its left in the picture of
/// CONTRIBUTING.md; `scripts/check-layers` holds the imports to it.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [],
  settings: [SwiftSetting] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: strict + settings)
}

/// The tests of the module of the same name.
func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.target(name: name), "TestSupport"] + dependencies,
    swiftSettings: strict)
}

let package = Package(
  name: "AlgorithmDistillation",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "AlgorithmDistillation", targets: ["AlgorithmDistillation"]),
    .library(name: "DistillCommand", targets: ["DistillCommand"]),
    .executable(name: "distill", targets: ["distill"]),
  ],
  traits: [
    .trait(
      name: "MPI",
      description:
        "Trains one model on several ranks, on any machines, by Open MPI. Needs libopenmpi-dev.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // Doors to C.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    // Needed and looked for only with the trait `MPI`.
    .systemLibrary(
      name: "COpenMPI", pkgConfig: "ompi-c",
      providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(name: "CKernels"),
    .target(name: "CMapping"),
    .target(name: "CPresets"),

    // Foundations.
    module(
      "LinearAlgebra", ["CKernels", "COpenBLAS"],
      settings: [.enableExperimentalFeature("Lifetimes")]),
    module("Randomness"),
    module("TensorFiles", ["CCrypto", "CMapping", "CZlib"]),
    module("Pictures", ["CZlib"]),
    module("Tables", ["TensorFiles"]),
    module("Interprocess"),
    module(
      "Ranks",
      ["LinearAlgebra", .target(name: "COpenMPI", condition: .when(traits: ["MPI"]))]),

    // The pipeline, left to right.
    module("Tasks", ["Randomness"]),
    module("Layers", ["Tasks", "Randomness", "LinearAlgebra"]),
    module("Learning", ["Randomness", "LinearAlgebra"]),
    module("SourceAlgorithms", ["Learning", "Layers", "Tasks", "Randomness", "LinearAlgebra"]),
    module(
      "LearningHistories",
      ["SourceAlgorithms", "Tasks", "Randomness", "TensorFiles", "LinearAlgebra"]),
    module(
      "Gymnasium", ["LearningHistories", "Tasks", "Randomness", "Interprocess", "Yams"],
      resources: [.embedInCode("Resources/worker.py")]),
    module("Contexts", ["LearningHistories", "Tasks", "Randomness", "LinearAlgebra"]),
    module(
      "Models", ["Contexts", "Layers", "Tasks", "LinearAlgebra", "Randomness", "TensorFiles"]),
    module(
      "Training",
      [
        "Models", "Contexts", "LearningHistories", "Learning", "Tasks", "Tables", "Ranks",
        "LinearAlgebra", "Randomness", "TensorFiles",
      ]),
    module(
      "Evaluation",
      [
        "Models", "Contexts", "LearningHistories", "Learning", "Tasks", "Tables", "LinearAlgebra",
        "Randomness", "TensorFiles",
      ]),
    module(
      "Reports",
      [
        "Evaluation", "Tasks", "Tables", "Randomness",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [
        .embedInCode("Resources/report.mustache"), .embedInCode("Resources/sweep.mustache"),
        .embedInCode("Resources/page.css"),
      ]),
    module(
      "Experiments",
      [
        "Reports", "Evaluation", "Training", "Models", "Contexts", "LearningHistories",
        "Gymnasium", "SourceAlgorithms", "Tasks", "Tables", "Randomness", "LinearAlgebra",
        "TensorFiles", "Pictures", "Interprocess", "Ranks", "CPresets", "Yams",
      ]),

    // What users import and run.
    module(
      "AlgorithmDistillation",
      [
        "Experiments", "Evaluation", "Training", "Models", "Contexts", "Gymnasium",
        "LearningHistories", "SourceAlgorithms", "Learning", "Layers", "Tasks", "Randomness",
        "Ranks", "TensorFiles",
      ]),
    module(
      "DistillCommand",
      ["Experiments", "Ranks", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    .executableTarget(name: "distill", dependencies: ["DistillCommand"], swiftSettings: strict),

    // Tests.
    .target(
      name: "TestSupport",
      dependencies: [
        "SourceAlgorithms", "Layers", "Tasks", "LinearAlgebra", "Randomness", "TensorFiles",
        "Interprocess",
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
    // Built beside the tests and started by them, but linked into none: it replaces `malloc`.
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .executableTarget(
      name: "training-allocations",
      dependencies: [
        "AllocationCounter", "Training", "Models", "Layers", "Contexts", "Tasks",
        "Randomness",
      ],
      path: "Tests/training-allocations", swiftSettings: strict),
    tests(of: "Randomness"),
    tests(of: "Tasks", ["Randomness"]),
    tests(of: "LinearAlgebra"),
    tests(of: "TensorFiles"),
    tests(of: "Tables"),
    tests(of: "Layers", ["Learning", "LinearAlgebra", "Randomness", "Tasks"]),
    tests(of: "Pictures"),
    tests(of: "Learning", ["LinearAlgebra", "Randomness"]),
    tests(
      of: "SourceAlgorithms",
      ["Learning", "LearningHistories", "Layers", "Tasks", "Randomness", "LinearAlgebra"]),
    tests(
      of: "Models", ["Training", "Layers", "Contexts", "Tasks", "LinearAlgebra", "Randomness"]),
    tests(of: "Contexts", ["LearningHistories", "SourceAlgorithms", "Randomness", "Tasks"]),
    tests(
      of: "Training",
      [
        "Contexts", "Layers", "LearningHistories", "Learning", "LinearAlgebra", "Models",
        "Randomness", "Ranks", "SourceAlgorithms", "Tasks", "TensorFiles",
      ]),
    tests(
      of: "Evaluation",
      [
        "Contexts", "LearningHistories", "LinearAlgebra", "Randomness", "Tasks", "TensorFiles",
        "Models",
      ]),
    tests(of: "Reports", ["Evaluation", "Tasks", "Randomness"]),
    tests(
      of: "LearningHistories", ["SourceAlgorithms", "Tasks", "Randomness", "TensorFiles"]),
    tests(
      of: "Experiments",
      [
        "Contexts", "Evaluation", "LearningHistories", "LinearAlgebra", "Pictures", "Randomness",
        "Reports", "SourceAlgorithms", "Tasks", "Training", "Models",
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "distill", "Experiments", "Evaluation", "Training", "Models", "Contexts",
        "Layers", "LearningHistories", "Tasks", "Randomness", "LinearAlgebra", "TensorFiles",
        "Interprocess", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "distill", "AlgorithmDistillation", "DistillCommand", "Evaluation", "Experiments",
        "Interprocess", "LearningHistories", "Models", "SourceAlgorithms", "Tasks", "Randomness",
        "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["Snapshots"],
      swiftSettings: strict),
  ],
  cLanguageStandard: .c17
)

// The fuzzers are built only by scripts/fuzz: they need the toolchain's libFuzzer and instrumented modules.
if Context.environment["DISTILL_FUZZ"] != nil {
  func fuzzer(of format: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
      name: "fuzz-\(format)", dependencies: ["FuzzSupport"] + dependencies,
      path: "Tests/Fuzz/\(format)", swiftSettings: strict)
  }
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .target(
      name: "FuzzSupport", dependencies: ["CFuzzer"], path: "Tests/Fuzz/FuzzSupport",
      swiftSettings: strict),
    fuzzer(of: "arrays", ["TensorFiles"]),
    fuzzer(of: "shard", ["LearningHistories"]),
    fuzzer(of: "manifest", ["LearningHistories"]),
    fuzzer(of: "model", ["Models"]),
    fuzzer(of: "table", ["Evaluation", "Tables"]),
    fuzzer(of: "configuration", ["Experiments"]),
  ]
}
