/** The command as its users have it: processes and exit codes. */
import { createServer } from "node:http"
import { afterEach, describe, expect, it } from "vitest"
import { type App, command, commandWith, startApp, until } from "./fixtures/process.ts"

const apps: Array<App> = []

const start = async (more: Readonly<Record<string, unknown>> = {}) => {
  const app = await startApp(more)
  apps.push(app)
  return app
}

afterEach(async () => {
  await Promise.all(apps.splice(0).map(({ remove }) => remove()))
})

describe("heptad drain", () => {
  it("follows a clean stop to the end of the process and ends with 0", async () => {
    const { file, running } = await start({
      fixture: { close: "400ms" },
      deployment: { drain: { lame_duck: "300ms" } }
    })
    const drain = command("drain", "--config", file)
    expect(await drain.end).toBe(0)
    expect(await running.end).toBe(0)
    expect(drain.out).toMatch(/^lame_duck +\d+ ms of 300 ms\naccept +\d+ ms of 20 s\nrequests +/)
    expect(drain.out).toMatch(/\nclose +\S+ m?s of 40 s\n$/)
    expect(drain.err).toMatch(/^Ended after \S+ m?s; nothing was cut\.\n$/)
  })

  it("names what was cut and ends with 1", async () => {
    const { file } = await start({ fixture: { close: "400ms", hang: true }, deployment: { drain: { jobs: "200ms" } } })
    const drain = command("drain", "--config", file)
    expect(await drain.end).toBe(1)
    expect(drain.out).toMatch(/^jobs +[2-9]\d\d ms of 200 ms {2}cut: a slow job$/m)
    expect(drain.err).toMatch(/^Ended after \S+ m?s; cut: a slow job\.\n$/)
  })

  it("gives programs one JSON document", async () => {
    const { file } = await start({ fixture: { close: "400ms", hang: true }, deployment: { drain: { jobs: "200ms" } } })
    const drain = command("drain", "--json", "--config", file)
    expect(await drain.end).toBe(1)
    const report = JSON.parse(drain.out)
    expect(report).toMatchObject({ clean: false, ended: true })
    expect(report.steps.map(({ step }: { readonly step: string }) => step)).toEqual([
      "lame_duck",
      "accept",
      "requests",
      "jobs",
      "close"
    ])
    expect(report.steps[3]).toMatchObject({ budget_ms: 200, cut: ["a slow job"] })
  })

  it("only asks for the stop with --no-wait", async () => {
    const { file, running } = await start({ deployment: { drain: { lame_duck: "1s" } } })
    const drain = command("drain", "--no-wait", "--config", file)
    expect(await drain.end).toBe(0)
    expect(drain.err).toBe("The app was asked to stop.\n")
    expect(running.process.exitCode).toBeNull()
    expect(await running.end).toBe(0)
  })
})

describe("heptad stop", () => {
  it("tells whom it would stop, and stops nobody in a dry run", async () => {
    const { file, running } = await start()
    const stop = command("stop", "--dry-run", "--config", file)
    expect(await stop.end).toBe(0)
    expect(stop.out).toBe(`Would send SIGTERM to process ${running.process.pid}.\n`)
    expect(running.process.exitCode).toBeNull()
  })

  it("waits for the end of the process", async () => {
    const { file, running } = await start()
    const stop = command("stop", "--config", file)
    expect(await stop.end).toBe(0)
    expect(await running.end).toBe(0)
    expect(stop.out).toMatch(new RegExp(`^Process ${running.process.pid} ended after \\S+ m?s\\.\n$`))
  })

  it("gives up when the time is up, and says how to go on", async () => {
    const { file, running } = await start({ fixture: { hang: true } })
    const stop = command("stop", "--timeout", "300ms", "--config", file)
    expect(await stop.end).toBe(1)
    expect(stop.err).toMatch(
      new RegExp(
        `heptad: process ${running.process.pid} was not stopped: it still runs after 3\\d\\d ms\\. See its log and heptad status; --force ` +
          "sends a second SIGTERM, which cuts what is still at work\\.\n$"
      )
    )
    expect(running.process.exitCode).toBeNull()
  })

  it("says that nothing runs, with 69", async () => {
    const { file, running } = await start()
    running.process.kill("SIGKILL")
    await running.end
    expect(await command("stop", "--config", file).end).toBe(69)
  })
})

