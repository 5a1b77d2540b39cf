internal import ArgumentParser
struct ReadWait: ParsableCommand {
  func run() throws {}
}
