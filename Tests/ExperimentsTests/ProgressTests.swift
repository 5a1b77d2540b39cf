import Experiments
import Synchronization
import Testing

/// A display that remembers what it shows, with a clock that tests set.
private final class Recorder: Sendable {
  let shown = Mutex<[String]>([])
  let seconds = Mutex(0.0)

  func display(isTerminal: Bool) -> ProgressLine.Display {
    ProgressLine.Display(
      isTerminal: isTerminal, now: { self.seconds.withLock { $0 } },
      write: { text in self.shown.withLock { $0.append(text) } })
  }

  func wait(_ more: Double) { seconds.withLock { $0 += more } }
  var lines: [String] { shown.withLock { $0 } }
}

@Suite struct `A progress line` {
  private let recorder = Recorder()

  private func progress(isTerminal: Bool, alreadyDone: Int = 0) -> ProgressLine {
    ProgressLine(
      "collecting", total: 100, alreadyDone: alreadyDone, unit: "histories",
      on: recorder.display(isTerminal: isTerminal))
  }

  @Test func `is silent for work under two seconds`() {
    let progress = progress(isTerminal: true)
    for _ in 0..<100 {
      progress.advance()
      recorder.wait(0.0199)
    }
    progress.finish()
    #expect(recorder.lines == [])
  }

  @Test func `tells rate and time left`() {
    let progress = progress(isTerminal: false)
    recorder.wait(4)
    progress.advance(by: 10, note: "loss 1.5")
    #expect(
      recorder.lines == ["collecting 10 of 100 histories · 2.50 a second · 36 s left · loss 1.5\n"])
  }

  @Test func `counts what was there before as no work of this sitting`() {
    let progress = progress(isTerminal: false, alreadyDone: 50)
    recorder.wait(5)
    progress.advance(by: 10)
    #expect(recorder.lines == ["collecting 60 of 100 histories · 2.00 a second · 20 s left\n"])
  }

  @Test func `writes a plain line every ten seconds where no terminal is`() {
    let progress = progress(isTerminal: false)
    for _ in 0..<50 {
      recorder.wait(0.5)
      progress.advance()
    }
    #expect(recorder.lines.count == 3)
  }

  @Test func `redraws one line on a terminal, at most ten times a second`() {
    let progress = progress(isTerminal: true)
    recorder.wait(2)
    for _ in 0..<100 {
      progress.advance()
      recorder.wait(0.015625)
    }
    #expect((10...16).contains(recorder.lines.count))
    #expect(recorder.lines.allSatisfy { $0.hasPrefix("\rcollecting ") && $0.hasSuffix("\u{1B}[K") })
    progress.finish()
    #expect(recorder.lines.last == "\n")
  }

  @Test(arguments: [(7.2, "8 s"), (125.0, "2 min 05 s"), (4200.0, "1 h 10 min")])
  func `says durations as people do`(seconds: Double, text: String) {
    #expect(duration(seconds) == text)
  }
}
