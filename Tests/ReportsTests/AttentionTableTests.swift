// The table of what is attended to: its bytes, whatever numbers it holds.

import Evaluation
import Reports
import Testing

@Suite struct `The table of attention` {
  @Test(
    arguments: [
      (0.25, "0.25"), (1e308, "1e+308"), (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
    ] as [(Double, String)]) func `has a row as its columns say, for numbers of any size`(
      number: Double, text: String
    )
  {
    let row = AttentionRow(
      firstStep: 12.5, layer: 1, head: 2, part: .rewards,
      share: Estimate(mean: number, low: 0, high: 1), even: 0.125)
    let table = AttentionTable([row], tasks: 3, trainSeeds: 2, command: "a, b")
    #expect(
      table.csv == """
        first_step,layer,head,part,share,ci_low,ci_high,even_share,tasks,train_seeds,command
        12.5,1,2,rewards,\(text),0,1,0.125,3,2,"a, b"

        """)
  }
}
