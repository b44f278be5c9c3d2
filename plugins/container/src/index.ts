/** The public face of container. */
export { Codecs, type Format } from "./Codecs.ts"
export * as Container from "./Container.ts"
export { ContainerContract } from "./contract.ts"
export * from "./errors.ts"
export * as Value from "./Value.ts"
