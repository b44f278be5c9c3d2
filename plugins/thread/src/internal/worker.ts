/** The program of a worker thread: one call in, one reply out, in order. */
import { parentPort } from "node:worker_threads"
import { type Call, failure, invoke, movable, type Reply } from "./invoke.ts"

const send = (reply: Reply): void => {
  try {
    parentPort?.postMessage(reply, movable(reply))
  } catch (error) {
    // The value holds something that cannot leave its thread, a function for example.
    parentPort?.postMessage(failure("bad_output", error))
  }
}

parentPort?.on("message", (call: Call) => {
  void invoke(call).then(send)
})
