// A sweep: points, each of which is a configuration with methods. In order: a point, the run folders that points
// need, and how both follow from a file.

internal import Foundation

/// A point of a sweep.
public struct SweepPoint: Sendable {
  /// What tables and figures call it.
  public let label: String
  /// What is computed.
  public let configuration: ExperimentConfiguration
  /// Whose models act.
  public let methods: [any Method]
  /// The name of its run folder: its own, or that of an earlier point with the same settings.
  public let folder: String
}

/// The run of one point, or of several that have the same settings.
struct SweepRun: Sendable {
  /// The name of its folder.
  let folder: String
  /// The labels of its points.
  var labels: [String]
  let configuration: ExperimentConfiguration
  /// The methods of all its points.
  var methods: [any Method]
}

/// Points that differ in some settings.
public struct Sweep: Sendable {
  /// What heads its figure.
  public let title: String
  /// The file, as it was read.
  let file: ConfigurationFile
  /// The points, in the order of the file.
  public let points: [SweepPoint]
  /// The paths of the settings that points set, in the order in which files have them.
  public let settings: [String]
  /// The one setting that is swept, if its values are numbers.
  public let numericSetting: String?

  /// The sweep that a file describes.
  /// - Parameters:
  ///   - preset: The preset in place of the file's; nil for the file's.
  ///   - overrides: Laid over every point.
  /// - Throws: Everything that is wrong, at once.
  public init(
    from file: ConfigurationFile, preset: String? = nil, overrides: [SettingOverride] = []
  ) throws(ConfigurationError) {
    var reader = try SweepReader(file)
    self.file = file
    title = reader.title ?? Self.name(of: file)
    numericSetting = reader.numericSetting
    let swept = Set(reader.points.flatMap(\.settings).compactMap(\.path))
    for override in overrides {
      guard let path = override.path, swept.contains(path) else { continue }
      reader.blame(
        override.origin,
        "the points of \(file.name) set '\(path)' themselves; leave this out, or change the file")
    }
    let beginning = Self.beginning(of: &reader, preset: preset)
    points = beginning.map { Self.points(of: &reader, from: $0, overrides) } ?? []
    guard reader.problems.isEmpty else { throw ConfigurationError(problems: reader.problems) }
    var known: [String] = []
    for point in points where known.count < swept.count {
      known += SettingsTree(reflecting: point.configuration).settings().map(\.path)
        .filter { swept.contains($0) && !known.contains($0) }
    }
    settings = known
  }

  /// A name for people, from the file's.
  private static func name(of file: ConfigurationFile) -> String {
    URL(fileURLWithPath: file.name).deletingPathExtension().lastPathComponent
  }

  /// The file that all points begin from: the preset, or nothing.
  private static func beginning(
    of reader: inout SweepReader, preset: String?
  ) -> ConfigurationFile? {
    let place = preset.map { SettingOrigin.option("--preset \($0)") } ?? reader.preset?.place
    guard let name = preset ?? reader.preset?.name, let place else {
      return ConfigurationFile(name: "", text: "{}")
    }
    do {
      return try Presets.standard().file(name)
    } catch {
      reader.blame(place, "\(error)")
      return nil
    }
  }

  private static func points(
    of reader: inout SweepReader, from preset: ConfigurationFile, _ overrides: [SettingOverride]
  ) -> [SweepPoint] {
    var points: [SweepPoint] = []
    var places: [String: String] = [:]
    for described in reader.points {
      let methods = described.methods ?? reader.methods
      let name = folderName(of: described.label)
      if let other = places[name] {
        reader.blame(
          described.place,
          other == described.label
            ? "there are two points '\(other)'; give each a name of its own"
            : "the points '\(other)' and '\(described.label)' would both be in the folder '\(name)'; rename one"
        )
      }
      places[name] = described.label
      do {
        let configuration = try ExperimentConfiguration(
          from: preset, overrides: reader.base + described.settings + overrides, planning: methods)
        let twin = points.first { $0.configuration == configuration }
        points.append(
          SweepPoint(
            label: described.label, configuration: configuration, methods: methods,
            folder: twin?.folder ?? name))
      } catch {
        reader.add(error.problems)
      }
    }
    return points
  }

  /// A label without what is odd in the name of a folder. A leading dot would hide it.
  private static func folderName(of label: String) -> String {
    let letters = label.replacing(", ", with: ",").map { letter in
      letter.isASCII && (letter.isLetter || letter.isNumber || "._=+,-".contains(letter))
        ? letter : "-"
    }
    return (letters.first == "." ? "_" : "") + String(letters)
  }

  /// The run folders that the points need, each once, in the order of their first points.
  var runs: [SweepRun] {
    var runs: [SweepRun] = []
    for point in points {
      guard let index = runs.firstIndex(where: { $0.folder == point.folder }) else {
        runs.append(
          SweepRun(
            folder: point.folder, labels: [point.label], configuration: point.configuration,
            methods: point.methods))
        continue
      }
      runs[index].labels.append(point.label)
      let known = Set(runs[index].methods.map(\.name))
      runs[index].methods += point.methods.filter { !known.contains($0.name) }
    }
    return runs
  }

  /// What a point has for each of the settings; empty where its sections have no such setting.
  func values(of point: SweepPoint) -> [String] {
    let all = SettingsTree(reflecting: point.configuration).settings()
    return settings.map { path in
      all.first { $0.path == path }.map { settingText(of: $0.value) } ?? ""
    }
  }
}
