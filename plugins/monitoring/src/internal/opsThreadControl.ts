/**
 * The door of the control API, on the operations thread: everything that a stranger can do ends here. It loads nothing of ours
 * but the thread's own files.
 */
import type * as Http from "node:http"
import type { Answer, Command, ControlPlan, Refusal } from "./ops.ts"
import * as Guard from "./opsThreadGuard.ts"
import * as Places from "./opsThreadPlaces.ts"
import * as Request from "./opsThreadRequest.ts"

interface Surroundings {
  /** The address as the settings say it. */
  readonly boundTo: string
  readonly post: (command: Command) => void
  readonly reply: (request: Http.IncomingMessage, response: Http.ServerResponse, answer: Answer) => void
  /** For how long the main thread has not answered its heartbeat. */
  readonly silentMillis: () => number
}

const once = <A>(settle: (value: A) => void) => {
  let settled = false
  return (value: A): void => {
    if (settled) return
    settled = true
    settle(value)
  }
}

export const make = (plan: ControlPlan, surroundings: Surroundings) => {
  const { leave, offer, onAnswer, take } = Places.make(plan, surroundings)
  const refused = new Uint32Array(plan.refused)
  const enter = Guard.make(plan, surroundings.boundTo)

  const refuse = (request: Http.IncomingMessage, response: Http.ServerResponse, why: Refusal): void => {
    const answer = plan.refusals[why]
    Atomics.add(refused, answer.status - 400, 1)
    surroundings.reply(request, response, answer)
  }

  const onRequest = (
    request: Http.IncomingMessage,
    response: Http.ServerResponse,
    operation: string,
    query: string
  ): void => {
    const turnAway = (why: Refusal): void => {
      Request.discard(request, plan)
      refuse(request, response, why)
    }
    const who = enter(request)
    if (typeof who === "string") return turnAway(who)
    const asked = Request.head(request, query, plan)
    if (typeof asked === "string") return turnAway(asked)
    const slot = take()
    if (slot === undefined) return turnAway("busy")
    const { dryRun, method } = asked

    const fail = (why: Refusal): void => {
      leave(slot)
      refuse(request, response, why)
    }
    const pass = (text: string | undefined): void => {
      const parsed = text === undefined ? undefined : Request.parse(text, plan.maxDepth)
      if (parsed === undefined) return fail("json")
      if (surroundings.silentMillis() >= plan.takeMillis) return fail("silent")
      const command = {
        slot,
        operation,
        method,
        dryRun,
        ...parsed,
        ...who,
        peer: Guard.unmapped(request.socket.remoteAddress)
      }
      const settle = once((answer: Answer | "silent" | "late") =>
        typeof answer === "string"
          ? refuse(request, response, answer)
          : surroundings.reply(request, response, answer)
      )
      // Who hangs up before it was taken has taken it back.
      response.on("close", offer(command, settle))
    }
    if (method === "GET") return pass(asked.input)
    Request.readBody(
      request,
      plan,
      once((body) =>
        body === undefined ? leave(slot) : typeof body === "string" ? fail(body) : pass(Request.decoded(body))
      )
    )
  }

  return { onRequest, onAnswer }
}
