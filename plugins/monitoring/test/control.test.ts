import { assert, describe, it } from "@effect/vitest"
import { DataDirectory } from "@heptad/common"
import type { OperationRefused } from "@heptad/kernel"
import { Monitoring } from "@heptad/monitoring"
import { scrape } from "@heptad/monitoring/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { TestClock } from "effect/testing"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { freePorts, getHealth, journal, url } from "./app.ts"
import { type Act, auditLines, controlled, fileOf, post, raw, refuse, send, token, told } from "./controlled.ts"

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

const jsonType = { "content-type": "application/json" }

describe("the control API", () => {
  it.effect("answers a read by GET, POST and HEAD, with either token", () =>
    Effect.gen(function*() {
      const input = encodeURIComponent(JSON.stringify({ of: "ä" }))
      const got = yield* send(`/control/ask?input=${input}`, { role: "read" })
      assert.deepStrictEqual([got.status, got.json], [200, { of: "ä" }])
      assert.strictEqual(got.headers["content-type"], "application/json")
      assert.strictEqual(got.headers["cache-control"], "no-store")
      assert.strictEqual(got.headers["x-content-type-options"], "nosniff")
      assert.isUndefined(got.headers["access-control-allow-origin"])
      assert.deepStrictEqual((yield* send("/control/ask")).json, {})
      assert.deepStrictEqual((yield* post("/control/ask", [1], { role: "read" })).json, [1])
      const headed = yield* send("/control/ask", { method: "HEAD" })
      assert.deepStrictEqual([headed.status, headed.text, headed.headers["content-length"]], [200, "", "2"])
    }).pipe(Effect.provide(controlled())))

  it.effect("serves the kernel's own operations", () =>
    Effect.gen(function*() {
      const { json } = yield* send("/control/operations", { role: "read" })
      assert.includeDeepMembers(Array.isArray(json) ? json : [], [
        { name: "ask", description: "For tests.", kind: "read" },
        { name: "act", description: "For tests.", kind: "write" }
      ])
      const status = yield* send("/control/status", { role: "read" })
      assert.deepInclude(status.json, { phase: "running" })
    }).pipe(Effect.provide(controlled())))

  it.effect("carries a write out once, and a dry run not at all", () => {
    const acted: Array<unknown> = []
    return Effect.gen(function*() {
      assert.deepStrictEqual((yield* post("/control/act", { a: 1 })).json, { a: 1 })
      assert.deepStrictEqual((yield* post("/control/act")).json, {})
      assert.deepStrictEqual((yield* post("/control/act?dry_run=false", { b: 2 })).json, { b: 2 })
      assert.deepStrictEqual((yield* post("/control/act?dry_run=true", { c: 3 })).json, { dry_run: true })
      assert.deepStrictEqual(acted, [{ a: 1 }, {}, { b: 2 }])
    }).pipe(Effect.provide(controlled((input) => Effect.as(Effect.sync(() => acted.push(input)), input))))
  })

  it.effect("tells where it is in control.json, for this user only, as long as the app runs", () =>
    Effect.gen(function*() {
      const path = yield* Effect.gen(function*() {
        const path = yield* fileOf("control.json")
        const { healthAddress } = yield* Monitoring
        assert.deepStrictEqual(JSON.parse(readFileSync(path, "utf8")), {
          url: url(healthAddress, ""),
          pid: process.pid,
          started_at: "1970-01-01T00:00:00.000Z",
          version: "0.1.0"
        })
        const { path: folder } = yield* DataDirectory
        const private_ = ["control.json", "secrets/control-operator", "secrets/control-read"]
        assert.deepStrictEqual(private_.map((name) => modeOf(`${folder}/${name}`)), ["600", "600", "600"])
        return path
      }).pipe(Effect.provide(controlled()))
      assert.isFalse(existsSync(path))
    }))

  it.effect("is not there when it is disabled", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* send("/control/ask")).status, 404)
      assert.isFalse(existsSync(yield* fileOf("control.json")))
      assert.strictEqual((yield* getHealth("/health")).status, 200)
    }).pipe(Effect.provide(controlled(Effect.succeed, { ...freePorts, control: { enabled: false } }))))
})

