import { assert, describe, it } from "@effect/vitest"
import { parse } from "@heptad/monitoring/testing"
import * as Effect from "effect/Effect"

const histogram = (lines: string) => `# TYPE h histogram\n${lines}h_sum 1\nh_count 2\n`

const refusals: ReadonlyArray<readonly [why: string, text: string, problem: string]> = [
  ["a last line without an end", "# TYPE a gauge\na 1", "the last line does not end"],
  ["a sample without a family", "a 1\n", "line 1: a stands outside of the family that its # TYPE opens: a 1"],
  [
    "a family that is torn apart",
    "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\na{x=\"1\"} 1\n",
    "line 5: a stands outside of the family that its # TYPE opens: a{x=\"1\"} 1"
  ],
  [
    "a family that is opened twice",
    "# TYPE a gauge\n# TYPE a gauge\n",
    "line 2: # TYPE a stands twice: # TYPE a gauge"
  ],
  ["a kind that does not exist", "# TYPE a dial\n", "line 1: a HELP or TYPE that cannot be read: # TYPE a dial"],
  [
    "a series that stands twice",
    "# TYPE a gauge\na{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n",
    "line 3: a{x=\"1\",y=\"2\"} stands twice: a{y=\"2\",x=\"1\"} 2"
  ],
  [
    "a label that stands twice",
    "# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n",
    "line 2: label x stands twice: a{x=\"1\",x=\"2\"} 1"
  ],
  [
    "an unescaped quote",
    "# TYPE a gauge\na{x=\"1\"2\"} 1\n",
    "line 2: labels cannot be read: {x=\"1\"2\"}: a{x=\"1\"2\"} 1"
  ],
  ["a value that is no number", "# TYPE a gauge\na 0x1\n", "line 2: \"0x1\" is not a number: a 0x1"],
  ["a counter below zero", "# TYPE a counter\na -1\n", "line 2: counter a is -1: a -1"],
  ["a summary without quantile", "# TYPE a summary\na 1\n", "line 2: a has no quantile: a 1"],
  ["a bucket without le", histogram("h_bucket 2\n"), "line 2: h_bucket has no le: h_bucket 2"],
  ["a histogram without +Inf", histogram("h_bucket{le=\"1\"} 2\n"), "h has no bucket +Inf"],
  [
    "buckets that are not cumulative",
    histogram("h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 2\n"),
    "the buckets of h are not cumulative"
  ],
  [
    "bounds that do not ascend",
    histogram("h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n"),
    "the bounds of h do not ascend"
  ],
  ["a count that differs", histogram("h_bucket{le=\"+Inf\"} 3\n"), "bucket +Inf and _count of h differ"],
  ["a histogram without sum", "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 0\nh_count 0\n", "h lacks its _sum or _count"]
]

describe("the reader of Prometheus text", () => {
  it.effect.each(refusals.map(([why, text, problem]) => ({ why, text, problem })))(
    "refuses $why",
    ({ problem, text }) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(parse(text))
        assert.strictEqual(error.problem, problem)
      })
  )

  it.effect("reads everything that the format allows", () =>
    Effect.gen(function*() {
      const page = yield* parse([
        "# a comment",
        "",
        "# HELP a:b Some help",
        "# TYPE a:b untyped",
        `a:b{x="\\"\\\\\\n",} +Inf 1700000000000`,
        `a:b{x="}, {"} -1.5e-3`,
        "# TYPE s summary",
        `s{quantile="0.5"} NaN`,
        "s_sum 0",
        "s_count 0",
        ""
      ].join("\n"))
      assert.deepStrictEqual(page.samples.map(({ labels, value }) => [labels, value]), [
        [{ x: "\"\\\n" }, Infinity],
        [{ x: "}, {" }, -0.0015],
        [{ quantile: "0.5" }, NaN],
        [{}, 0],
        [{}, 0]
      ])
    }))
})
