/** The parts of an endpoint that have an exact copy: what of a request can be read, and of an answer written, without Schema. */
import * as Context from "effect/Context"
import * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import type { Served } from "./apiShape.ts"
import { type Exact, exactly } from "./exactness.ts"

/** Of an endpoint that takes no path parameters, or no payload, the slot is absent. */
export interface Slots {
  readonly params?: Exact
  /** Of a JSON body. */
  readonly payload?: Exact
  /** What is encoded as JSON or text; absent where only Effect can. */
  readonly success?: Exact
}

type Options = ReturnType<typeof optionsOf>

const optionsOf = ({ api, endpoint, group }: Served) => {
  const annotations = Context.merge(Context.merge(api.annotations, group.annotations), endpoint.annotations)
  const all = Context.getOrUndefined(annotations, HttpApi.ParseOptions)
  return {
    params: Context.getOrUndefined(annotations, HttpApi.ParamsParseOptions) ?? all,
    payload: Context.getOrUndefined(annotations, HttpApi.PayloadParseOptions) ?? all,
    success: Context.getOrUndefined(annotations, HttpApi.SuccessParseOptions) ?? all
  }
}

const only = <A>(values: ReadonlyArray<A>): A | undefined => values.length === 1 ? values[0] : undefined

/** One Schema for the body, read as JSON; any other body is Effect's. */
const payloadOf = ({ payload }: HttpApiEndpoint.Top, options: Options): Exact | undefined => {
  const entry = only([...payload.values()])
  const schema = entry?.encoding._tag === "Json" ? only(entry.schemas) : undefined
  return schema === undefined ? undefined : exactly(schema.ast, options.payload)
}

/** Streams, headers of their own and several kinds of answers are Effect's. */
const successOf = ({ success }: HttpApiEndpoint.Top, options: Options): Exact | undefined => {
  const schema = only([...success])
  return Schema.isSchema(schema) && !HttpApiSchema.isWithHeaders(schema)
    ? exactly(schema.ast, options.success)
    : undefined
}

/** Undefined when a request of this endpoint can only be read by Schema. */
export const slotsOf = (served: Served): Slots | undefined => {
  const { endpoint } = served
  if (endpoint.headers !== undefined || endpoint.query !== undefined) return undefined
  const options = optionsOf(served)
  const params = endpoint.params === undefined ? undefined : exactly(endpoint.params.ast, options.params)
  const payload = payloadOf(endpoint, options)
  if ((endpoint.params === undefined) !== (params === undefined)) return undefined
  if ((endpoint.payload.size === 0) !== (payload === undefined)) return undefined
  const success = successOf(endpoint, options)
  return {
    ...(params === undefined ? {} : { params }),
    ...(payload === undefined ? {} : { payload }),
    ...(success === undefined ? {} : { success })
  }
}
