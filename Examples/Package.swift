// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A program that uses the library as any other package would.
func example(_ name: String) -> Target {
  .executableTarget(
    name: name,
    dependencies: [
      .product(name: "AlgorithmDistillation", package: "AlgorithmDistillation"),
      .product(name: "DistillCommand", package: "AlgorithmDistillation"),
    ],
    swiftSettings: strict)
}

/// A package of its own, so that nobody who builds the library builds its examples.
let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "AlgorithmDistillation", path: "..")],
  targets: [
    example("SmallestProgram"), example("OwnFamily"), example("OwnLearner"), example("OwnMethod"),
    example("OwnHistories"), example("OwnLoop"),
  ]
)
