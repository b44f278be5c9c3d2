/** Settings files that change while somebody follows them, on a real disk. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Setting, SettingsFiles } from "@heptad/common"
import { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const database = {
  name: "database",
  config: Setting.section({
    password: Setting.optional(Schema.String, { description: "", env: ["DB_PASSWORD"], secret: true })
  })
}

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "heptad-changes-")))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

/** What has no effect could only be told within this time. */
const longerThanDebounce = Effect.sleep("300 millis")

interface Followed {
  readonly root: string
  readonly write: (path: string, content: string) => void
  /** As an editor saves: a new file that takes the place of the old one. */
  readonly replace: (path: string, content: string) => void
  /** The next reason, with paths below the root. */
  readonly next: Effect.Effect<string>
}

interface Options {
  readonly written: Readonly<Record<string, string>>
  /** Symbolic links: path -> what they point to. */
  readonly links?: Readonly<Record<string, string>>
  readonly files: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
}

/** Reads the settings as a start does, then follows them as a running app does. */
const following = <A, E, R>(
  { environment = {}, files, links = {}, written }: Options,
  test: (followed: Followed) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const root = yield* folder
    const write = (path: string, content: string) => {
      fs.mkdirSync(dirname(join(root, path)), { recursive: true })
      fs.writeFileSync(join(root, path), content)
    }
    const replace = (path: string, content: string) => {
      write(`${path}.new`, content)
      fs.renameSync(join(root, `${path}.new`), join(root, path))
    }
    Object.entries(written).forEach(([path, content]) => write(path, content))
    Object.entries(links).forEach(([path, target]) => fs.symlinkSync(target, join(root, path)))
    const layer = SettingsFiles.layer({
      files: files.map((path) => join(root, path)),
      overrides: [],
      environment: Object.fromEntries(Object.entries(environment).map(([name, path]) => [name, join(root, path)]))
    }).pipe(Layer.provide(NodeFileSystem.layer))
    return yield* Effect.gen(function*() {
      const source = yield* Settings.SettingsSource
      yield* source.read([database])
      const reasons = yield* Queue.unbounded<string>()
      yield* Effect.forkScoped(Stream.runForEach(source.changes, (reason) => Queue.offer(reasons, reason)))
      const next = Effect.map(Queue.take(reasons), (reason) => reason.replaceAll(`${root}/`, ""))
      return yield* test({ root, write, replace, next })
    }).pipe(Effect.provide(layer))
  }).pipe(Effect.scoped)

const one = { written: { "config/app.yaml": "a: 1" }, files: ["config/app.yaml"] }

const expectNext = (followed: Followed, reason: string) =>
  Effect.map(followed.next, (found) => assert.strictEqual(found, reason))

