/** The data directory and its lock, against real files and real processes. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import { DataDirectory, DataDirectoryInUse, DataDirectoryUnusable } from "@heptad/common"
import { holderIsAlive, holderOf } from "@heptad/common/plugin"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { type ChildProcess, spawn } from "node:child_process"
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { self, startTicksOf } from "../src/internal/holder.ts"
import * as NodeDataDirectory from "../src/internal/NodeDataDirectory.ts"

const platform = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer)

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heptad-lock-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The service, held until the test ends. */
const hold = (path: string) =>
  Layer.build(NodeDataDirectory.layer(path).pipe(Layer.provide(platform))).pipe(
    Effect.flatMap((context) => Effect.provideContext(DataDirectory, context))
  )

const holdProgram = fileURLToPath(new URL("fixtures/hold.ts", import.meta.url))

/** A child process that holds the directory. */
const holder = (path: string) =>
  Effect.acquireRelease(
    Effect.callback<ChildProcess>((resume) => {
      const child = spawn(process.execPath, ["--conditions=source", holdProgram, path], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      child.stdout.once("data", () => resume(Effect.succeed(child)))
    }),
    (child) => kill(child)
  )

const kill = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

const mine = Effect.provide(self, platform)

describe("DataDirectory", () => {
  it.live("makes the directory for this user only and removes its lock when the scope closes", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "deep", ".heptad")
      const scope = yield* Scope.make()
      const directory = yield* Scope.provide(hold(path), scope)
      assert.strictEqual(directory.path, path)
      assert.strictEqual(statSync(path).mode & 0o777, 0o700)
      assert.deepStrictEqual(readdirSync(path), ["lock"])
      assert.strictEqual(statSync(join(path, "lock")).mode & 0o777, 0o600)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(readdirSync(path), [])
    }))

  it.live("refuses a directory that a living process holds, and touches nothing", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const child = yield* holder(path)
      const before = readFileSync(join(path, "lock"), "utf8")
      const error = yield* Effect.flip(hold(path))
      assert.instanceOf(error, DataDirectoryInUse)
      assert.strictEqual(
        error.message,
        `The data directory ${path} is in use by process ${child.pid}: ` +
          "stop that instance or set HEPTAD_DATA_DIR to another directory."
      )
      assert.strictEqual(Runtime.getErrorExitCode(error), 75)
      assert.strictEqual(readFileSync(join(path, "lock"), "utf8"), before)
      assert.deepStrictEqual(readdirSync(path), ["lock"])
    }))

  it.live("tells tools beside the app who holds it, and nobody once the holder has ended", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const of = Effect.provide(holderOf(path), platform)
      assert.isTrue(Option.isNone(yield* of))
      const child = yield* holder(path)
      const found = Option.getOrThrow(yield* of)
      assert.deepStrictEqual([found.pid, found.here], [child.pid, true])
      assert.isTrue(yield* Effect.provide(holderIsAlive(found), platform))
      yield* kill(child)
      assert.isTrue(Option.isNone(yield* of))
      assert.isFalse(yield* Effect.provide(holderIsAlive(found), platform))
    }))

  it.live("takes a holder of another container or host for one, because nobody can tell from here", () =>
    Effect.gen(function*() {
      const path = yield* folder
      writeFileSync(join(path, "lock"), JSON.stringify({ pid: 1, startTicks: "1", realm: "elsewhere" }))
      const found = Option.getOrThrow(yield* Effect.provide(holderOf(path), platform))
      assert.deepStrictEqual([found.pid, found.here], [1, false])
    }))

  it.live("takes over the lock of a process that was killed with -9", () =>
    Effect.gen(function*() {
      const path = yield* folder
      yield* kill(yield* holder(path))
      assert.isTrue(existsSync(join(path, "lock")))
      yield* hold(path)
      const { pid } = JSON.parse(readFileSync(join(path, "lock"), "utf8"))
      assert.strictEqual(pid, process.pid)
      assert.deepStrictEqual(readdirSync(path), ["lock"])
    }))

  it.live("takes over the lock of a dead process whose pid another process was given", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const dead = { ...yield* mine, startTicks: "1" }
      writeFileSync(join(path, "lock"), JSON.stringify(dead))
      yield* hold(path)
    }).pipe(Effect.when(Effect.sync(() => existsSync("/proc/self/stat")))))

  it.live("takes over a lock that names nobody", () =>
    Effect.gen(function*() {
      const path = yield* folder
      writeFileSync(join(path, "lock"), "")
      yield* hold(path)
    }))

  it.live("gives one secret to all that make it in the same moment", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const tool = Layer.provide(NodeDataDirectory.layerUnlocked(path), platform)
      const secret = Effect.flatMap(DataDirectory, ({ secret }) => secret("jwt-secret", 32))
      const made = yield* Effect.forEach(
        Array.from({ length: 10 }),
        () => Effect.map(Effect.provide(secret, tool, { local: true }), Redacted.value),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(new Set(made), new Set([readFileSync(join(path, "secrets", "jwt-secret"), "utf8")]))
      assert.deepStrictEqual(readdirSync(join(path, "secrets")), ["jwt-secret"])
      assert.strictEqual(statSync(join(path, "secrets", "jwt-secret")).mode & 0o777, 0o600)
    }))

  it.live("refuses a second holder in the same process", () =>
    Effect.gen(function*() {
      const path = yield* folder
      yield* hold(path)
      assert.instanceOf(yield* Effect.flip(hold(path)), DataDirectoryInUse)
    }))

  it.live("lets exactly one of many that start in the same moment take over a dead lock", () =>
    Effect.gen(function*() {
      const path = yield* folder
      writeFileSync(join(path, "lock"), JSON.stringify({ ...yield* mine, pid: 2 ** 22 + 1 }))
      const results = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.result(hold(path)), {
        concurrency: "unbounded"
      })
      assert.lengthOf(results.filter(Result.isSuccess), 1)
      for (const refused of results.filter(Result.isFailure)) assert.instanceOf(refused.failure, DataDirectoryInUse)
      assert.deepStrictEqual(readdirSync(path), ["lock"])
    }))

  /** Holds while the time of the wait passes; `meanwhile` runs in the middle of the wait. */
  const holdAfterWaiting = Effect.fnUntraced(function*(path: string, meanwhile: () => void) {
    const waits = yield* Deferred.make<void>()
    const logger = Logger.make(({ message }) => {
      if (String(message).includes("waiting 20s")) Deferred.doneUnsafe(waits, Effect.void)
    })
    const fiber = yield* Effect.forkChild(Effect.result(hold(path)).pipe(Effect.provide(Logger.layer([logger]))))
    yield* Deferred.await(waits)
    meanwhile()
    yield* TestClock.adjust("20 seconds")
    return yield* Fiber.join(fiber)
  })

  it.effect("refuses a lock of another container as long as its holder touches it", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const lock = join(path, "lock")
      writeFileSync(lock, JSON.stringify({ pid: 1, startTicks: "1", realm: "another boot" }))
      const refused = yield* holdAfterWaiting(path, () => utimesSync(lock, 1, 1))
      assert.isTrue(Result.isFailure(refused))
      if (Result.isFailure(refused)) {
        assert.include(refused.failure.message, "in use by process 1 of another container or host")
      }
      assert.isTrue(Result.isSuccess(yield* holdAfterWaiting(path, () => {})))
    }))

  it.live("says what is wrong with a directory that cannot be made", () =>
    Effect.gen(function*() {
      const file = join(yield* folder, "file")
      writeFileSync(file, "")
      const error = yield* Effect.flip(hold(join(file, "below")))
      assert.instanceOf(error, DataDirectoryUnusable)
      assert.strictEqual(Runtime.getErrorExitCode(error), 78)
    }))

  it.live("makes a secret once and keeps it for this user only", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const first = yield* Effect.scoped(Effect.gen(function*() {
        const { secret } = yield* hold(path)
        const both = yield* Effect.all([secret("jwt", 32), secret("jwt", 32)], { concurrency: "unbounded" })
        assert.strictEqual(Redacted.value(both[0]), Redacted.value(both[1]))
        return Redacted.value(both[0])
      }))
      const { secret } = yield* hold(path)
      assert.strictEqual(Redacted.value(yield* secret("jwt", 32)), first)
      assert.lengthOf(Buffer.from(first, "base64url"), 32)
      assert.strictEqual(statSync(join(path, "secrets", "jwt")).mode & 0o777, 0o600)
      assert.deepStrictEqual(readdirSync(join(path, "secrets")), ["jwt"])
    }))

  it.live("dies rather than use a secret that is shorter than asked for, or that is named like a path", () =>
    Effect.gen(function*() {
      const { secret } = yield* hold(yield* folder)
      yield* secret("short", 8)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(secret("short", 32))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(secret("../lock", 32))))
    }))

  it("reads the start time behind a process name that holds spaces and parentheses", () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 4))
    assert.strictEqual(startTicksOf(`7 (a) b (c) S ${fields.join(" ")}`), "22")
  })
})