describe("heptad logs -f", () => {
  it("goes on with new records, tells of missed ones, and ends with the app", async () => {
    const { file, running } = await start()
    const logs = command("logs", "-f", "--config", file)
    await until("the first records", () => logs.out.includes("listening"))
    await until("the later record", () => logs.out.includes("WARN  later"))
    expect(logs.err).toBe("7 records were not kept long enough to be shown.\n")
    running.process.kill("SIGTERM")
    expect(await logs.end).toBe(0)
    expect(logs.err).toContain("answers no more: the app has ended.\n")
  })

  it("ends cleanly by Ctrl-C", async () => {
    const { file } = await start()
    const logs = command("logs", "-f", "--json", "--config", file)
    await until("the first records", () => logs.out.includes("listening"))
    logs.process.kill("SIGINT")
    expect(await logs.end).toBe(0)
    expect(logs.out.trim().split("\n").map((line) => typeof JSON.parse(line))).toContain("object")
  })
})

describe("heptad health", () => {
  const page = async (status: number, body: string) => {
    const asked: Array<string | undefined> = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(status).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = String(address === null || typeof address === "string" ? 0 : address.port)
    return { port, asked, close: () => server.close() }
  }

  /** Nothing of the machine that the tests run on. */
  const clean = { HEPTAD_DATA_DIR: "/nowhere", MONITORING_HEALTH_PORT: "", MONITORING_HEALTH_BIND_ADDRESS: "" }

  it("answers by exit code and one line, on the port of the environment", async () => {
    const { asked, close, port } = await page(200, `{"status":"READY"}`)
    const health = commandWith({ ...clean, MONITORING_HEALTH_PORT: port }, "health", "--ready")
    expect(await health.end).toBe(0)
    expect([health.out, health.err, asked]).toEqual(["READY\n", "", ["/health/ready"]])
    close()
  })

  it("says why not", async () => {
    const { close, port } = await page(503, `{"status":"NOT_READY","reason":"draining"}`)
    const health = commandWith(clean, "health", "--port", port)
    expect(await health.end).toBe(1)
    expect(health.out).toBe("NOT_READY: draining\n")
    close()
  })

  it("tells details, and takes the port from settings files", async () => {
    const body = {
      status: "UP",
      checks: [{ name: "database_connection", status: "fail", reason: "no free session" }],
      plugins: [{ name: "network", state: "started" }]
    }
    const { asked, close, port } = await page(200, JSON.stringify(body))
    const health = commandWith(clean, "health", "--live", "--verbose", "--set", `monitoring.health.port=${port}`)
    expect(await health.end).toBe(0)
    expect(health.out).toBe(
      "UP\n\ncheck                status  reason\ndatabase_connection  fail    no free session\n\n" +
        "plugin   state    problem\nnetwork  started\n"
    )
    expect(asked).toEqual(["/health/live?verbose"])
    close()
  })

  it("finds the port that the app wrote down", async () => {
    const { data } = await start()
    const health = commandWith({ ...clean, HEPTAD_DATA_DIR: data }, "health")
    expect(await health.end).toBe(0)
    expect(health.out).toBe("READY\n")
  })

  it("ends with 1 when nothing answers, and when it is no health page", async () => {
    const gone = commandWith(clean, "health", "--port", "1")
    expect(await gone.end).toBe(1)
    expect(gone.out).toBe("UNREACHABLE: http://127.0.0.1:1/health: connect ECONNREFUSED 127.0.0.1:1\n")
    const { close, port } = await page(404, "<html>")
    const other = commandWith(clean, "health", "--port", port)
    expect(await other.end).toBe(1)
    expect(other.out).toBe("DOWN: what answers there is no health page\n")
    close()
  })

  it("takes two pages at once for a usage error", async () => {
    expect(await commandWith(clean, "health", "--live", "--ready").end).toBe(2)
    expect(await commandWith(clean, "health", "--sideways").end).toBe(2)
  })
})

describe("heptad version and completion", () => {
  it("prints data on standard output and talk on standard error", async () => {
    const version = command("version", "--json")
    const completion = command("completion", "bash")
    expect([await version.end, await completion.end]).toEqual([0, 0])
    expect(JSON.parse(version.out)).toMatchObject({ "@heptad/cli": expect.any(String), node: process.versions.node })
    expect(completion.out).toContain("log-level")
    expect(completion.err).toBe(
      "To install it: heptad completion bash > ~/.local/share/bash-completion/completions/heptad   " +
        "(then start a new shell)\n"
    )
  })
})
