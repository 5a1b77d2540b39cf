// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A package of its own, so that nobody who builds the library builds what times it.
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "AlgorithmDistillation", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Without its traits it needs no jemalloc.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    // BLAS under a name of its own: the ceiling is OpenBLAS's, whatever the library multiplies with.
    .systemLibrary(name: "CBLASCeiling", pkgConfig: "openblas"),
    .executableTarget(
      name: "loops",
      dependencies: [
        "CBLASCeiling",
        .product(name: "AlgorithmDistillation", package: "AlgorithmDistillation"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "kernels",
      dependencies: [
        .product(name: "AlgorithmDistillation", package: "AlgorithmDistillation"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/kernels",  // where its plugin looks
      swiftSettings: strict,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
)
