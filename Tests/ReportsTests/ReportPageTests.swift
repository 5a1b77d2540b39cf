import Evaluation
import Foundation
import Randomness
import Reports
import Testing

@Suite struct `The report` {
  private let run = InventedRun()

  @Test func `the same input gives the same bytes`() throws {
    let pages = try (0..<2).map { _ in try ReportPage(run.input()) }
    #expect(try pages[0].html() == pages[1].html())
    #expect(pages[0].figureSVG() == pages[1].figureSVG())
  }

  @Test func `nothing is loaded from anywhere, pictures standing in the page itself`() throws {
    let html = try ReportPage(run.input()).html()
      .replacing(" src=\"data:image/png;base64,", with: "")
    for loader in ["http://", "https://", "src=", "href=", "url(", "@import", "<script", "<link"] {
      #expect(!html.contains(loader), "\(loader)")
    }
  }

  @Test func `texts from files are escaped`() throws {
    var input = try run.input()
    input.title = "<i>\"Room\" & co</i>"
    let html = try ReportPage(input).html()
    #expect(html.contains("&lt;i&gt;"))
    #expect(!html.contains("<i>\""))
    #expect(html.contains("# &lt;b&gt;not bold&lt;/b&gt;"))
  }

  @Test func `labels of tasks are escaped on maps`() throws {
    var input = try run.input()
    input.places = input.places.map {
      TaskPlace(
        task: $0.task, column: $0.column, row: $0.row, label: "<goal & \"\($0.task)\">",
        role: $0.role, optimal: $0.optimal)
    }
    let html = try ReportPage(input).html()
    #expect(html.contains("<title>&lt;goal &amp; &quot;0&quot;&gt;: "))
    #expect(!html.contains("<goal"))
  }

  @Test func `the names of methods are escaped in figures`() throws {
    var input = try run.input()
    input.returns = ReturnsTable(
      input.returns.rows.map {
        ReturnsTable.Row(
          method: $0.method == "ed" ? "<ed>&" : $0.method, split: $0.split, task: $0.task,
          trainSeed: $0.trainSeed, evalSeed: $0.evalSeed, episode: $0.episode,
          envSteps: $0.envSteps, return: $0.return)
      })
    let svg = try ReportPage(input).figureSVG()
    #expect(svg.contains(">&lt;ed&gt;&amp;<"))
    #expect(!svg.contains("<ed>"))
  }

