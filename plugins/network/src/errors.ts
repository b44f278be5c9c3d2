/** Everything that network can fail with, one file per reason. */
export * from "./errors/credentials.ts"
export * from "./errors/framed.ts"
export * from "./errors/keys.ts"
export * from "./errors/listen.ts"
export * from "./errors/permissions.ts"
export * from "./errors/rateLimit.ts"
export * from "./errors/upstreams.ts"
