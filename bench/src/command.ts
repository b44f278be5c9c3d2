/** `npm run bench -- <name> [--rounds n] [--seconds s] [--only sides] [--works works] [--before folder] [--json]` */
import * as Cause from "effect/Cause"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Benchmark, Choices } from "./benchmark.ts"
import { chosen } from "./choice.ts"
import { installPeers } from "./install.ts"
import { jsonOf, resultsOf, textOf, write } from "./results.ts"

const between = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))

/** A flag of another benchmark is refused, not ignored. */
const offered = <A>(flag: Flag.Flag<A>, here: boolean): Flag.Flag<A> =>
  here ? flag : flag.pipe(Flag.withHidden, Flag.filter(() => false, () => "This benchmark has no such flag"))

const some = (flag: string, what: string, known: ReadonlyArray<string>) =>
  offered(Flag.String(flag), known.length > 0).pipe(
    Flag.withDescription(`Only these ${what}, separated by commas: ${known.join(", ")}`),
    Flag.filterMap((text) => chosen(known, text), () => `Expected some of ${known.join(", ")}, separated by commas`),
    Flag.withDefault([])
  )

const flagsOf = ({ before = false, sides = [], slowhttptest = false, works = [] }: Choices) => ({
  rounds: Flag.Int("rounds").pipe(
    Flag.withDescription("How many rounds, 1 to 50; every round measures every side once"),
    Flag.withSchema(between(50)),
    Flag.optional
  ),
  seconds: Flag.Int("seconds").pipe(
    Flag.withDescription("Seconds per side and round, 1 to 60; ignored by boot"),
    Flag.withSchema(between(60)),
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print the results file instead of the tables"),
    Flag.withDefault(false)
  ),
  only: some("only", "sides", sides),
  works: some("works", "works", works),
  before: offered(Flag.Directory("before", { mustExist: true }), before).pipe(
    Flag.withDescription("Another checkout with its node_modules: its heptad is measured beside the one of here"),
    Flag.optional
  ),
  slowhttptest: offered(Flag.Boolean("slowhttptest"), slowhttptest).pipe(
    Flag.withDescription(
      "Let slowhttptest attack, which must be on the PATH, instead of the generator of the benchmark"
    ),
    Flag.optional
  )
})

interface Flags {
  readonly rounds: Option.Option<number>
  readonly seconds: Option.Option<number>
  readonly json: boolean
  readonly only: ReadonlyArray<string>
  readonly works: ReadonlyArray<string>
  readonly before: Option.Option<string>
  readonly slowhttptest: Option.Option<boolean>
}

const runOne = Effect.fnUntraced(function*(name: string, { defaults, run }: Benchmark, flags: Flags) {
  const options = {
    rounds: Option.getOrElse(flags.rounds, () => defaults.rounds),
    seconds: Option.getOrElse(flags.seconds, () => defaults.seconds),
    only: flags.only,
    works: flags.works,
    before: Option.getOrUndefined(flags.before),
    slowhttptest: Option.getOrElse(flags.slowhttptest, () => false)
  }
  yield* installPeers
  const report = yield* Effect.scoped(run(options))
  const results = yield* resultsOf(name, options, report)
  const json = yield* jsonOf(results)
  yield* write(name, json)
  yield* Console.log(flags.json ? json.trimEnd() : textOf(results))
})

/** A fault of the run is a sentence; only a bug shows its stack. */
const tell = (cause: Cause.Cause<Error>) => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  return Console.error(
    `bench: ${Cause.hasDies(cause) || !(error instanceof Error) ? Cause.pretty(cause) : error.message}`
  )
}

const subcommand = (name: string, benchmark: Benchmark) =>
  Command.make(name, flagsOf(benchmark.choices ?? {}), (flags) => Effect.tapCause(runOne(name, benchmark, flags), tell))
    .pipe(
      Command.withDescription(benchmark.description)
    )

/** One command whose first argument is the name of a benchmark. */
export const commandOf = <const Names extends string>(benchmarks: Readonly<Record<Names, Benchmark>>) =>
  Command.make("bench").pipe(
    Command.withDescription("Heptad beside its peers, in turn in one run"),
    Command.withSubcommands(
      Object.entries<Benchmark>(benchmarks).map(([name, benchmark]) => subcommand(name, benchmark))
    )
  )
