/** One request on a connection of its own, for readiness and for the check of equal answers; never for measuring load. */
import * as Effect from "effect/Effect"
import * as http from "node:http"

export interface Asked {
  readonly status: number
  readonly body: string
  readonly headers: http.IncomingHttpHeaders
}

const deadline = "5 seconds"

/** Fails with a sentence fragment when there is no answer within five seconds. */
export const ask = (
  port: number,
  method: string,
  path: string,
  body = "",
  extra: Readonly<Record<string, string>> = {}
): Effect.Effect<Asked, string> =>
  Effect.callback<Asked, string>((resume) => {
    const ofBody = body === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
    const headers = { ...ofBody, ...extra }
    const request = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk) => chunks.push(chunk))
      response.on("error", (error) => resume(Effect.fail(error.message)))
      response.on(
        "end",
        () =>
          resume(Effect.succeed({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            headers: response.headers
          }))
      )
    })
    request.on("error", (error) => resume(Effect.fail(error.message)))
    request.end(body)
    return Effect.sync(() => request.destroy())
  }).pipe(
    Effect.timeoutOrElse({ duration: deadline, orElse: () => Effect.fail(`no answer within ${deadline}`) })
  )
