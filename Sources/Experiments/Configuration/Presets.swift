// Presets: named YAML files under `data/presets`, found from wherever the program is run, and also in the program itself.

internal import Foundation

/// Where presets are looked for.
public struct Presets: Sendable {
  /// Folders of YAML files, in order of preference.
  let folders: [String]
  /// The texts that are used where no folder has a name.
  let builtIn: [String: String]

  /// Presets of certain folders, and texts by their names for those that no folder has.
  public init(folders: [String], builtIn: [String: String] = [:]) {
    self.folders = folders
    self.builtIn = builtIn
  }

  /// `data/presets` beneath the working folder, then beneath each folder above the program's own
  /// file, so that a built program finds those of its repository; at last those that were built into it.
  public static func standard() -> Presets {
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath()
    var folder = program?.deletingLastPathComponent()
    var folders = ["data/presets"]
    while let current = folder, current.path != "/" {
      folders.append(current.appendingPathComponent("data/presets").path)
      folder = current.deletingLastPathComponent()
    }
    return Presets(
      folders: folders.filter { FileManager.default.fileExists(atPath: $0) }, builtIn: builtIn)
  }

  /// The files of `data/presets` when the program was built.
  public static let builtIn: [String: String] = presetsInProgram()

  /// All names, such as `dark-room` and `paper/dark-room`, in alphabetical order.
  public var names: [String] {
    let files = folders.flatMap { FileManager.default.enumerator(atPath: $0)?.allObjects ?? [] }
    let names = files.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") }
    return Set(names.map { String($0.dropLast(".yaml".count)) }).union(builtIn.keys).sorted()
  }

  /// Reads a preset.
  /// - Parameter preset: A name, or the path of a file that ends in `.yaml` or `.yml`.
  public func file(_ preset: String) throws(PresetError) -> ConfigurationFile {
    let isPath = preset.hasSuffix(".yaml") || preset.hasSuffix(".yml")
    let candidates = isPath ? [preset] : folders.map { "\($0)/\(preset).yaml" }
    guard let path = candidates.first(where: FileManager.default.fileExists(atPath:)) else {
      if let text = builtIn[preset], !isPath {
        return ConfigurationFile(name: "the built-in preset \(preset)", text: text)
      }
      throw isPath ? .noFile(preset) : .unknown(preset, known: names)
    }
    do {
      return ConfigurationFile(name: path, text: try readText(path, ifMissing: ""))
    } catch {
      throw .unreadable(error)
    }
  }
}

/// Why there is no preset to read.
public enum PresetError: CommandError, Equatable {
  /// No folder of presets has the name.
  case unknown(String, known: [String])
  /// There is no file at the path.
  case noFile(String)
  /// There is a file, but it cannot be read.
  case unreadable(FileError)

  /// What was looked for, and what there is.
  public var description: String {
    switch self {
    case .unknown(let name, let known) where known.isEmpty:
      "there is no preset '\(name)', nor any other: no data/presets was found beneath the working "
        + "folder or above the program. Give the path of a YAML file."
    case .unknown(let name, let known):
      "there is no preset '\(name)'"
        + (nearestName(to: name, among: known).map { "; did you mean '\($0)'? " } ?? ". ")
        + "There are \(known.joined(separator: ", ")); or give the path of a YAML file."
    case .noFile(let path):
      "\(path) does not exist. Give the path of a YAML file, or the name of a preset."
    case .unreadable(let error): error.description
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .unknown, .noFile: .missingInput
    case .unreadable(let error): error.exitStatus
    }
  }
}
