/**
 * Watches the readiness page of one instance as a balancer does: asked every 100 ms over a connection of its own; one answer
 * other than 200, a refused connection, or two seconds without an answer take the instance out, one 200 takes it in.
 */
import * as http from "node:http"

/** From the end of one question to the next. */
const pauseMillis = 100

/** A starved machine answers late; a server that is gone refuses at once. */
const patienceMillis = 2000

export interface Seen {
  readonly ready: boolean
  /** The status, or why there was none. */
  readonly reason: string
}

const ask = (url: string): Promise<Seen> =>
  new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: patienceMillis }, (response) => {
      response.resume()
      resolve({ ready: response.statusCode === 200, reason: `readiness answered ${response.statusCode}` })
    })
    request.on("timeout", () => request.destroy(new Error(`no answer in ${patienceMillis} ms`)))
    request.on("error", (error) => resolve({ ready: false, reason: error.message }))
  })

/** Tells every answer until it is stopped. */
export const watch = (url: string, tell: (seen: Seen) => void): () => void => {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const look = () => {
    void ask(url).then((seen) => {
      if (stopped) return
      tell(seen)
      timer = setTimeout(look, pauseMillis)
    })
  }
  look()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