describe("a refusal of the control API", () => {
  const table: ReadonlyArray<
    readonly [why: string, path: string, sent: Parameters<typeof send>[1], answer: readonly [number, string]]
  > = [
    ["no token", "/control/ask", { headers: { authorization: "" } }, [401, "unauthorized"]],
    ["a token that is too short", "/control/ask", { headers: { authorization: "Bearer x" } }, [401, "unauthorized"]],
    ["a token of the right length", "/control/ask", { headers: { authorization: `Bearer ${"A".repeat(43)}` } }, [
      401,
      "unauthorized"
    ]],
    ["a token of 7000 characters", "/control/ask", { headers: { authorization: `Bearer ${"A".repeat(7000)}` } }, [
      401,
      "unauthorized"
    ]],
    ["another scheme", "/control/ask", { headers: { authorization: "Basic b3BlcmF0b3I6" } }, [401, "unauthorized"]],
    ["a wrong token on an unknown operation", "/control/nothing", { headers: { authorization: "Bearer x" } }, [
      401,
      "unauthorized"
    ]],
    ["a page in a browser", "/control/ask", { headers: { origin: "http://127.0.0.1" } }, [403, "forbidden"]],
    ["a name that was bent to this port", "/control/ask", { headers: { host: "evil.example:9090" } }, [
      403,
      "forbidden"
    ]],
    ["another address in Host", "/control/ask", { headers: { host: "10.0.0.1" } }, [403, "forbidden"]],
    ["the read role on a write", "/control/act", { method: "POST", role: "read" }, [403, "forbidden"]],
    ["the read role on a dry run", "/control/act?dry_run=true", { method: "POST", role: "read" }, [403, "forbidden"]],
    ["an operation that is not there", "/control/nothing", {}, [404, "unknown_operation"]],
    ["no name at all", "/control/", {}, [404, "unknown_operation"]],
    ["a path below an operation", "/control/ask/more", {}, [404, "unknown_operation"]],
    ["a name of every object", "/control/__proto__", {}, [404, "unknown_operation"]],
    ["GET on a write", "/control/act", {}, [405, "method_not_allowed"]],
    ["HEAD on a write", "/control/act", { method: "HEAD" }, [405, "method_not_allowed"]],
    ["another method", "/control/act", { method: "DELETE" }, [405, "method_not_allowed"]],
    ["a form", "/control/act", {
      method: "POST",
      body: "a=1",
      headers: { "content-type": "application/x-www-form-urlencoded" }
    }, [415, "unsupported_media_type"]],
    ["a body without a type", "/control/act", { method: "POST", body: "{}" }, [415, "unsupported_media_type"]],
    ["a body that is no JSON", "/control/act", { method: "POST", body: "{a:1}", headers: jsonType }, [
      400,
      "invalid_input"
    ]],
    ["a body that is not UTF-8", "/control/act", {
      method: "POST",
      body: Buffer.from([0x22, 0xff, 0x22]),
      headers: jsonType
    }, [400, "invalid_input"]],
    ["10,000 bytes of garbage", "/control/act", {
      method: "POST",
      body: Buffer.from(Array.from({ length: 10_000 }, (_, at) => (at * 7919) % 251)),
      headers: jsonType
    }, [400, "invalid_input"]],
    ["JSON nested 20,000 deep", "/control/act", {
      method: "POST",
      body: "[".repeat(20_000) + "]".repeat(20_000),
      headers: jsonType
    }, [400, "invalid_input"]],
    ["an input that is no JSON", "/control/ask?input=%7B", {}, [400, "invalid_input"]],
    ["a misspelt dry run", "/control/act?dryrun=true", { method: "POST" }, [400, "invalid_input"]],
    ["a dry run that is neither", "/control/act?dry_run=1", { method: "POST" }, [400, "invalid_input"]],
    ["a dry run that is both", "/control/act?dry_run=true&dry_run=false", { method: "POST" }, [400, "invalid_input"]],
    ["a dry run by GET", "/control/ask?dry_run=true", {}, [400, "invalid_input"]],
    ["a body that says it is too long", "/control/act", {
      method: "POST",
      body: JSON.stringify("x".repeat(65_535)),
      headers: jsonType
    }, [413, "too_large"]],
    ["a body that turns out too long", "/control/act", {
      method: "POST",
      body: JSON.stringify("x".repeat(300_000)),
      headers: { ...jsonType, "transfer-encoding": "chunked" }
    }, [413, "too_large"]]
  ]

  it.effect.each(table)("for %s", ([, path, sent, [status, code]]) => {
    const acted: Array<unknown> = []
    return Effect.gen(function*() {
      const got = yield* send(path, sent)
      if (sent?.method === "HEAD") assert.strictEqual(got.status, status)
      else {
        assert.deepStrictEqual(told(got), [status, code])
        assert.strictEqual(got.headers["content-type"], "application/problem+json")
        assert.deepInclude(got.json, { type: `urn:heptad:control:${code}`, status, code })
      }
      assert.strictEqual(got.headers["cache-control"], "no-store")
      assert.isUndefined(got.headers["access-control-allow-origin"])
      assert.deepStrictEqual(acted, [])
      // And the next one is served.
      assert.strictEqual((yield* send("/control/status")).status, 200)
    }).pipe(Effect.provide(controlled((input) => Effect.as(Effect.sync(() => acted.push(input)), input))))
  })

  it.effect("says how to come in, and which methods there are", () =>
    Effect.gen(function*() {
      const stranger = yield* send("/control/ask", { headers: { authorization: "" } })
      assert.strictEqual(stranger.headers["www-authenticate"], `Bearer realm="heptad control"`)
      assert.deepStrictEqual(stranger.json, {
        type: "urn:heptad:control:unauthorized",
        title: "Unauthorized",
        status: 401,
        detail: `Send the header "Authorization: Bearer <token>" with the token in secrets/control-read or ` +
          `secrets/control-operator of the data directory.`,
        code: "unauthorized"
      })
      assert.strictEqual((yield* send("/control/act")).headers["allow"], "POST")
      assert.strictEqual((yield* send("/control/act", { method: "PUT" })).headers["allow"], "GET, HEAD, POST")
    }).pipe(Effect.provide(controlled())))

  it.effect.each<readonly [OperationRefused["reason"], number]>([
    ["invalid_input", 400],
    ["conflict", 409],
    ["failed", 422]
  ])("of an operation for %s", ([reason, status]) =>
    Effect.gen(function*() {
      const got = yield* post("/control/act")
      assert.deepStrictEqual(told(got), [status, reason])
      assert.deepInclude(got.json, { detail: `because of ${reason}` })
    }).pipe(Effect.provide(controlled(() => refuse(reason)))))

  it.effect("of an operation that dies is a 500, and the log says why", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      assert.deepStrictEqual(told(yield* post("/control/act")), [500, "internal"])
      assert.include(lines, "the operation act failed")
    }).pipe(Effect.provide(controlled(() => Effect.die("a bug")).pipe(Layer.provide(journal(lines)))))
  })

  it.effect.each<readonly [string, (act: Act) => Act]>([
    ["that hangs", (act) => act],
    ["that cannot be interrupted", (act) => (input) => Effect.uninterruptible(act(input))]
  ])("of an operation %s after 30 s is a 504", ([, wrap]) =>
    Effect.gen(function*() {
      const began = yield* Deferred.make<void>()
      const hang: Act = () => Effect.andThen(Deferred.succeed(began, undefined), Effect.never)
      yield* Effect.gen(function*() {
        const answer = yield* Effect.forkChild(post("/control/act"))
        yield* Deferred.await(began)
        yield* TestClock.adjust("30 seconds")
        assert.deepStrictEqual(told(yield* Fiber.join(answer)), [504, "timed_out"])
        assert.deepStrictEqual((yield* auditLines).map(({ outcome }) => outcome), ["asked", "timed_out"])
      }).pipe(Effect.provide(controlled(wrap(hang))))
    }))

  it.effect("for what comes beyond 16 requests at once, which leaves room again when they end", () =>
    Effect.gen(function*() {
      const began = yield* Queue.unbounded<void>()
      const end = yield* Latch.make()
      const hold: Act = () => Effect.as(Effect.andThen(Queue.offer(began, undefined), end.await), "held")
      yield* Effect.gen(function*() {
        const held = yield* Effect.forEach(Array.from({ length: 16 }), () => Effect.forkChild(send("/control/ask")))
        yield* Effect.forEach(held, () => Queue.take(began))
        const beyond = yield* send("/control/status")
        assert.deepStrictEqual([told(beyond), beyond.headers["retry-after"]], [[503, "busy"], "1"])
        // Probes have a way of their own.
        assert.strictEqual((yield* getHealth("/health/live")).status, 200)
        yield* end.open
        const ended = yield* Effect.forEach(held, (fiber) => Fiber.join(fiber))
        assert.isTrue(ended.every(({ json }) => json === "held"))
        assert.strictEqual((yield* send("/control/status")).status, 200)
      }).pipe(Effect.provide(controlled(hold)))
    }))

  it.effect("for bytes that are no HTTP costs nobody else anything", () =>
    Effect.gen(function*() {
      const garbage = Buffer.from(Array.from({ length: 10_000 }, (_, at) => (at * 7919) % 256))
      assert.match(yield* raw(garbage), /^HTTP\/1\.1 400 /)
      assert.strictEqual((yield* send("/control/status")).status, 200)
    }).pipe(Effect.provide(controlled())))

  it.effect("for a body that does not come, after 5 s, and the connection is closed", () =>
    Effect.gen(function*() {
      const bearer = yield* token("operator")
      const answer = yield* raw(
        `POST /control/act HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${bearer}\r\n` +
          `content-type: application/json\r\ncontent-length: 100\r\n\r\n{`
      )
      assert.match(answer, /^HTTP\/1\.1 408 /)
      assert.include(answer, `"code":"too_slow"`)
      assert.strictEqual((yield* send("/control/status")).status, 200)
    }).pipe(Effect.provide(controlled())))

  it.effect("for a body without end closes the connection, also where nobody listens to it", () =>
    Effect.gen(function*() {
      const chunk = `ffff\r\n${"x".repeat(0xffff)}\r\n`
      const answer = yield* raw(
        "POST /control/act HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n" + chunk.repeat(20)
      )
      assert.include(answer, "401")
      assert.strictEqual((yield* send("/control/status")).status, 200)
    }).pipe(Effect.provide(controlled())))

  it.effect("for a request without Host, which only HTTP/1.0 has", () =>
    Effect.gen(function*() {
      const bearer = yield* token("operator")
      assert.match(yield* raw(`GET /control/ask HTTP/1.0\r\nauthorization: Bearer ${bearer}\r\n\r\n`), / 403 /)
    }).pipe(Effect.provide(controlled())))

  it.effect("is counted, and so is what was answered", () =>
    Effect.gen(function*() {
      yield* send("/control/ask")
      yield* send("/control/ask", { headers: { authorization: "Bearer x" } })
      yield* send("/control/ask", { headers: { authorization: "Bearer y" } })
      yield* send("/control/one-name")
      yield* send("/control/another-name")
      yield* post("/control/act", {}, { role: "read" })
      const page = yield* scrape(url((yield* Monitoring).metricsAddress, "/metrics"))
      const count = (operation: string, status: string) => page.sum("control_requests_total", { operation, status })
      assert.deepStrictEqual(
        [count("ask", "200"), count("unknown", "401"), count("unknown", "404"), count("act", "403")],
        [1, 2, 2, 1]
      )
      const operations = page.samples.filter(({ name }) => name === "control_requests_total")
      assert.sameMembers([...new Set(operations.map(({ labels }) => labels["operation"]))], ["act", "ask", "unknown"])
    }).pipe(Effect.provide(controlled())))
})

