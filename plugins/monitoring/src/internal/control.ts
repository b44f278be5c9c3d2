/**
 * The control API behind its door: looks operations up, decides who may use them how, runs them with a deadline, and tells
 * the audit log before and after whatever changes the app.
 */
import { type Operation, type OperationRefused, Operations } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import { controlRequests } from "../metrics.ts"
import * as ControlPlan from "./controlPlan.ts"
import type { AuditLog } from "./NodeAuditLog.ts"
import type { Answer, Command, ControlPlan as Plan } from "./ops.ts"
import * as Problem from "./problem.ts"

/** What an operation came to: `done`, or the code of the problem. */
interface Outcome {
  readonly outcome: "done" | Problem.Code
  readonly answer: Answer
}

const problem = (code: Problem.Code, detail: string, headers?: Readonly<Record<string, string>>): Outcome => ({
  outcome: code,
  answer: Problem.make(code, detail, headers)
})

const unknown = ({ operation }: Command): Outcome =>
  problem("unknown_operation", `This app knows no operation "${operation.slice(0, 100)}". See /control/operations.`)

const readOnly = ({ operation }: Command): Outcome =>
  problem("method_not_allowed", `"${operation}" changes the app. Use POST.`, { allow: "POST" })

const forbidden = ({ operation }: Command): Outcome =>
  problem("forbidden", `"${operation}" changes the app, which the token for reading may not. Use the operator's token.`)

const deadline = "30 seconds"

const timedOut = ({ operation }: Command): Outcome =>
  problem("timed_out", `"${operation}" did not end within ${deadline}. It may still come to an end: see the log.`)

const broken = ({ operation }: Command): Outcome =>
  problem("internal", `"${operation}" failed by a fault of the app. The log says why.`)

const refused = ({ problem: detail, reason }: OperationRefused): Outcome => problem(reason, detail)

/**
 * On a fiber of its own, because an operation may be uninterruptible: past the deadline it is told to end, and not waited
 * for.
 */
const bounded = (command: Command, effect: Effect.Effect<Outcome>): Effect.Effect<Outcome> =>
  Effect.flatMap(Effect.forkDetach(effect, { startImmediately: true }), (fiber) =>
    Fiber.join(fiber).pipe(
      Effect.timeoutOrElse({
        duration: deadline,
        orElse: () => Effect.as(Effect.forkDetach(Fiber.interrupt(fiber)), timedOut(command))
      })
    ))

const run = ({ run: operate }: Operation.Operation, command: Command): Effect.Effect<Outcome> =>
  operate(command.input, { dryRun: command.dryRun }).pipe(
    Effect.map((value): Outcome => ({ outcome: "done", answer: Problem.ok(value) })),
    Effect.catch((error) => Effect.succeed(refused(error))),
    Effect.catchCause((cause) =>
      Effect.as(Effect.logError(`the operation ${command.operation} failed`, cause), broken(command))
    ),
    (effect) => bounded(command, effect)
  )

/** Before: or it does not happen. After: it has happened, whatever the disk says now. */
const audited = (audit: AuditLog) => {
  let requests = 0
  return Effect.fnUntraced(function*(command: Command, effect: Effect.Effect<Outcome>) {
    const { dryRun, input, operation, peer, role } = command
    const entry = { request: ++requests, operation, role, peer, dryRun, input }
    yield* audit.write({ ...entry, outcome: "asked" })
    const result = yield* effect
    yield* Effect.catch(
      audit.write({ ...entry, outcome: result.outcome }),
      ({ message }) => Effect.logError(`${operation} ended as ${result.outcome}, which the audit log lacks: ${message}`)
    )
    return result
  })
}

const nothing = () => {}

/** The registry reads what the door counted when somebody looks. */
const observeRefused = Effect.fnUntraced(function*(plan: Plan) {
  const context = yield* Effect.context<never>()
  const registrations = Problem.statuses.map((status) =>
    Metric.registerUnsafe(
      Metric.withAttributes(controlRequests, { operation: "unknown", status: String(status) }),
      context,
      {
        get: () => ({ count: ControlPlan.refusedWith(plan, status), incremental: true }),
        update: nothing,
        modify: nothing
      }
    )
  )
  yield* Effect.addFinalizer(() => Effect.sync(() => registrations.forEach(({ remove }) => remove())))
})

/** What answers the commands that come through the door of this plan. */
export const make = Effect.fnUntraced(function*(plan: Plan, audit: AuditLog) {
  const operations = yield* Operations
  const withAudit = audited(audit)
  yield* observeRefused(plan)

  const write = (operation: Operation.Operation, command: Command) =>
    command.method === "GET"
      ? Effect.succeed(readOnly(command))
      : withAudit(command, command.role === "operator" ? run(operation, command) : Effect.succeed(forbidden(command)))
        .pipe(
          Effect.tapError((error) => Effect.logError(`${command.operation} was refused`, error)),
          Effect.catch(({ message }) => Effect.succeed(problem("audit_unwritable", message)))
        )

  const decide = (operation: Operation.Operation, command: Command) =>
    operation.kind === "write" ? write(operation, command) : run(operation, { ...command, dryRun: false })

  return Effect.fnUntraced(function*(command: Command) {
    // Whoever asked has been told that nothing was done.
    if (!ControlPlan.take(plan, command.slot)) return unknown(command).answer
    const operation = (yield* operations.all).get(command.operation)
    if (operation === undefined) {
      const { answer } = unknown(command)
      ControlPlan.countRefused(plan, answer.status)
      return answer
    }
    const { answer } = yield* decide(operation, command)
    const attributes = { operation: operation.name, status: String(answer.status) }
    yield* Metric.update(Metric.withAttributes(controlRequests, attributes), 1)
    return answer
  })
})
