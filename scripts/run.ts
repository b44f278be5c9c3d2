/** Runs a command of this repository. */
import { spawnSync } from "node:child_process"
import { root } from "./workspaces.ts"

export interface RunOptions {
  /** Default: the root of the repository. */
  readonly cwd?: string
  /** On top of the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** Answers with the standard output; throws with all of the output when the command fails. */
export const run = (command: string, args: ReadonlyArray<string>, options: RunOptions = {}): string => {
  const { error, status, stderr, stdout } = spawnSync(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}
