/** SIGHUP of this process: the wish that everything outside is opened and read again. For who keeps files open. */
export { hangups } from "./internal/NodeHangup.ts"
