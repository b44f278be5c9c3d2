/**
 * Shows on whom a boot waits, once it takes longer than a second. A terminal is drawn on in place; everything else gets a
 * line when there is news.
 */
import type { Lifecycle, LifecycleEvent, Onlooker, PluginStatus, Settings } from "@heptad/kernel"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as waiting from "./waiting.ts"

export interface Screen {
  /** Whether it understands cursor movements. */
  readonly interactive: boolean
  readonly columns: number
  readonly write: (text: string) => void
}

/** Standard error of this process. */
export const stderr = (): Screen => ({
  interactive: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
  // A terminal that does not know its width says 0.
  columns: process.stderr.columns || 80,
  write: (text) => void process.stderr.write(text)
})

const eraseBelow = "\u001b[0J"
const up = (rows: number): string => rows === 0 ? "" : `\u001b[${rows}A`

const isOver = ({ _tag }: LifecycleEvent): boolean => _tag === "Running" || _tag === "Draining" || _tag === "Stopped"

export const make = (policies: Settings.SettingsTree["policies"], { columns, interactive, write }: Screen) => {
  const problems = new Map<string, string>()
  let drawn = false
  let closed = false

  const withProblem = (status: PluginStatus): PluginStatus => {
    const problem = status.problem ?? problems.get(status.name)
    return problem === undefined ? status : { ...status, problem }
  }

  /** Leaves the cursor above what it drew: a log line that comes between two drawings then replaces the board. */
  const draw = (plugins: ReadonlyArray<PluginStatus>, elapsed: number) => {
    const rows = waiting.rows(plugins, elapsed, policies).map((row) => row.slice(0, columns - 1))
    if (closed || rows.length === 0) return
    drawn = true
    write(`${eraseBelow}${rows.join("\n")}\n${up(rows.length)}`)
  }

  const tell = (plugins: ReadonlyArray<PluginStatus>, elapsed: number) => {
    if (!closed) write(`${waiting.line(plugins, elapsed, policies)}\n`)
  }

  /** Takes the board away; nothing is drawn any more. */
  const close = Effect.sync(() => {
    if (drawn && !closed) write(eraseBelow)
    closed = true
  })

  const onlooker: typeof Onlooker.Service = Effect.fnUntraced(function*({ events, plugins }: Lifecycle["Service"]) {
    const bootedAt = yield* Clock.currentTimeMillis
    const show = Effect.gen(function*() {
      const elapsed = (yield* Clock.currentTimeMillis) - bootedAt
      const now = (yield* plugins).map(withProblem)
      return interactive ? draw(now, elapsed) : tell(now, elapsed)
    })
    const news = Stream.runForEach(Stream.takeUntil(events, isOver), (event) => {
      if (event._tag !== "PluginRetrying" && event._tag !== "PluginDegraded") return Effect.void
      problems.set(event.name, event.problem)
      return interactive ? Effect.void : show
    })
    const still = interactive ? Effect.repeat(show, Schedule.spaced("200 millis")) : show
    const late = Effect.andThen(Effect.delay(still, "1 second"), Effect.never)
    yield* Effect.ensuring(Effect.raceFirst(news, late), close)
  })

  return { onlooker, close } as const
}