describe("the audit log", () => {
  it.effect("has a line before and one after every write, refused ones too, and none of reads", () =>
    Effect.gen(function*() {
      yield* send("/control/ask")
      yield* post("/control/act", { a: 1 })
      yield* post("/control/act?dry_run=true")
      yield* post("/control/act", {}, { role: "read" })
      yield* send("/control/act")
      const lines = yield* auditLines
      assert.deepStrictEqual(lines.slice(0, 2), [
        {
          time: "1970-01-01T00:00:00.000Z",
          pid: process.pid,
          request: 1,
          operation: "act",
          role: "operator",
          peer: "127.0.0.1",
          outcome: "asked",
          dry_run: false,
          input: { a: 1 }
        },
        { ...lines[0], outcome: "done" }
      ])
      assert.deepStrictEqual(
        lines.map(({ dry_run, outcome, request, role }) => [request, role, dry_run, outcome]),
        [
          [1, "operator", false, "asked"],
          [1, "operator", false, "done"],
          [2, "operator", true, "asked"],
          [2, "operator", true, "done"],
          [3, "read", false, "asked"],
          [3, "read", false, "forbidden"]
        ]
      )
      assert.strictEqual(modeOf(yield* fileOf("audit.log")), "600")
    }).pipe(Effect.provide(controlled())))

  it.effect("is on the disk before the operation begins, and tells how it ended", () =>
    Effect.gen(function*() {
      const [began, end] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const act: Act = () =>
        Deferred.succeed(began, undefined).pipe(
          Effect.andThen(Deferred.await(end)),
          Effect.andThen(refuse("conflict"))
        )
      const outcomes = Effect.map(auditLines, (lines) => lines.map(({ outcome }) => outcome))
      yield* Effect.gen(function*() {
        const answer = yield* Effect.forkChild(post("/control/act"))
        yield* Deferred.await(began)
        assert.deepStrictEqual(yield* outcomes, ["asked"])
        yield* Deferred.succeed(end, undefined)
        assert.deepStrictEqual(told(yield* Fiber.join(answer)), [409, "conflict"])
        assert.deepStrictEqual(yield* outcomes, ["asked", "conflict"])
      }).pipe(Effect.provide(controlled(act)))
    }))

  it.effect("never holds a secret, and not more than 4 KiB of an input", () =>
    Effect.gen(function*() {
      yield* post("/control/act", { password: "hunter2", deep: [{ accessToken: "hunter3", name: "kept" }] })
      yield* post("/control/act", { long: "x".repeat(10_000) })
      const text = readFileSync(yield* fileOf("audit.log"), "utf8")
      assert.notInclude(text, "hunter")
      assert.notInclude(text, yield* token("operator"))
      const [first, , cut] = yield* auditLines
      assert.deepStrictEqual(first?.["input"], {
        password: "<redacted>",
        deep: [{ accessToken: "<redacted>", name: "kept" }]
      })
      assert.match(String(cut?.["input"]), /^\{"long":"x+\.\.\. \[cut, was 10011 characters\]$/)
    }).pipe(Effect.provide(controlled())))

  const broken: ReadonlyArray<readonly [string, (path: string) => void]> = [
    ["is a folder", (path) => mkdirSync(path)],
    ["is on a full disk", (path) => symlinkSync("/dev/full", path)],
    ["cannot be made", (path) => symlinkSync(`${path}.nowhere/audit.log`, path)]
  ]

  it.effect.each(broken)("that %s keeps writes from happening, and reads not", ([, spoil]) => {
    const acted: Array<unknown> = []
    const lines: Array<string> = []
    return Effect.gen(function*() {
      const path = yield* fileOf("audit.log")
      spoil(path)
      const got = yield* post("/control/act", { a: 1 })
      assert.deepStrictEqual(told(got), [503, "audit_unwritable"])
      assert.match(got.text, /The audit log cannot be written \(E[A-Z]+: /)
      assert.deepStrictEqual(told(yield* post("/control/act", {}, { role: "read" })), [503, "audit_unwritable"])
      assert.deepStrictEqual(acted, [])
      assert.strictEqual((yield* send("/control/status")).status, 200)
      assert.include(lines.join(), "act was refused")
      rmSync(path, { recursive: true })
      assert.strictEqual((yield* post("/control/act", { a: 1 })).status, 200)
      assert.deepStrictEqual(acted, [{ a: 1 }])
    }).pipe(Effect.provide(
      controlled((input) => Effect.as(Effect.sync(() => acted.push(input)), input)).pipe(Layer.provide(journal(lines)))
    ))
  })

  it.effect("that breaks while an operation runs does not change its answer; the log tells what is lacking", () => {
    const lines: Array<string> = []
    let path = ""
    const act: Act = () =>
      Effect.sync(() => {
        renameSync(path, `${path}.before`)
        mkdirSync(path)
        return "acted"
      })
    return Effect.gen(function*() {
      path = yield* fileOf("audit.log")
      assert.deepStrictEqual((yield* post("/control/act")).json, "acted")
      assert.match(lines.join("\n"), /act ended as done, which the audit log lacks: The audit log cannot be written/)
    }).pipe(Effect.provide(controlled(act).pipe(Layer.provide(journal(lines)))))
  })

  it.effect("is rotated at 10 MiB, and five old ones are kept", () =>
    Effect.gen(function*() {
      const { path: folder } = yield* DataDirectory
      const path = `${folder}/audit.log`
      for (const name of ["audit.log.1", "audit.log.4", "audit.log.5"]) writeFileSync(`${folder}/${name}`, name)
      writeFileSync(path, "")
      truncateSync(path, 10 * 1024 * 1024 - 10)
      yield* post("/control/act")
      const old = readdirSync(folder).filter((name) => name.startsWith("audit.log.")).toSorted()
      assert.deepStrictEqual(old, ["audit.log.1", "audit.log.2", "audit.log.5"])
      assert.strictEqual(readFileSync(`${path}.2`, "utf8"), "audit.log.1")
      assert.strictEqual(readFileSync(`${path}.5`, "utf8"), "audit.log.4")
      assert.strictEqual(statSync(`${path}.1`).size, 10 * 1024 * 1024 - 10)
      assert.deepStrictEqual((yield* auditLines).map(({ outcome }) => outcome), ["asked", "done"])
    }).pipe(Effect.provide(controlled())))

  it.effect("goes on below a line that a crash tore, and takes a mode back that is too wide", () =>
    Effect.gen(function*() {
      const path = yield* fileOf("audit.log")
      writeFileSync(path, `{"torn`, { mode: 0o644 })
      yield* post("/control/act")
      assert.strictEqual(modeOf(path), "600")
      const [torn, ...rest] = readFileSync(path, "utf8").split("\n").slice(0, -1)
      assert.strictEqual(torn, `{"torn`)
      assert.deepStrictEqual(rest.map((line) => JSON.parse(line).outcome), ["asked", "done"])
    }).pipe(Effect.provide(controlled())))

  it.effect("keeps the lines of writes at the same time whole", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(Array.from({ length: 12 }, (_, n) => n), (n) => post("/control/act", { n }), {
        concurrency: "unbounded"
      })
      const lines = yield* auditLines
      assert.strictEqual(lines.length, 24)
      assert.strictEqual(new Set(lines.map(({ request }) => request)).size, 12)
    }).pipe(Effect.provide(controlled())))
})
