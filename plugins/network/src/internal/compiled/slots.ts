/**
 * How the parts of an endpoint are read and written: by an exact copy where the Schema allows one, else by Schema itself, as long as
 * it needs neither time nor services. What fails here takes the general path, which tells why.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type { Served } from "./apiShape.ts"
import { type Exact, exactly, inexact } from "./exactness.ts"

/** The parts that the endpoint declares; the others are absent. */
export interface Slots {
  readonly params?: Exact
  readonly headers?: Exact
  readonly query?: Exact
  /** Of a JSON body. */
  readonly payload?: Exact
  /** What is encoded as JSON or text; absent where only Effect can. */
  readonly success?: Exact
}

type Parse = (input: unknown) => Effect.Effect<unknown, unknown, unknown>

/** Schema answers with a finished effect where it needs neither. */
const bySchema = (parse: Parse): Exact => (input) => {
  const exit = parse(input)
  return Exit.isExit(exit) && Exit.isSuccess(exit) ? exit.value : inexact
}

type Options = SchemaAST.ParseOptions | undefined

const decoder = (schema: Schema.Top, options: Options): Exact =>
  exactly(schema.ast, options) ?? bySchema(Schema.decodeUnknownEffect(schema, options))

const encoder = (schema: Schema.Top, options: Options): Exact =>
  exactly(schema.ast, options) ?? bySchema(Schema.encodeUnknownEffect(schema, options))

const optionsOf = ({ api, endpoint, group }: Served) => {
  const annotations = Context.merge(Context.merge(api.annotations, group.annotations), endpoint.annotations)
  const all = Context.getOrUndefined(annotations, HttpApi.ParseOptions)
  return {
    params: Context.getOrUndefined(annotations, HttpApi.ParamsParseOptions) ?? all,
    headers: Context.getOrUndefined(annotations, HttpApi.HeadersParseOptions) ?? all,
    query: Context.getOrUndefined(annotations, HttpApi.QueryParseOptions) ?? all,
    payload: Context.getOrUndefined(annotations, HttpApi.PayloadParseOptions) ?? all,
    success: Context.getOrUndefined(annotations, HttpApi.SuccessParseOptions) ?? all
  }
}

const only = <A>(values: ReadonlyArray<A>): A | undefined => values.length === 1 ? values[0] : undefined

/** One Schema for the body, read as JSON; any other body is Effect's. */
const jsonPayload = ({ payload }: HttpApiEndpoint.Top): Schema.Top | undefined => {
  const entry = only([...payload.values()])
  return entry?.encoding._tag === "Json" ? only(entry.schemas) : undefined
}

/** Streams, headers of their own and several kinds of answers are Effect's. */
const plainSuccess = ({ success }: HttpApiEndpoint.Top): Schema.Top | undefined => {
  const schema = only([...success])
  return Schema.isSchema(schema) && !HttpApiSchema.isWithHeaders(schema) ? schema : undefined
}

const slot = <Name extends string>(name: Name, schema: Schema.Top | undefined, make: (schema: Schema.Top) => Exact) =>
  schema === undefined ? {} : { [name]: make(schema) }

/** Undefined when the body of this endpoint is Effect's to read. */
export const slotsOf = (served: Served): Slots | undefined => {
  const { endpoint } = served
  const options = optionsOf(served)
  const payload = jsonPayload(endpoint)
  if ((endpoint.payload.size === 0) !== (payload === undefined)) return undefined
  const query = endpoint.query === undefined ? undefined : Schema.toCodecArrayFromSingle(endpoint.query)
  return {
    ...slot("params", endpoint.params, (schema) => decoder(schema, options.params)),
    ...slot("headers", endpoint.headers, (schema) => decoder(schema, options.headers)),
    ...slot("query", query, (schema) => decoder(schema, options.query)),
    ...slot("payload", payload, (schema) => decoder(schema, options.payload)),
    ...slot("success", plainSuccess(endpoint), (schema) => encoder(schema, options.success))
  }
}
