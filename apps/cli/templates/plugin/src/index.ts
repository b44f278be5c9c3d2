/** The public face of sample. */
export { SampleContract } from "./contract.ts"
export { SampleFull } from "./errors.ts"
export { Sample } from "./Sample.ts"
