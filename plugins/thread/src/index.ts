/** The public face of thread. */
export { ComputeTask } from "./ComputeTask.ts"
export { ThreadConfig } from "./config.ts"
export { ThreadContract } from "./contract.ts"
export { JobDropped, JobTimedOut, PoolStopped, QueueFull, WorkerFailed } from "./errors.ts"
export { type JobOptions, type LaneStats, type PoolStats, type Priority, ThreadPool } from "./ThreadPool.ts"
