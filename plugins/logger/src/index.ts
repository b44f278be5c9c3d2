/** The public face of logger. */
export { LoggerContract } from "./contract.ts"
export * as Level from "./Level.ts"
export { type Levels, LogControl } from "./LogControl.ts"
