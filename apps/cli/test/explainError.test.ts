import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { NothingToExplain } from "../src/errors.ts"
import { catalogue, find } from "../src/explainError/catalogue.ts"
import { blocks, list } from "../src/explainError/text.ts"

const named = (what: string): ReadonlyArray<string> => {
  const found = find(what)
  if (found instanceof NothingToExplain) throw found
  return found.map((each) => "tag" in each ? `${each.plugin}/${each.tag}` : each.code.name)
}

const missed = (what: string): string => {
  const found = find(what)
  if (!(found instanceof NothingToExplain)) throw new Error(`"${what}" was found`)
  return found.message
}

const heptad = (...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, ["--conditions=source", join(import.meta.dirname, "../src/main.ts"), ...args], {
    encoding: "utf8"
  })

describe("what is asked for", () => {
  it("may be a tag in any case, of one or of several plugins", () => {
    expect(named("QueueFull")).toEqual(["thread/QueueFull"])
    expect(named("PORTTAKEN")).toEqual(["monitoring/PortTaken", "network/PortTaken"])
  })

  it("may be a code or its number, with or without its sign", () => {
    const ofCode = ["network/TokenRejected", "network/Unauthenticated"]
    expect(named("network.session_expired")).toEqual(ofCode)
    expect(named("Network.Session_Expired")).toEqual(ofCode)
    expect(named("-621")).toEqual(ofCode)
    expect(named("621")).toEqual(ofCode)
  })

  it("may be a code that no error carries", () => {
    expect(named("-100")).toEqual(["thread.pool_full"])
  })

  it("is answered with the nearest names when there is nothing of that name", () => {
    expect(missed("PortTakn")).toBe(
      `No error has the tag, code or number "PortTakn". Did you mean PortTaken? See all of them: heptad explain-error`
    )
    expect(missed("network.bind_faild")).toContain("Did you mean network.bind_failed?")
    expect(missed("12345")).toBe(
      `No error has the tag, code or number "12345". See all of them: heptad explain-error`
    )
    for (const what of ["", "0", "-", "0x1", "1e3", "__proto__", "x".repeat(10_000)]) missed(what)
  })
})

const facts = (what: string): string => {
  const found = find(what)
  if (found instanceof NothingToExplain) throw found
  return blocks(found)
}

it("shows title, cause, remedy, code and page, and an empty line between two", () => {
  expect(facts("JobDropped")).toBe([
    "JobDropped (thread): A waiting job made room for a newer one",
    "",
    "Cause       The queue was full and thread.queue.overflow_policy is drop_oldest.",
    "What to do  Submit the job again if it still matters; where every job counts, set thread.queue.overflow_policy to reject or block.",
    "Code        thread.job_rejected (-140), HTTP 503, retryable",
    "Page        docs/errors.md#jobdropped"
  ].join("\n"))
  expect(facts("BindFailed").split("\n\n").map((part) => part.split("\n")[0])).toEqual([
    "BindFailed (monitoring): The port for health or metrics cannot be opened",
    "Cause       EADDRNOTAVAIL: this machine does not have the address. EACCES: no right to a port below 1024.",
    "BindFailed (network): The address of the app cannot be listened on",
    "Cause       EADDRNOTAVAIL: this machine does not have the address. EACCES: no right to a port below 1024."
  ])
})

it("shows the facts of a code that no error carries", () => {
  expect(facts("-100")).toBe(
    "thread.pool_full (-100), HTTP 503, retryable\n\n" +
      "No error of the prebuilt apps has this code. It may be that of a failed statement (SqlError) or of a plugin of " +
      "your own; the message beside it says more."
  )
})

it("lists all, one a line", () => {
  const [head, ...rows] = list(catalogue).split("\n").map((line) => line.replaceAll(/ {2,}/g, " | "))
  expect(head).toBe("TAG | PLUGIN | CODE | NUMBER | TITLE")
  expect(rows).toHaveLength(catalogue.length)
  expect(rows).toContain(
    "JobDropped | thread | thread.job_rejected | -140 | A waiting job made room for a newer one"
  )
})

describe("the command", () => {
  it("prints JSON for what was asked, data on standard output and nothing beside it", () => {
    const { status, stderr, stdout } = heptad("explain-error", "--json", "EndpointTaken", "-100")
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(JSON.parse(stdout)).toMatchObject([
      {
        plugin: "monitoring",
        tag: "EndpointTaken",
        code: { name: "common.invalid_argument", number: -1, httpStatus: 400 }
      },
      { code: { name: "thread.pool_full", number: -100, httpStatus: 503, retryable: true } }
    ])
  })

  it("ends with 1 and prints nothing on standard output when one of the words means nothing", () => {
    expect(heptad("explain-error", "QueueFull", "QueueFul")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: `heptad: No error has the tag, code or number "QueueFul". Did you mean QueueFull? ` +
        "See all of them: heptad explain-error\n"
    })
  })
})
