/** Milliseconds of the monotonic clock: what orders questions, answers and writes. */
export const now = (): number => performance.now()
