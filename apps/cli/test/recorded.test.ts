import type { LifecycleEvent } from "@heptad/kernel"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { appNames } from "../src/apps.ts"
import { begin, heptad } from "./heptad.ts"

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "heptad-recorded-"))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

type Waves = ReadonlyArray<ReadonlyArray<string>>

/** What happened, cut into groups of the planned sizes: equal to the plan when nobody left the wave that was planned for it. */
const inGroupsOf = (planned: Waves, names: ReadonlyArray<string>): Waves => {
  let from = 0
  return planned.map((wave) => names.slice(from, from += wave.length))
}

const sorted = (waves: Waves) => waves.map((wave) => wave.toSorted())

const namesOf = (events: ReadonlyArray<LifecycleEvent>, tag: "PluginStarting" | "PluginStarted" | "PluginStopped") =>
  events.flatMap((event) => event._tag === tag ? [event.name] : [])

/** The plugins that began before another one was ready for which, by the plan, they had to wait. */
const tooEarly = (planned: Waves, events: ReadonlyArray<LifecycleEvent>) => {
  const waveOf = new Map(planned.flatMap((wave, index) => wave.map((name) => [name, index] as const)))
  const ready = new Set<string>()
  return events.flatMap((event) => {
    if (event._tag === "PluginStarted") ready.add(event.name)
    if (event._tag !== "PluginStarting") return []
    const earlier = planned.slice(0, waveOf.get(event.name)).flat()
    return earlier.every((name) => ready.has(name)) ? [] : [event.name]
  })
}

it.each(appNames)("%s starts and stops as it was planned", async (app) => {
  const record = join(root, "record.json")
  const settings = [
    `common.data_dir=${root}/data`,
    ...["network.tcp.port=0", "monitoring.health.port=0", "monitoring.prometheus.port=0"]
  ].flatMap((setting) => ["--set", setting])

  const plan = JSON.parse((await heptad(["plan", app, "--json", ...settings])).out)
  const running = begin(["start", app, "--record", record, ...settings])
  await running.said("Ready in")
  running.process.kill("SIGTERM")
  expect((await running.ended).code).toBe(0)

  const { events }: { readonly events: ReadonlyArray<LifecycleEvent> } = JSON.parse(readFileSync(record, "utf8"))
  expect(sorted(inGroupsOf(plan.start, namesOf(events, "PluginStarting")))).toEqual(sorted(plan.start))
  expect(sorted(inGroupsOf(plan.start, namesOf(events, "PluginStarted")))).toEqual(sorted(plan.start))
  expect(tooEarly(plan.start, events)).toEqual([])
  expect(sorted(inGroupsOf(plan.stop, namesOf(events, "PluginStopped")))).toEqual(sorted(plan.stop))
  expect(namesOf(events, "PluginStarting")).toHaveLength(plan.plugins.length)
}, 120_000)
