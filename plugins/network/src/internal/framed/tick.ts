/** How often connections are looked after, and so how late a deadline may be noticed. */
import * as Duration from "effect/Duration"
import type { Deadlines } from "./Vigil.ts"

export const tickOf = ({ handshake, heartbeatInterval, heartbeatTimeout, read }: Deadlines): Duration.Duration =>
  Duration.millis(Math.max(10, Math.min(500, Math.min(handshake, heartbeatInterval, heartbeatTimeout, read) / 4)))