  @Test func `every part that is given is shown`() throws {
    let html = try ReportPage(run.input()).html()
    #expect(
      headings(of: html) == [
        "Return per in-context episode on held-out tasks",
        "Returns on held-out tasks",
        "Started with converged episodes in the context",
        "How early, on held-out tasks",
        "Finding and keeping, on held-out tasks",
        "Where each method succeeds: returns by held-out task",
        "The way through a task, from above",
        "What the agent sees",
        "Training",
        "What is distilled: the recorded learners",
        "How it was made",
      ])
    #expect(html.components(separatedBy: "<details>").count == 3)
    for label in ["AD", "ED", "Source learner", "AD, rewards hidden", "Ideal explorer", "Optimal"] {
      #expect(html.contains(">\(label)<"), "\(label)")
    }
  }

  @Test func `begins with what was found, of the first method, the others and its control`() throws
  {
    let html = try ReportPage(run.input()).html()
    let lead = try #require(html.firstMatch(of: #/<p class="lead">([^<]*)</#)).1
    let number = #/\d+(\.\d+)?/#
    #expect(
      lead.replacing(number, with: "0")
        == "On 0 held-out tasks, AD earns 0 in its first episode and 0 over episodes 0–0, 0\u{A0}% of the optimum of 0, "
        + "with frozen weights. ED, trained on ends, earns 0 over its last tenth. AD, rewards hidden earns 0 over its last tenth."
    )
  }

  @Test func `methods of no known style are grey, under their names, after all others`() throws {
    var input = try run.input()
    input.styles["ed"] = nil
    let svg = try ReportPage(input).figureSVG()
    let names = svg.matches(of: #/<text class="name ([^"]*)"[^>]*>([^<]*)</#).map {
      "\($0.1): \($0.2)"
    }
    #expect(names.contains("grey: ed"))
    let lines = svg.matches(of: #/<polyline class="line ([^"]*)"/#).map { String($0.1) }
    #expect(lines == ["dotted explorer", "c0", "c2", "c0 dashed", "grey"])
  }

  @Test func `without an optimum says so once, and draws no line of it`() throws {
    var unknown = run
    unknown.knowsOptimum = false
    let (known, input) = (try ReportPage(run.input()).html(), try unknown.input())
    let html = try ReportPage(input).html()
    #expect(html.components(separatedBy: "The optimum of these tasks is not known").count == 2)
    for text in [
      "Optimal<", "Share of<br>", "Steps to<br>", "Share of optimum:", "% of the optimum",
    ] {
      #expect(known.contains(text) && !html.contains(text), "\(text)")
    }
    #expect(headings(of: html) == headings(of: known).filter { !$0.hasPrefix("How early") })
    #expect(html.components(separatedBy: ">Source, at its end<").count == 2)
    #expect(!known.contains("Source, at its end"))
    #expect(html.contains(">Random<"))
    // Cells of a table: name, three returns, never found, streams.
    let row = try #require(html.firstMatch(of: #/<tr>(<td><i class="c0"><\/i>AD<.*)<\/tr>/#)).1
    #expect(row.components(separatedBy: "<td>").count == 7)
  }

  @Test func `without an optimum and a source has the line of random actions alone`() throws {
    var unknown = run
    unknown.knowsOptimum = false
    var input = try unknown.input()
    input.sourcesEnd = nil
    let svg = try ReportPage(input).figureSVG()
    #expect(svg.components(separatedBy: "class=\"reference\"").count == 2)
    #expect(svg.contains(">Random<") && !svg.contains("at its end"))
  }

  @Test func `without optima has maps of returns`() throws {
    var unknown = run
    unknown.knowsOptimum = false
    let html = try ReportPage(unknown.input()).html()
    #expect(html.matches(of: #/<text class="on(Dark|Light)"[^>]*>\d+\.\d+</#).count == 2 * 4)
    #expect(!html.contains("own optimum") && !html.contains(">100 %<"))
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan, 1e308, -1e308])
  func `is made whatever numbers its files hold`(number: Double) throws {
    var input = try run.input()
    let row = try #require(input.returns.rows.first)
    input.returns = ReturnsTable(
      [
        ReturnsTable.Row(
          method: row.method, split: row.split, task: row.task, trainSeed: row.trainSeed,
          evalSeed: row.evalSeed, episode: row.episode, envSteps: row.envSteps, return: number)
      ] + input.returns.rows.dropFirst())
    input.trainingLogs = [
      try TrainingLog(
        csv: "update,loss,accuracy\n1,\(number),0\n2,1,\(number)\n", method: "ad", seed: 0,
        file: "training.csv")
    ]
    input.sourceCurve = SourceCurve(
      meanReturns: [0, number], random: number, optimal: number, histories: 1)
    input.places = input.places.map {
      TaskPlace(
        task: $0.task, column: $0.column, row: $0.row, label: $0.label, role: $0.role,
        optimal: number)
    }
    input.idealExplorer = [1, number]
    input.times = [
      StageTime(stage: "collect", seconds: number, amounts: [("environment_steps", 12)])
    ]
    let page = try ReportPage(input)
    let lines = try page.html() + page.figureSVG()
    #expect(lines.matches(of: #/(points|x|y|cx|cy)="[^"]*(nan|inf|e\+)/#).isEmpty)
  }

  @Test func `what is not given is left out`() throws {
    let full = try run.input()
    var bare = ReportInput(
      title: "Bare", split: full.split, returns: full.returns, summary: full.summary,
      seed: full.seed)
    bare.styles = full.styles
    let html = try ReportPage(bare).html()
    #expect(
      headings(of: html) == [
        "Return per in-context episode on held-out tasks",
        "Returns on held-out tasks",
        "Started with converged episodes in the context",
        "How early, on held-out tasks",
        "Finding and keeping, on held-out tasks",
        "How it was made",
      ])
    #expect(!html.contains("<details>"))
    #expect(!html.contains("Ideal explorer"))
  }

  @Test func `the pace of each method stands above that of an ideal explorer, which is exact`()
    throws
  {
    var input = try run.input()
    input.summary = try EvaluationSummary(
      of: input.returns,
      references: run.heldOutTasks.map {
        ReferenceReturns(split: "held-out", task: $0, random: 0.25, optimal: 10)
      }, ideal: ["held-out": [2, 10]], seed: Seed(1))
    let html = try ReportPage(input).html()
    let table = try #require(html.components(separatedBy: "How early, on").last)
    let rows = table.components(separatedBy: "</table>")[0].components(separatedBy: "<tr>")
      .dropFirst(2)
    let labels = rows.map { $0.firstMatch(of: #/</i>([^<]*)</#).map { String($0.1) } ?? "" }
    #expect(labels == ["AD", "ED", "Source learner", "AD, rewards hidden", "Ideal explorer"])
    let ideal = try #require(rows.last)
    let numbers = ideal.matches(of: #/<td>([^<]*)<span>([^<]*)</#)
      .map { [String($0.1), String($0.2)] }
    #expect(numbers == [["0.600", ""], ["0.600", ""], ["2", ""], ["2", ""], ["2", ""]])
  }

  @Test func `what all streams find at once has no charts of finding`() throws {
    var input = try run.input()
    input.returns = ReturnsTable(
      input.returns.rows.map {
        ReturnsTable.Row(
          method: $0.method, split: $0.split, task: $0.task, trainSeed: $0.trainSeed,
          evalSeed: $0.evalSeed, episode: $0.episode, envSteps: $0.envSteps, return: 1)
      })
    #expect(!headings(of: try ReportPage(input).html()).contains { $0.hasPrefix("Finding") })
  }

  @Test func `a map shows a number for each task that was evaluated`() throws {
    let html = try ReportPage(run.input()).html()
    let numbers = html.matches(of: #/<text class="on(Dark|Light)"/#)
    #expect(numbers.count == 2 * 4)
  }

  @Test
  func `ways are drawn of some episodes of AD and ED, with the world, the start and the goal`()
    throws
  {
    let html = try ReportPage(run.input()).html()
    let named = html.matches(of: #/>Episode (\d+)<\/text/#).compactMap { Int($0.1) }
    #expect(named == [1, 2, 4, 8, 1, 2, 4, 8])
    for name in ["world", "goal", "start"] {
      #expect(html.components(separatedBy: "<circle class=\"\(name)\"").count == 9)
    }
    // The goal stands half a radius of 52 left of the middle of the first map, and a quarter below it.
    #expect(html.contains(#"<circle class="world" cx="58" cy="80" r="52"/>"#))
    #expect(html.contains(#"<circle class="goal" cx="32" cy="93" r="5.7"/>"#))
    #expect(html.contains("in the task with the goal at the &lt;left&gt;, by"))
  }

  @Test func `a way has a point for each place of its episode`() throws {
    let input = try run.input()
    let html = try ReportPage(input).html()
    let lines = html.matches(of: #/<polyline class="line thin c([01])" points="([^"]*)"/#)
    let episode = input.paths.rows.filter { $0.method == "ad" && $0.episode == 4 }
    let drawn = lines.filter { $0.1 == "0" }.map { $0.2.split(separator: " ").count }
    #expect(drawn.contains(episode.count))
    #expect(html.contains(">\(episode.count - 1) steps<"))
  }

  @Test func `an episode's pictures are shown enlarged by whole pixels`() throws {
    let html = try ReportPage(run.input()).html()
    let images = html.components(separatedBy: #"<img alt="" width="72" height="54" src="data:"#)
    #expect(images.count == 31)
    #expect(html.contains(Data(InventedRun.greyPixel).base64EncodedString()))
    #expect(html.contains("&lt;as&gt; seen"))
  }

  @Test func `stages stand with their time, what they made and how fast`() throws {
    let html = try ReportPage(run.input()).html()
    func row(_ cells: String...) -> String {
      "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }
    for row in [
      row(
        "collect", "1\u{A0}min\u{A0}02\u{A0}s", "1\u{202F}234\u{202F}567 environment steps",
        "20\u{202F}061"),
      row("train/ad/seed-0", "62\u{A0}min\u{A0}05\u{A0}s", "4\u{202F}000 updates", "1.07"),
      row("all stages", "63\u{A0}min\u{A0}07\u{A0}s", "", ""),
    ] {
      #expect(html.contains(row), "\(row)")
    }
  }

  @Test func `a figure has its colours where variables are not known as well`() throws {
    let svg = try ReportPage(run.input()).figureSVG()
    let variables = svg.matches(of: #/(fill|stroke): var\(--\w+\)/#)
    #expect(variables.count > 20)
    for variable in variables {
      let before = svg[..<variable.range.lowerBound].suffix(40)
      #expect(before.contains(#/(fill|stroke): #[0-9a-f]{6}; $/#), "\(before)")
    }
  }

  @Test func `the main figure names each method once`() throws {
    let svg = try ReportPage(run.input()).figureSVG()
    for (style, label) in [
      ("c0", "AD"), ("c1", "ED"), ("c2", "Source learner"), ("c0 dashed", "AD, rewards hidden"),
    ] {
      let names = svg.components(separatedBy: "<text class=\"name \(style)\"")
      #expect(names.count == 2)
      #expect(names.last?.contains(">\(label)<tspan") == true)
    }
    #expect(!svg.contains("prompted"))
  }

  @Test func `the source learner is drawn no further than the in-context methods`() throws {
    let svg = try ReportPage(run.input()).figureSVG()
    let line = try #require(svg.firstMatch(of: #/<polyline class="line c2" points="([^"]*)"/#))
    #expect(line.1.split(separator: " ").count == 12)
  }

  @Test func `incomplete streams are refused`() throws {
    var input = try run.input()
    input.returns = ReturnsTable(Array(input.returns.rows.dropLast()))
    #expect(throws: ReturnsError.self) { try ReportPage(input) }
  }

  private func headings(of html: String) -> [String] {
    html.matches(of: #/<h2>(.*)</h2>/#).map { String($0.1) }
  }
}