describe("a settings file", () => {
  it.live("that is written in place is told by its path", () =>
    following(one, (followed) => {
      followed.write("config/app.yaml", "a: 2")
      return expectNext(followed, "config/app.yaml changed")
    }))

  it.live("is told again at every change, also when an editor renames a new file over it", () =>
    following(one, (followed) =>
      Effect.gen(function*() {
        for (const content of ["a: 2", "a: 3", "a: 4"]) {
          followed.replace("config/app.yaml", content)
          yield* expectNext(followed, "config/app.yaml changed")
        }
      })))

  it.live("that is removed and made again is told twice", () =>
    following(one, (followed) =>
      Effect.gen(function*() {
        fs.rmSync(join(followed.root, "config/app.yaml"))
        yield* expectNext(followed, "config/app.yaml removed")
        followed.write("config/app.yaml", "a: 1")
        yield* expectNext(followed, "config/app.yaml added")
      })))

  it.live("whose directory is removed and made again is told twice", () =>
    following(one, (followed) =>
      Effect.gen(function*() {
        fs.rmSync(join(followed.root, "config"), { recursive: true })
        yield* expectNext(followed, "config/app.yaml removed")
        followed.write("config/app.yaml", "a: 1")
        yield* expectNext(followed, "config/app.yaml added")
        followed.write("config/app.yaml", "a: 2")
        yield* expectNext(followed, "config/app.yaml changed")
      })))

  it.live("that does not exist yet is told when it appears, with the directories above it", () =>
    following({ written: {}, files: ["etc/heptad/app.yaml"] }, (followed) => {
      followed.write("etc/heptad/app.yaml", "a: 1")
      return expectNext(followed, "etc/heptad/app.yaml added")
    }))

  it.live("is not told for what happens beside it, or when it keeps its content", () =>
    following(one, (followed) =>
      Effect.gen(function*() {
        followed.write("config/app.log", "line")
        fs.utimesSync(join(followed.root, "config/app.yaml"), 1, 1)
        followed.replace("config/app.yaml", "a: 1")
        yield* longerThanDebounce
        followed.write("config/app.yaml", "a: 2")
        yield* expectNext(followed, "config/app.yaml changed")
      })))

  it.live("that changed between the start and the watch is told", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const path = join(root, "app.yaml")
      fs.writeFileSync(path, "a: 1")
      const source = yield* Effect.provide(
        Settings.SettingsSource,
        SettingsFiles.layer({ files: [path], overrides: [], environment: {} }).pipe(
          Layer.provide(NodeFileSystem.layer)
        )
      )
      yield* source.read([])
      fs.writeFileSync(path, "a: 2")
      const reasons = yield* Stream.runCollect(Stream.take(source.changes, 1))
      assert.deepStrictEqual([...reasons], [`${path} changed`])
    }).pipe(Effect.scoped))
})

describe("a directory of settings files", () => {
  const several = { written: { "config/a.yaml": "a: 1", "config/b.yaml": "b: 1" }, files: ["config"] }

  it.live("tells files that are added, changed and removed together in one reason", () =>
    following(several, (followed) => {
      followed.write("config/c.yaml", "c: 1")
      followed.write("config/a.yaml", "a: 2")
      fs.rmSync(join(followed.root, "config/b.yaml"))
      return expectNext(followed, "config/a.yaml changed, config/c.yaml added, config/b.yaml removed")
    }))

  it.live("names three files and counts the others", () =>
    following(several, (followed) => {
      for (const name of ["c", "d", "e", "f", "g"]) followed.write(`config/${name}.yaml`, "x: 1")
      return expectNext(followed, "config/c.yaml added, config/d.yaml added, config/e.yaml added and 2 more")
    }))

  it.live("that is empty at first is told when its first file appears", () =>
    following({ written: { "config/.keep": "" }, files: ["config"] }, (followed) => {
      followed.write("config/a.yaml", "a: 1")
      return expectNext(followed, "config/a.yaml added")
    }))
})

/** As the kubelet lays a ConfigMap out, and as it changes one: a new directory, and one rename of the link `..data`. */
const configMap = {
  written: { "config/..2026_01/app.yaml": "a: 1" },
  links: { "config/..data": "..2026_01", "config/app.yaml": "..data/app.yaml" }
}

const swap = ({ root, write }: Followed, directory: string, content: string) => {
  write(`config/${directory}/app.yaml`, content)
  fs.symlinkSync(directory, join(root, "config/..data_tmp"))
  fs.renameSync(join(root, "config/..data_tmp"), join(root, "config/..data"))
}

describe("a Kubernetes ConfigMap", () => {
  for (const entry of ["config", "config/app.yaml"]) {
    it.live(`given as ${entry} is told at every swap of ..data`, () =>
      following({ ...configMap, files: [entry] }, (followed) =>
        Effect.gen(function*() {
          for (const month of ["02", "03", "04"]) {
            swap(followed, `..2026_${month}`, `a: ${month}`)
            yield* expectNext(followed, "config/app.yaml changed")
          }
        })))
  }

  it.live("that is swapped for the same content tells nothing", () =>
    following({ ...configMap, files: ["config"] }, (followed) =>
      Effect.gen(function*() {
        swap(followed, "..2026_02", "a: 1")
        yield* longerThanDebounce
        swap(followed, "..2026_03", "a: 3")
        yield* expectNext(followed, "config/app.yaml changed")
      })))
})

