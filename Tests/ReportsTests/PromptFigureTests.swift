// What a page shows of demonstrations: their lines beside those of an empty context, and their rows.

import Foundation
import Reports
import TestSupport
import Testing

@Suite struct `A report of prompted models` {
  private func page(_ names: String...) throws -> ReportPage {
    var run = InventedRun()
    run.prompted = names.map { ($0, 0.9) }
    return try ReportPage(run.input())
  }

  @Test func `has a chart for each model, and in it a line for each share and for none`() throws {
    let html = try page("ad-prompt-5", "ad-prompt-50", "ad-prompt-95", "ed-prompt-50").html()
    #expect(html.contains("<h2>With a demonstration in the context, on held-out tasks</h2>"))
    let charts = html.components(separatedBy: "<svg").filter {
      $0.contains("prompted, on held-out")
    }
    #expect(charts.count == 2)
    for (chart, colour, shades) in [(charts[0], 0, [0, 2, 4]), (charts[1], 1, [2])] {
      #expect(
        chart.components(separatedBy: "<polyline class=\"line thin c\(colour)\"").count == 2)
      for shade in shades {
        #expect(chart.contains("<polyline class=\"line c\(colour) shade\(shade)\""))
      }
      #expect(chart.components(separatedBy: "<polyline class=\"line ").count == shades.count + 2)
      #expect(chart.contains(">No prompt<"))
      #expect(chart.contains(">Prompt at 50 %<"))
    }
  }

  @Test func `lists shares from low to high, model by model`() throws {
    let html = try page("ed-prompt-5", "ad-prompt-50", "ad-prompt-5", "ad-prompt-100").html()
    let labels = html.matches(of: #/<\/i>([^<]*, prompt at [^<]*)</#).map { String($0.1) }
    #expect(
      labels == [
        "AD, prompt at 5 %", "AD, prompt at 50 %", "AD, prompt at 100 %", "ED, prompt at 5 %",
      ])
    #expect(html.contains("<h2>Started at a share of the optimum</h2>"))
  }

  @Test func `names a file's demonstrations`() throws {
    let html = try page("ad-prompt-file").html()
    #expect(html.contains("</i>AD, prompt of a file</td>"))
    #expect(html.contains("<h2>Started with episodes of a file</h2>"))
    #expect(!html.contains("optimal return"))
    #expect(html.contains(">Prompt of a file<"))
  }

  @Test func `keeps them out of the main figure`() throws {
    #expect(try page("ad-prompt-50").figureSVG() == page().figureSVG())
  }

  @Test func `without any has no chart of them`() throws {
    let html = try page().html()
    #expect(!html.contains("With a demonstration in the context"))
    #expect(!html.contains("Started at a share"))
  }
}
