// A model in a safetensors file: one tensor for each parameter under its name, and in the metadata
// the configuration that its shapes follow from. The schema stands in data/schema.md.

public import Foundation
internal import LinearAlgebra
public import TensorFiles

/// Why a model file cannot be used.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The file itself is missing, damaged or lacks a tensor.
  case file(TensorFileError)
  /// The file is whole but holds no model of this version.
  case notAModel(path: String, found: String)
  /// A tensor has an element that is no number, which no training leaves.
  case notFinite(path: String, tensor: String)
  /// The model has another shape than the one asked for.
  case otherConfiguration(path: String, expected: String, found: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .file(let error):
      switch error {
      case .damaged, .cutShort, .notSafetensors, .missingTensor, .wrongType, .wrongShape:
        "\(error) Copy the file again, or move it away and run the same `distill train`."
      default: "\(error)"
      }
    case .notFinite(let path, let tensor):
      """
      \(path) has an element in '\(tensor)' that is not a finite number. Copy the file again, or move it away and \
      run the same `distill train`.
      """
    case .notAModel(let path, let found):
      """
      \(path) is no model of schema \(Checkpoint.schema) version \(Checkpoint.version): \
      \(found). Train one with `distill train`, or read the file with the version that wrote it.
      """
    case .otherConfiguration(let path, let expected, let found):
      """
      \(path) holds a model of another shape.
        expected \(expected)
        found    \(found)
      Evaluate it with the configuration it was trained with, or train it again with --overwrite.
      """
    }
  }
}

/// Reading and writing of parameters.
public enum Checkpoint {
  /// The name of the schema.
  public static let schema = "algorithm-distillation.model"
  /// The version of the schema.
  public static let version = "2"

  /// Writes parameters, whole or not at all.
  /// - Parameters:
  ///   - metadata: Added to the schema, its version and the configuration.
  ///   - others: Further tensors of the same shapes, each group under a prefix, such as moments.
  ///   - more: Further tensors of any shape.
  public static func write(
    _ parameters: Parameters, others: [(prefix: String, tensors: Parameters)] = [],
    more: [NewTensor] = [], metadata: [String: String] = [:], to url: URL, replacing: Bool = false
  ) throws(CheckpointError) {
    let groups = [("", parameters)] + others.map { ($0.prefix, $0.tensors) }
    let tensors = groups.flatMap { prefix, group in
      group.tensors.map { tensor, matrix in
        NewTensor(prefix + tensor.name, shape: [matrix.rows, matrix.columns], matrix.values)
      }
    }
    var metadata = metadata
    metadata["schema"] = schema
    metadata["schema_version"] = version
    metadata["configuration"] = text(of: parameters.configuration)
    do {
      try TensorFile.write(tensors + more, metadata: metadata, to: url, replacing: replacing)
    } catch {
      throw .file(error)
    }
  }

  /// Opens a model file and checks that it is one: its bytes against their checksum, its configuration, and that each
  /// tensor that the configuration asks for is there, in its shape. Nothing is allocated for them.
  public static func open(
    _ url: URL
  ) throws(CheckpointError) -> (file: TensorFile, configuration: ModelConfiguration) {
    let file: TensorFile
    do {
      file = try TensorFile(reading: url)
      try file.verifyChecksum()
    } catch {
      throw .file(error)
    }
    func isNone(_ found: String) -> CheckpointError {
      .notAModel(path: url.relativePath, found: found)
    }
    guard file.metadata["schema"] == schema, file.metadata["schema_version"] == version else {
      throw isNone(
        "it says schema \(file.metadata["schema"] ?? "(none)") version \(file.metadata["schema_version"] ?? "(none)")"
      )
    }
    guard let text = file.metadata["configuration"] else {
      throw isNone("its metadata lack 'configuration'")
    }
    let configuration: ModelConfiguration
    do {
      configuration = try JSONDecoder().decode(ModelConfiguration.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw isNone("its configuration cannot be read: \(error.words)")
    } catch {
      throw isNone("no model has its configuration: \(error)")
    }
    do {
      for tensor in ParameterTensor.all(of: configuration) {
        let shape = tensor.shape(in: configuration)
        _ = try file.tensor(tensor.name, of: Float.self, shape: [shape.rows, shape.columns])
      }
    } catch {
      throw .file(error)
    }
    return (file, configuration)
  }

  /// The parameters of a model file.
  /// - Parameter expected: The configuration the model must have, or nil for any.
  public static func read(
    _ url: URL, expecting expected: ModelConfiguration? = nil
  ) throws(CheckpointError) -> Parameters {
    try read(try open(url), expecting: expected)
  }

  /// The parameters of a model file that is open.
  /// - Parameter expected: The configuration the model must have, or nil for any.
  public static func read(
    _ opened: (file: TensorFile, configuration: ModelConfiguration),
    expecting expected: ModelConfiguration? = nil
  ) throws(CheckpointError) -> Parameters {
    if let expected, expected != opened.configuration {
      throw .otherConfiguration(
        path: opened.file.url.relativePath, expected: text(of: expected),
        found: text(of: opened.configuration))
    }
    let parameters = Parameters(opened.configuration)
    try fill(parameters, from: opened.file)
    return parameters
  }

  /// Overwrites tensors with those of a file under a prefix.
  /// - Throws: `CheckpointError` if one is missing, of another shape, or not finite throughout.
  public static func fill(
    _ parameters: Parameters, from file: TensorFile, prefix: String = ""
  ) throws(CheckpointError) {
    for (tensor, matrix) in parameters.tensors {
      let name = prefix + tensor.name
      do {
        matrix.assign(try file.floats(name, shape: [matrix.rows, matrix.columns]))
      } catch {
        throw .file(error)
      }
      guard matrix.sumOfSquares.isFinite else {
        throw .notFinite(path: file.url.relativePath, tensor: name)
      }
    }
  }

  private static func text(of configuration: ModelConfiguration) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(configuration), as: UTF8.self)
    } catch {
      preconditionFailure("a configuration of plain numbers could not be encoded: \(error)")
    }
  }
}

extension DecodingError {
  /// What is wrong with JSON, and where.
  fileprivate var words: String {
    func place(_ context: Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch self {
    case .keyNotFound(let key, let context):
      "'\((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(place(context))' has the wrong type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is not JSON" : "'\(place(context))' is out of range"
    @unknown default: "it is not JSON"
    }
  }
}