describe("a file that a variable names", () => {
  const mounted = { written: { "secrets/password": "old" }, files: [] }

  it.live("is told when it changes", () =>
    following({ ...mounted, environment: { DB_PASSWORD_FILE: "secrets/password" } }, (followed) => {
      followed.replace("secrets/password", "new")
      return expectNext(followed, "secrets/password changed")
    }))
})

describe("SIGHUP", () => {
  const heard = () => process.listenerCount("SIGHUP")

  it.live("has the settings read again although no file changed, and is heard only while somebody follows", () =>
    Effect.gen(function*() {
      const before = heard()
      yield* following(one, (followed) =>
        Effect.gen(function*() {
          yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => heard() === before + 1 })
          process.emit("SIGHUP", "SIGHUP")
          yield* expectNext(followed, "SIGHUP")
        }))
      assert.strictEqual(heard(), before)
    }))

  it.live("is not heard by who only reads", () =>
    Effect.gen(function*() {
      const before = heard()
      const { read } = yield* Settings.SettingsSource
      yield* read([database])
      assert.strictEqual(heard(), before)
    }).pipe(
      Effect.provide(
        SettingsFiles.layer({ files: [], overrides: [], environment: {} }).pipe(Layer.provide(NodeFileSystem.layer))
      )
    ))

  it.live("keeps its meaning where watching is off", () =>
    Effect.gen(function*() {
      const before = heard()
      const { changes, read } = yield* Settings.SettingsSource
      yield* read([database])
      const fiber = yield* Effect.forkChild(Stream.runDrain(changes))
      yield* Effect.yieldNow
      assert.strictEqual(heard(), before)
      yield* Fiber.interrupt(fiber)
    }).pipe(
      Effect.provide(
        SettingsFiles.layer({ files: [], overrides: [], environment: {}, watch: false }).pipe(
          Layer.provide(NodeFileSystem.layer)
        )
      )
    ))
})

/** The operating system refuses to watch anything. */
const noWatches = Effect.acquireRelease(
  Effect.sync(() => {
    const { watch } = fs
    const refuse = () => {
      throw Object.assign(new Error("ENOSPC: System limit for number of file watchers reached"), { code: "ENOSPC" })
    }
    Object.assign(fs, { watch: refuse })
    syncBuiltinESMExports()
    return watch
  }),
  (watch) =>
    Effect.sync(() => {
      Object.assign(fs, { watch })
      syncBuiltinESMExports()
    })
)

it.effect("looks at the files every 5 s where they cannot be watched, and says so once", () => {
  const told: Array<string> = []
  const journal = Logger.layer([Logger.make(({ message }) => told.push(String(message)))])
  return Effect.gen(function*() {
    yield* noWatches
    yield* following(one, (followed) =>
      Effect.gen(function*() {
        for (const content of ["a: 2", "a: 3"]) {
          followed.write("config/app.yaml", content)
          const reason = yield* Effect.forkChild(followed.next)
          while (reason.pollUnsafe() === undefined) {
            yield* TestClock.adjust("1 second")
            yield* Effect.promise(() => new Promise((resume) => setImmediate(resume)))
          }
          assert.strictEqual(yield* Fiber.join(reason), "config/app.yaml changed")
        }
      }))
    assert.deepStrictEqual(told, [
      "settings files cannot be watched (ENOSPC): they are looked at every 5s instead. Raise " +
      "fs.inotify.max_user_watches and max_user_instances (ENOSPC, EMFILE) or let this user read the directories " +
      "(EACCES); SIGHUP reads the settings at once."
    ])
  }).pipe(Effect.scoped, Effect.provide(journal))
})
