/**
 * Frames without end that make no request. nghttp2 ends a session for more than 8 CONTINUATION of a head, for frames that break the
 * protocol, and for PRIORITY and unknown ones beyond its own rate. PING and SETTINGS it answers each, as long as somebody takes the
 * answers: these are counted here. WINDOW_UPDATE is seen by nobody but nghttp2, answered by nobody, and kept nowhere.
 */
import * as http2 from "node:http2"

/** Of one client in a second. Libraries ping a few times a minute, some once for each round trip of a large answer. */
const maxAnswered = 200

class AnsweredFrames {
  #frames = 0
  #since = 0

  /** One more came; whether that is too many. */
  isFlood(now: number): boolean {
    if (now - this.#since > 1000) {
      this.#since = now
      this.#frames = 0
    }
    return ++this.#frames > maxAnswered
  }
}

/** Calls `flooded` once, and ends the session. */
export const endFloods = (session: http2.ServerHttp2Session, flooded: () => void): void => {
  const frames = new AnsweredFrames()
  const count = (): void => {
    if (session.destroyed || !frames.isFlood(performance.now())) return
    flooded()
    session.destroy(undefined, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
  session.on("ping", count).on("remoteSettings", count)
}

/** Of nghttp2: NGHTTP2_ERR_FLOODED, when answers to PING and SETTINGS pile up, and NGHTTP2_ERR_TOO_MANY_CONTINUATIONS. */
const floods: ReadonlyArray<unknown> = [-904, -905]

export const isFlood = (error: Error): boolean => "errno" in error && floods.includes(error.errno)
