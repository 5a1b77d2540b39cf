// distill settings: what can be set.

internal import ArgumentParser
internal import Experiments

/// `distill settings`, whose help is all that it has to say.
struct SettingsCommand: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "settings",
      abstract: "Every setting, with its default, what it may be and what it means.",
      discussion: """
        Settings stand in YAML files, as a section and a key; --set train.updates=800 changes one. 'distill inspect \
        PRESET.yaml' prints those of a preset.

        \(SettingsReference.text)
        """)
  }

  func run() throws { throw CleanExit.helpRequest(self) }
}
