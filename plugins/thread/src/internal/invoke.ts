/**
 * Loads a task's module and calls its function. Runs on worker threads, so it imports nothing but Node: every import
 * here is paid once per thread.
 */
import { isMarkedAsUntransferable } from "node:worker_threads"

/** What crosses the thread border, there and back. */
export interface Call {
  readonly module: string
  readonly name: string
  readonly input: unknown
}

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: "threw" | "not_loaded" | "bad_output"; readonly detail: string }

const describe = (error: unknown): string => error instanceof Error ? `${error.name}: ${error.message}` : String(error)

export const failure = (reason: "threw" | "not_loaded" | "bad_output", error: unknown): Reply => ({
  ok: false,
  reason,
  detail: describe(error)
})

type Loaded = (input: unknown) => unknown

const functions = new Map<string, Loaded>()

const load = async (call: Call): Promise<Loaded> => {
  const key = `${call.module}#${call.name}`
  const known = functions.get(key)
  if (known !== undefined) return known
  const module: unknown = await import(/* @vite-ignore */ call.module)
  const exported: unknown = typeof module === "object" && module !== null ? Reflect.get(module, call.name) : undefined
  if (typeof exported !== "function") throw new Error(`"${call.name}" is not an exported function of ${call.module}`)
  const loaded: Loaded = (input) => Reflect.apply(exported, undefined, [input])
  functions.set(key, loaded)
  return loaded
}

export const invoke = async (call: Call): Promise<Reply> => {
  let loaded: Loaded
  try {
    loaded = await load(call)
  } catch (error) {
    return failure("not_loaded", error)
  }
  try {
    return { ok: true, value: await loaded(call.input) }
  } catch (error) {
    return failure("threw", error)
  }
}

/** Deeper values are copied: looking for buffers everywhere would cost more than it saves. */
const depth = 2
const widest = 256

const owned = (buffer: ArrayBufferLike, bytes: number): buffer is ArrayBuffer =>
  buffer instanceof ArrayBuffer && buffer.byteLength === bytes && !isMarkedAsUntransferable(buffer)

const collect = (value: unknown, levels: number, found: Set<ArrayBuffer>): void => {
  if (typeof value !== "object" || value === null) return
  if (value instanceof ArrayBuffer) {
    if (owned(value, value.byteLength)) found.add(value)
  } else if (ArrayBuffer.isView(value)) {
    if (owned(value.buffer, value.byteLength)) found.add(value.buffer)
  } else if (levels > 0) {
    const children = Object.values(value)
    if (children.length <= widest) { for (const child of children) collect(child, levels - 1, found) }
  }
}

/**
 * The buffers of a result that may be moved: whole ones, near the top. A view of a part is copied, because the rest of
 * its buffer is somebody else's; so is Node's shared Buffer pool.
 */
export const movable = (reply: Reply): Array<ArrayBuffer> => {
  const found = new Set<ArrayBuffer>()
  if (reply.ok) collect(reply.value, depth, found)
  return [...found]
}
